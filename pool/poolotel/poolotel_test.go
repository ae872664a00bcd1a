package poolotel_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/poolotel"
	"github.com/plungepool/plunge/pool/resource"
)

// newPool returns a pool that is closed at the end of the test.
func newPool(t *testing.T, o pool.Options[[]byte]) *pool.Pool[[]byte] {
	t.Helper()
	o.New = func() []byte { return make([]byte, 10) }
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

// register returns a reader of a provider that exports the pools.
func register(t *testing.T) (*sdk.ManualReader, metric.Registration) {
	t.Helper()
	reader := sdk.NewManualReader()
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))
	t.Cleanup(func() { _ = provider.Shutdown(context.Background()) })
	registration, err := poolotel.Register(provider.Meter("test"))
	if err != nil {
		t.Fatal(err)
	}
	return reader, registration
}

// collect returns the instruments. It also returns the values of the pools with this name and kind, by instrument
// and other attribute.
func collect(t *testing.T, reader sdk.Reader, name, kind string) ([]metricdata.Metrics, map[string]float64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	var instruments []metricdata.Metrics
	values := map[string]float64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			instruments = append(instruments, m)
			var points []metricdata.DataPoint[float64]
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				points = floats(data.DataPoints)
			case metricdata.Gauge[int64]:
				points = floats(data.DataPoints)
			case metricdata.Sum[float64]:
				points = data.DataPoints
			case metricdata.Gauge[float64]:
				points = data.DataPoints
			default:
				t.Errorf("%s is of type %T", m.Name, data)
			}
			for _, p := range points {
				key := m.Name
				match := 0
				for _, a := range p.Attributes.ToSlice() {
					switch a {
					case attribute.String("pool.name", name), attribute.String("pool.kind", kind):
						match++
					default:
						key += fmt.Sprintf(" %s=%s", a.Key, a.Value.AsString())
					}
				}
				if match == 2 {
					values[key] = p.Value
				}
			}
		}
	}
	return instruments, values
}

func floats(points []metricdata.DataPoint[int64]) []metricdata.DataPoint[float64] {
	var all []metricdata.DataPoint[float64]
	for _, p := range points {
		all = append(all, metricdata.DataPoint[float64]{Attributes: p.Attributes, Value: float64(p.Value)})
	}
	return all
}

// sum returns the expected values for pools of the same name and kind that have these stats.
func sum(all ...pool.Stats) map[string]float64 {
	m := map[string]float64{}
	for _, s := range all {
		m["pool.acquires pool.result=hit"] += float64(s.Reused)
		m["pool.acquires pool.result=miss"] += float64(s.Created)
		m["pool.releases"] += float64(s.Released)
		m["pool.warmed"] += float64(s.Warmed)
		m["pool.stolen"] += float64(s.Stolen)
		m["pool.idle.count"] += float64(s.Idle)
		m["pool.in_use.count"] += float64(s.InUse)
		m["pool.idle.max"] += float64(s.MaxIdle)
		m["pool.idle.peak"] += float64(s.PeakIdle)
		m["pool.shard.count"] += float64(s.Shards)
		d := reflect.ValueOf(s.Discarded)
		for i := range d.NumField() {
			m["pool.discards pool.reason="+strings.ToLower(d.Type().Field(i).Name)] += float64(d.Field(i).Uint())
		}
	}
	return m
}

// A collection has the Stats of pools and of buffers, with every reason, and bytes if they are known. Equal names
// are added up. A closed pool has no values, and after Unregister there are none.
func TestCollect(t *testing.T) {
	reader, registration := register(t)
	o := pool.Options[[]byte]{Name: t.Name(), MaxIdle: 4, MinIdle: 1}
	first, second := newPool(t, o), newPool(t, o)
	first.ReleaseN([][]byte{first.Acquire(), first.Acquire(), first.Acquire()})
	first.Acquire()
	second.Clear()
	second.Acquire()
	b := buffers.Must(buffers.New(buffers.Options{Name: t.Name()}))
	t.Cleanup(func() { _ = b.Close() })
	b.Release(b.Acquire(1 << 12))

	check := func(kind string, want map[string]float64) {
		t.Helper()
		if _, got := collect(t, reader, t.Name(), kind); !maps.Equal(got, want) {
			t.Errorf("%s: got %v\nwant %v", kind, got, want)
		}
	}
	check("pool", sum(first.Stats(), second.Stats()))
	bytes := sum(b.Stats().Total())
	bytes["pool.idle.size"] = float64(b.Stats().RetainedBytes)
	check("buffers", bytes)
	_ = first.Close()
	check("pool", sum(second.Stats()))

	newPool(t, pool.Options[[]byte]{Name: "\xfe" + t.Name()})
	if _, got := collect(t, reader, "\uFFFD"+t.Name(), "pool"); len(got) < 10 {
		t.Errorf("a name that is no UTF-8: %v", got)
	}
	if err := registration.Unregister(); err != nil {
		t.Fatal(err)
	}
	if instruments, _ := collect(t, reader, "", ""); len(instruments) > 0 {
		t.Errorf("after Unregister: %v", instruments)
	}
}

