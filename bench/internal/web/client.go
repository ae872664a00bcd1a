package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// job asks the client for a sample.
type job struct {
	Addr        string
	Connections int
	Duration    time.Duration
	Requests    int64 // at most
	Files       bool  // the answers are files, as they are; else gzipped documents
}

// sample is the answer to a job.
type sample struct {
	Error    string // of the first request that failed; then the other fields mean nothing
	Requests int64
	Elapsed  time.Duration
	P50, P99 time.Duration
	Server   counters // spent in the server during the job
}

const (
	timeout = 10 * time.Second // of a request
	longest = timeout          // latency that the histogram holds
)

// load is the process of the client. It reads one job per line and writes one sample per line, until in ends.
func load(in io.Reader, out io.Writer) error {
	gzipped, err := answers()
	if err != nil {
		return err
	}
	plain := files()
	jobs, samples := json.NewDecoder(in), json.NewEncoder(out)
	clients := map[string]*http.Client{} // by address, for their connections
	for {
		var j job
		if err := jobs.Decode(&j); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		if clients[j.Addr] == nil {
			clients[j.Addr] = newClient(j.Connections)
		}
		bodies := gzipped
		if j.Files {
			bodies = plain
		}
		s, err := j.run(clients[j.Addr], bodies)
		if err != nil {
			s.Error = err.Error()
		}
		if err := samples.Encode(s); err != nil {
			return err
		}
	}
}

func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: connections,
			DisableCompression:  true, // the bytes are compared as they come
		},
	}
}

// run does the requests of a job.
func (j job) run(c *http.Client, bodies [][]byte) (sample, error) {
	before, err := j.counters(c)
	if err != nil {
		return sample{}, err
	}
	var (
		asked    atomic.Int64
		failed   error
		once     sync.Once
		workers  sync.WaitGroup
		mu       sync.Mutex
		all      = hdrhistogram.New(1, longest.Microseconds(), 3)
		ctx, end = context.WithTimeout(context.Background(), j.Duration+timeout)
		start    = time.Now()
	)
	defer end()
	for range j.Connections {
		workers.Go(func() {
			own := hdrhistogram.New(1, longest.Microseconds(), 3)
			var b bytes.Buffer
			for time.Since(start) < j.Duration && ctx.Err() == nil {
				i := asked.Add(1)
				if i > j.Requests {
					break
				}
				sent := time.Now()
				if err := j.request(ctx, c, int(i)%len(bodies), bodies, &b); err != nil {
					once.Do(func() { failed = err })
					end()
					return
				}
				_ = own.RecordValue(min(time.Since(sent), longest).Microseconds())
			}
			mu.Lock()
			all.Merge(own)
			mu.Unlock()
		})
	}
	workers.Wait()
	elapsed := time.Since(start)
	if failed != nil {
		return sample{}, failed
	}
	after, err := j.counters(c)
	if err != nil {
		return sample{}, err
	}
	return sample{
		Requests: all.TotalCount(),
		Elapsed:  elapsed,
		P50:      time.Duration(all.ValueAtQuantile(50)) * time.Microsecond,
		P99:      time.Duration(all.ValueAtQuantile(99)) * time.Microsecond,
		Server:   after.since(before),
	}, nil
}

// request does one request and compares the answer.
func (j job) request(ctx context.Context, c *http.Client, variant int, bodies [][]byte, b *bytes.Buffer) error {
	path := fmt.Sprintf("/doc/%d", variant)
	r, err := j.get(ctx, c, path, b)
	if err != nil {
		return err
	}
	want := "gzip"
	if j.Files {
		want = ""
	}
	if got := r.Header.Get("Content-Encoding"); got != want {
		return fmt.Errorf("%s: content encoding %q, want %q", path, got, want)
	}
	if !bytes.Equal(b.Bytes(), bodies[variant]) {
		return fmt.Errorf("%s: a wrong answer of %d bytes, want %d", path, b.Len(), len(bodies[variant]))
	}
	return nil
}

// counters asks the server for its counters.
func (j job) counters(c *http.Client) (counters, error) {
	var b bytes.Buffer
	if _, err := j.get(context.Background(), c, "/counters", &b); err != nil {
		return counters{}, err
	}
	var n counters
	err := json.Unmarshal(b.Bytes(), &n)
	return n, err
}

// get reads the answer to a request into b.
func (j job) get(ctx context.Context, c *http.Client, path string, b *bytes.Buffer) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+j.Addr+path, nil)
	if err != nil {
		return nil, err
	}
	r, err := c.Do(req)
	if err != nil {
		return nil, err
	}
	b.Reset()
	_, err = b.ReadFrom(r.Body)
	if err := errors.Join(err, r.Body.Close()); err != nil {
		return nil, err
	}
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, r.Status)
	}
	return r, nil
}
