package poolprom_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/poolprom"
	"github.com/plungepool/plunge/pool/resource"
)

// newPool returns a pool that is closed at the end of the test.
func newPool(t *testing.T, o pool.Options[[]byte]) *pool.Pool[[]byte] {
	t.Helper()
	o.New = func() []byte { return make([]byte, 10) }
	o.NoCheck = true // the counts are exact
	p := pool.Must(pool.New(o))
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// newResources returns a pool of one resource that is closed at the end of the test. One Acquire has waited for
// New, and one for a release. One was cancelled, one met its deadline, and one resource was discarded.
func newResources(t *testing.T, name string) *resource.Pool[int] {
	t.Helper()
	p, err := resource.New(resource.Options[int]{Name: name, Max: 1, New: func(context.Context) (int, error) { return 1, nil }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.Close(context.Background()) })
	get := func() *resource.Handle[int] {
		h, err := p.Acquire(context.Background())
		if err != nil {
			t.Error(err)
		}
		return h
	}
	h := get()
	done := make(chan struct{})
	go func() {
		get().Discard(nil)
		close(done)
	}()
	for p.Stats().Waiting == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(20 * time.Millisecond)
	h.Release()
	<-done
	h = get()
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	late, stop := context.WithTimeout(context.Background(), time.Millisecond)
	defer stop()
	for _, ctx := range []context.Context{cancelled, late} {
		if _, err := p.Acquire(ctx); err == nil {
			t.Error("Acquire with a context that ends: got none, want an error")
		}
	}
	h.Release()
	return p
}

// serve returns a registry with a collector, and the URL of its server. The registry looks for inconsistencies at
// each scrape.
func serve(t *testing.T) (*prometheus.Registry, string) {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	registry.MustRegister(poolprom.NewCollector())
	server := httptest.NewServer(promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	t.Cleanup(server.Close)
	return registry, server.URL
}

// scrape returns the samples that have all the labels.
func scrape(url, labels string) (map[string]float64, error) {
	response, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("status %s, %w, %s", response.Status, err, text)
	}
	samples := map[string]float64{}
	for line := range strings.Lines(string(text)) {
		if i := strings.LastIndexByte(line, ' '); line[0] != '#' && strings.Contains(line, labels) {
			if samples[line[:i]], err = strconv.ParseFloat(line[i+1:len(line)-1], 64); err != nil {
				return nil, err
			}
		}
	}
	return samples, nil
}

// A scrape has the figures of every kind of named pool, and sums for equal names. Names may need escapes or not be
// UTF-8.
func TestScrape(t *testing.T) {
	_, url := serve(t)
	size := func(b []byte) int64 { return int64(len(b)) }
	o := pool.Options[[]byte]{Name: t.Name(), MaxIdle: 4, MinIdle: 1, Shards: 1, LocalCache: -1, Size: size, MaxIdleBytes: 1000}
	first, second := newPool(t, o), newPool(t, o)
	first.ReleaseN([][]byte{first.Acquire(), first.Acquire(), first.Acquire()})
	first.Acquire()
	second.Clear()
	second.Acquire()

	want := map[string]float64{}
	add := func(name, label string, n float64) {
		want[fmt.Sprintf(`%s{kind="pool",pool=%q%s}`, name, t.Name(), label)] = n
	}
	add("pool_acquires_total", `,result="hit"`, 2)
	add("pool_acquires_total", `,result="miss"`, 3)
	for _, reason := range []string{"full", "expired", "invalid", "rejected", "broken", "panicked", "pruned", "closed", "pressed"} {
		add("pool_discards_total", fmt.Sprintf(`,reason=%q`, reason), 0)
	}
	add("pool_discards_total", `,reason="cleared"`, 1)
	add("pool_releases_total", "", 3)
	add("pool_warmed_total", "", 2)
	add("pool_stolen_total", "", 0)
	add("pool_idle", "", 2)
	add("pool_in_use", "", 2)
	add("pool_max_idle", "", 8)
	add("pool_peak_idle", "", float64(first.Stats().PeakIdle+second.Stats().PeakIdle))
	add("pool_idle_bytes", "", 20)
	add("pool_shards", "", 2)
	got, err := scrape(url, fmt.Sprintf(`kind="pool",pool=%q`, t.Name()))
	if err != nil || !maps.Equal(got, want) {
		t.Errorf("got %v, %v\nwant %v", got, err, want)
	}

	b := buffers.Must(buffers.New(buffers.Options{Name: t.Name()}))
	t.Cleanup(func() { _ = b.Close() })
	b.Release(b.Acquire(1 << 12))
	for name, label := range map[string]string{
		t.Name() + "\xff":     `pool="` + t.Name() + "\uFFFD\"",
		"a \"b\"\n\\{}":       `pool="a \"b\"\n\\{}"`,
		"map[string]*пул.T":   `pool="map[string]*пул.T"`,
		t.Name():              `kind="buffers",pool="` + t.Name() + `"`,
		t.Name() + "\xff\xfe": `pool="` + t.Name() + "\uFFFD\"",
	} {
		if name != t.Name() {
			newPool(t, pool.Options[[]byte]{Name: name})
		}
		if got, err := scrape(url, label); err != nil || len(got) < 20 {
			t.Errorf("%q: %v, %v, want 20 samples or more with %s", name, got, err, label)
		}
	}
}

// A pool of package resource exports the figures of package pool and its own figures, with times in seconds.
func TestScrapeResources(t *testing.T) {
	_, url := serve(t)
	p := newResources(t, t.Name())
	s := p.Stats()
	got, err := scrape(url, fmt.Sprintf(`kind="resource",pool=%q`, t.Name()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, label string
		want        float64
	}{
		{"pool_acquires_total", `,result="miss"`, 2},
		{"pool_acquires_total", `,result="hit"`, 1},
		{"pool_idle", "", 1},
		{"pool_waits_total", "", 3},
		{"pool_wait_seconds_total", "", s.WaitTime.Seconds()},
		{"pool_longest_wait_seconds", "", s.LongestWait.Seconds()},
		{"pool_waiting", "", 0},
		{"pool_acquire_failures_total", `,reason="timeout"`, 1},
		{"pool_acquire_failures_total", `,reason="cancelled"`, 1},
		{"pool_acquire_failures_total", `,reason="exhausted"`, 0},
		{"pool_create_failures_total", "", 0},
		{"pool_closes_total", `,reason="dropped"`, 1},
		{"pool_closes_total", `,reason="lifetime"`, 0},
		{"pool_close_failures_total", "", 0},
		{"pool_hijacks_total", "", 0},
		{"pool_live", "", 1},
		{"pool_limit", "", 1},
		{"pool_overdue", "", 0},
	} {
		n, ok := got[fmt.Sprintf(`%s{kind="resource",pool=%q%s}`, c.name, t.Name(), c.label)]
		if n != c.want || !ok {
			t.Errorf("%s%s: %v, %v, want %v", c.name, c.label, n, ok, c.want)
		}
	}
	if s.LongestWait < 20*time.Millisecond {
		t.Errorf("a wait of %v, want 20 ms or more", s.LongestWait)
	}
}

// promlint, which knows Prometheus' conventions for names, units and help, finds nothing.
func TestLint(t *testing.T) {
	newPool(t, pool.Options[[]byte]{Name: t.Name(), MaxIdleBytes: 1, Size: func([]byte) int64 { return 1 }})
	newResources(t, t.Name())
	registry, _ := serve(t)
	problems, err := testutil.GatherAndLint(registry)
	if n, _ := testutil.GatherAndCount(registry); err != nil || len(problems) > 0 || n == 0 {
		t.Errorf("%v, %v, of %d metrics", problems, err, n)
	}
}

// A conflict is found at registration, and a prefix avoids it.
func TestDescribed(t *testing.T) {
	registry, _ := serve(t)
	if err := registry.Register(poolprom.NewCollector()); err == nil {
		t.Error("a second collector is registered")
	}
	if err := prometheus.WrapRegistererWithPrefix("x_", registry).Register(poolprom.NewCollector()); err != nil {
		t.Error(err)
	}
}

// Scrapes at the same time succeed while pools are used and others of the same name come and go. No counter of a
// pool that stays falls, and at rest the figures are those of Stats.
func TestScrapesUnderLoad(t *testing.T) {
	const scrapers, scrapes = 4, 10
	_, url := serve(t)
	p := newPool(t, pool.Options[[]byte]{Name: t.Name(), MaxIdle: 8})
	stop := make(chan struct{})
	var load, scraping sync.WaitGroup
	for range 2 {
		load.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
				}
				held := make([][]byte, i%10+1)
				p.AcquireN(held)
				p.ReleaseN(held)
				q := pool.Must(pool.New(pool.Options[[]byte]{Name: t.Name() + "/brief", MinIdle: 1, New: func() []byte { return nil }}))
				q.Release(q.Acquire())
				_ = q.Close()
			}
		})
	}
	for range scrapers {
		scraping.Go(func() {
			last := map[string]float64{}
			for range scrapes {
				got, err := scrape(url, fmt.Sprintf(`pool=%q`, t.Name()))
				if err != nil || len(got) < 20 {
					t.Errorf("%v, %d samples, want 20 or more", err, len(got))
					return
				}
				for name, n := range got {
					if strings.Contains(name, "_total") && n < last[name] {
						t.Errorf("%s fell from %v to %v", name, last[name], n)
					}
				}
				last = got
			}
		})
	}
	scraping.Wait()
	close(stop)
	load.Wait()

	got, err := scrape(url, fmt.Sprintf(`pool=%q`, t.Name()))
	s := p.Stats()
	sample := func(name, label string) float64 {
		return got[fmt.Sprintf(`%s{kind="pool",pool=%q%s}`, name, t.Name(), label)]
	}
	for _, c := range []struct{ got, want float64 }{
		{sample("pool_acquires_total", `,result="hit"`), float64(s.Reused)},
		{sample("pool_acquires_total", `,result="miss"`), float64(s.Created)},
		{sample("pool_releases_total", ""), float64(s.Acquired)},
		{sample("pool_discards_total", `,reason="full"`), float64(s.Discarded.Full)},
		{sample("pool_idle", ""), float64(s.Idle)},
	} {
		if c.got != c.want {
			t.Errorf("%v, %v, want %v, as in %+v", err, c.got, c.want, s)
		}
	}
}
