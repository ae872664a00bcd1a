package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// counters are what the server's runtime counts.
type counters struct {
	Mallocs, Bytes uint64
	GCs            uint32
	GCCPU          float64 // the collector's CPU time in seconds
	Retained       uint64  // bytes that the last collection left
}

// since returns what was spent since before.
func (c counters) since(before counters) counters {
	return counters{
		Mallocs: c.Mallocs - before.Mallocs, Bytes: c.Bytes - before.Bytes, GCs: c.GCs - before.GCs,
		GCCPU:    c.GCCPU - before.GCCPU,
		Retained: c.Retained,
	}
}

// count reads the counters. The runtime updates the last two at the end of a collection. count forces no
// collection, because that would empty some of the pools.
func count() counters {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	s := []metrics.Sample{{Name: "/cpu/classes/gc/total:cpu-seconds"}, {Name: "/gc/heap/live:bytes"}}
	metrics.Read(s)
	return counters{
		Mallocs: m.Mallocs, Bytes: m.TotalAlloc, GCs: m.NumGC,
		GCCPU: s[0].Value.Float64(), Retained: s[1].Value.Uint64(),
	}
}

// setup has the parameters of a server.
type setup struct {
	Env     work.Env
	Garbage int
	Backend string // the address of the server behind it; empty: it is no proxy
}

// garbage gets the allocations that handlers do not need, so that the compiler cannot leave them out.
var garbage atomic.Pointer[[]byte]

// littering returns h, with so many bytes of garbage added to each request.
func littering(h http.Handler, bytes int) http.Handler {
	if bytes == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := make([]byte, bytes)
		garbage.Store(&b)
		h.ServeHTTP(w, r)
	})
}

// newHandler returns the handler of a server.
func newHandler(mode string, s setup) (http.Handler, error) {
	switch {
	case s.Backend != "":
		return newProxy(mode, s)
	case mode == backend:
		return newBackend(), nil
	}
	return NewHandler(mode, s.Env)
}

// newMux returns the routes of a server.
func newMux(mode string, s setup) (*http.ServeMux, error) {
	h, err := newHandler(mode, s)
	if err != nil {
		return nil, err
	}
	h = littering(h, s.Garbage)
	mux := http.NewServeMux()
	mux.Handle("GET /doc/{variant}", h)
	mux.HandleFunc("GET /counters", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(count())
	})
	return mux, nil
}

// serve is the process of a server. It prints its address, and serves until in ends.
func serve(in io.Reader, out io.Writer, mode string, s setup) error {
	mux, err := newMux(mode, s)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(l) }()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		failed <- server.Close()
	}()
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
