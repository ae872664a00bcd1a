package web

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// job is a sample to take.
type job struct {
	Addr        string
	Connections int
	Duration    time.Duration
	Files       bool // the answers are files, as they are; else gzipped documents
}

// sample is what a job has measured.
type sample struct {
	Requests int64
	Elapsed  time.Duration
	P50, P99 time.Duration
	Server   counters // spent in the server during the job
}

const (
	timeout = 10 * time.Second // of a request
	longest = timeout          // latency that the histogram holds
)

// newClient returns a client of one server.
func newClient(connections int) *http.Client {
	return &http.Client{
		Timeout: timeout,
		Transport: &http.Transport{
			MaxIdleConnsPerHost: connections,
			DisableCompression:  true, // the bytes are compared as they come
		},
	}
}

// run does the requests of a job, and compares the answers with bodies.
func (j job) run(ctx context.Context, c *http.Client, bodies [][]byte) (sample, error) {
	before, err := j.counters(ctx, c)
	if err != nil {
		return sample{}, err
	}
	var (
		asked   atomic.Int64
		failed  error
		once    sync.Once
		workers sync.WaitGroup
		mu      sync.Mutex
		all     = hdrhistogram.New(1, longest.Microseconds(), 3)
		start   = time.Now()
	)
	ctx, end := context.WithTimeout(ctx, j.Duration+timeout)
	defer end()
	for range j.Connections {
		workers.Go(func() {
			own := hdrhistogram.New(1, longest.Microseconds(), 3)
			var b bytes.Buffer
			for time.Since(start) < j.Duration && ctx.Err() == nil {
				variant := int(asked.Add(1)) % len(bodies)
				sent := time.Now()
				if err := j.request(ctx, c, variant, bodies, &b); err != nil {
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
	if all.TotalCount() == 0 {
		return sample{}, errors.New("no request was answered in time")
	}
	after, err := j.counters(ctx, c)
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
func (j job) counters(ctx context.Context, c *http.Client) (counters, error) {
	var b bytes.Buffer
	if _, err := j.get(ctx, c, "/counters", &b); err != nil {
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
