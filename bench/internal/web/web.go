package web

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"runtime"
	"strings"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/work"
)

// Workload is a server under load.
type Workload struct {
	Name  string
	About string
	Like  string

	// Garbage is how many bytes per request the rest of a handler allocates and forgets: the pressure on the
	// collector.
	Garbage int

	// Proxy makes the servers proxies before one more server, which has files.
	Proxy bool
}

// modes returns the servers by name, the subject first.
func (w Workload) modes() []string {
	if w.Proxy {
		return proxyModes()
	}
	return Modes()
}

// Workloads are those of this package.
func Workloads() []Workload {
	return []Workload{{
		Name:  "http",
		About: "a server on loopback gzips JSON for a client in another process",
		Like:  "an API behind a pooled gzip.Writer and bytes.Buffer",
	}, {
		Name:    "http-gc",
		About:   "http, each request also allocating 256 KiB that it forgets",
		Like:    "the same where the rest of each handler makes much garbage",
		Garbage: 256 << 10,
	}, {
		Name:  "buffers-proxy",
		About: "a ReverseProxy passes files of 1 to 128 KiB on, by a buffer of 32 KiB each",
		Like:  "a gateway before the servers that do the work",
		Proxy: true,
	}}
}

// connections is the number of connections, and of requests under way at a time.
const connections = 16

// Metrics are those of the results, in the order of point.
var Metrics = []measure.Metric{
	{Unit: "req/s", More: true},
	{Unit: "p50-µs"},
	{Unit: "p99-µs"},
	{Unit: "allocs/op"},
	{Unit: "B/op"},
	{Unit: "GCs/kop", Mean: true},
	measure.GCCPU,
	measure.Retained,
}

// Options say how the workload is measured.
type Options struct {
	Env      work.Env
	Workload Workload
	Rounds   int
	Sample   time.Duration
	Rand     *rand.Rand
	Tick     func(part float64)
}

// Planned returns about how long Run takes.
func (o Options) Planned() time.Duration {
	const startup = 500 * time.Millisecond
	return startup + time.Duration(len(o.Workload.modes())*(o.Rounds+1))*(o.Sample+10*time.Millisecond)
}

// Run measures the workload until it has its rounds or ctx ends. It leaves no process behind. The result has the
// complete rounds, even if there is an error.
func Run(ctx context.Context, o Options) (r measure.Result, err error) {
	ctx, cancel := context.WithTimeout(ctx, 4*o.Planned()+timeout) // ends the run even if something hangs
	defer cancel()
	modes := o.Workload.modes()
	r = measure.Result{
		Case:    o.Workload.Name,
		Bench:   "HTTP/impl=%s/workload=" + o.Workload.Name + "/size=1",
		Impls:   modes,
		Metrics: Metrics,
		Procs:   runtime.GOMAXPROCS(0),
	}
	with := setup{Env: o.Env, Garbage: o.Workload.Garbage}
	if o.Workload.Proxy {
		server, addr, err := serverOf(ctx, backend, with)
		if err != nil {
			return r, err
		}
		defer server.stop()
		with.Backend = addr
	}
	addrs, clients := make([]string, len(modes)), make([]*http.Client, len(modes))
	for i, mode := range modes {
		server, addr, err := serverOf(ctx, mode, with)
		if err != nil {
			return r, err
		}
		defer server.stop()
		addrs[i], clients[i] = addr, newClient(connections)
		defer clients[i].CloseIdleConnections()
	}
	var bodies [][]byte
	if o.Workload.Proxy {
		bodies = files()
	} else if bodies, err = answers(); err != nil {
		return r, err
	}
	for round := -1; round < o.Rounds && ctx.Err() == nil; round++ { // the first is a warm-up
		points := make([]measure.Point, len(modes))
		for _, i := range o.Rand.Perm(len(modes)) {
			s, err := job{addrs[i], connections, o.Sample, o.Workload.Proxy}.run(ctx, clients[i], bodies)
			if err != nil {
				return r, fmt.Errorf("http: %s: %w", modes[i], err)
			}
			points[i] = s.point()
		}
		if round >= 0 {
			r.Rounds = append(r.Rounds, points)
			if o.Tick != nil {
				o.Tick(float64(round+1) / float64(o.Rounds))
			}
		}
	}
	return r, nil
}

// serverOf starts the server of a mode and returns its address.
func serverOf(ctx context.Context, mode string, s setup) (*child, string, error) {
	told, err := json.Marshal(s)
	if err != nil {
		return nil, "", err
	}
	server, err := start(ctx, serverArg, mode, string(told))
	if err != nil {
		return nil, "", fmt.Errorf("http: %w", err)
	}
	line, err := server.out.ReadString('\n')
	if err != nil {
		server.stop()
		return nil, "", fmt.Errorf("http: the server of %s did not start: %w", mode, err)
	}
	return server, strings.TrimSpace(line), nil
}

// point returns the values of a sample, by metric.
func (s sample) point() measure.Point {
	n := float64(s.Requests)
	return measure.Point{Iters: int(s.Requests), Values: []float64{
		n / s.Elapsed.Seconds(),
		float64(s.P50.Microseconds()),
		float64(s.P99.Microseconds()),
		float64(s.Server.Mallocs) / n,
		float64(s.Server.Bytes) / n,
		1000 * float64(s.Server.GCs) / n,
		100 * s.Server.GCCPU / s.Elapsed.Seconds() / float64(runtime.GOMAXPROCS(0)),
		float64(s.Server.Retained) / 1024,
	}}
}