// A pool of package resource exports the figures of package pool and its own figures, with times in seconds.
func TestCollectResources(t *testing.T) {
	reader, _ := register(t)
	p := newResources(t, t.Name())
	s := p.Stats()
	_, got := collect(t, reader, t.Name(), "resource")
	for name, want := range map[string]float64{
		"pool.acquires pool.result=miss":              2,
		"pool.acquires pool.result=hit":               1,
		"pool.idle.count":                             1,
		"pool.waits":                                  3,
		"pool.wait.time":                              s.WaitTime.Seconds(),
		"pool.wait.longest":                           s.LongestWait.Seconds(),
		"pool.waiting.count":                          0,
		"pool.acquire.failures pool.reason=timeout":   1,
		"pool.acquire.failures pool.reason=cancelled": 1,
		"pool.acquire.failures pool.reason=exhausted": 0,
		"pool.create.failures":                        0,
		"pool.closes pool.reason=dropped":             1,
		"pool.closes pool.reason=lifetime":            0,
		"pool.close.failures":                         0,
		"pool.hijacks":                                0,
		"pool.live.count":                             1,
		"pool.live.limit":                             1,
		"pool.overdue.count":                          0,
	} {
		if n, ok := got[name]; n != want || !ok {
			t.Errorf("%s: %v, %v, want %v", name, n, ok, want)
		}
	}
	if got["pool.wait.longest"] < 0.02 || got["pool.wait.longest"] > 60 {
		t.Errorf("a wait of %v s, want 0.02 or more", got["pool.wait.longest"])
	}
}

// Names, units and types are as documented, and every instrument has a description.
func TestDocumented(t *testing.T) {
	reader, _ := register(t)
	newPool(t, pool.Options[[]byte]{Name: t.Name(), MaxIdleBytes: 1, Size: func([]byte) int64 { return 1 }})
	newResources(t, t.Name())
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := regexp.MustCompile(`(?m)^//\t(pool\.\S+) +(\w+) +(\S+)  `).FindAllStringSubmatch(string(text), -1)
	instruments, _ := collect(t, reader, "", "")
	if len(rows) != len(instruments) {
		t.Errorf("doc.go has %d instruments, %d are exported", len(rows), len(instruments))
	}
	for _, m := range instruments {
		kind := "Gauge"
		switch sum := m.Data.(type) {
		case metricdata.Sum[int64]:
			kind = map[bool]string{true: "Counter", false: "UpDownCounter"}[sum.IsMonotonic]
		case metricdata.Sum[float64]:
			kind = map[bool]string{true: "Counter", false: "UpDownCounter"}[sum.IsMonotonic]
		}
		found := func(row []string) bool { return row[1] == m.Name && row[2] == kind && row[3] == m.Unit }
		if !slices.ContainsFunc(rows, found) || m.Description == "" {
			t.Errorf("%s, a %s of %s, %q: not so in doc.go", m.Name, kind, m.Unit, m.Description)
		}
	}
}

// failing is a meter that cannot make one kind of instrument.
type failing struct {
	noop.Meter
	kind string
}

var errFailing = errors.New("no")

func (f failing) Int64ObservableCounter(string, ...metric.Int64ObservableCounterOption) (metric.Int64ObservableCounter, error) {
	return noop.Int64ObservableCounter{}, map[bool]error{true: errFailing}[f.kind == "counter"]
}

func (f failing) Int64ObservableGauge(string, ...metric.Int64ObservableGaugeOption) (metric.Int64ObservableGauge, error) {
	return noop.Int64ObservableGauge{}, map[bool]error{true: errFailing}[f.kind == "gauge"]
}

func (f failing) RegisterCallback(metric.Callback, ...metric.Observable) (metric.Registration, error) {
	return noop.Registration{}, map[bool]error{true: errFailing}[f.kind == "callback"]
}

// Register returns the error of the meter.
func TestError(t *testing.T) {
	for _, kind := range []string{"counter", "gauge", "callback"} {
		if _, err := poolotel.Register(failing{kind: kind}); !errors.Is(err, errFailing) {
			t.Errorf("%s: %v, want %v", kind, err, errFailing)
		}
	}
	if _, err := poolotel.Register(failing{}); err != nil {
		t.Errorf("no failure: %v", err)
	}
}

// Collections at the same time succeed while a pool is used and others of the same name are made and closed.
func TestCollectUnderLoad(t *testing.T) {
	reader, _ := register(t)
	p := newPool(t, pool.Options[[]byte]{Name: t.Name(), MaxIdle: 8})
	stop := make(chan struct{})
	var load, collecting sync.WaitGroup
	load.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
			}
			q := pool.Must(pool.New(pool.Options[[]byte]{Name: t.Name() + "/brief", New: func() []byte { return nil }}))
			q.Release(q.Acquire())
			p.Release(p.Acquire())
			_ = q.Close()
		}
	})
	for range 4 {
		collecting.Go(func() {
			for range 25 {
				if _, got := collect(t, reader, t.Name(), "pool"); len(got) != len(sum(pool.Stats{})) {
					t.Errorf("%d values, want those of Stats: %v", len(got), got)
					return
				}
			}
		})
	}
	collecting.Wait()
	close(stop)
	load.Wait()
	if _, got := collect(t, reader, t.Name(), "pool"); !maps.Equal(got, sum(p.Stats())) {
		t.Errorf("at rest: got %v\nwant %v", got, sum(p.Stats()))
	}
}
