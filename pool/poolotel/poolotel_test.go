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

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/metric/noop"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/poolotel"
)

// newPool returns a pool that is closed at the end of the test.
func newPool(t *testing.T, o pool.Options[[]byte]) *pool.Pool[[]byte] {
	t.Helper()
	o.New = func() []byte { return make([]byte, 10) }
	p := pool.Must(pool.New(o))
	t.Cleanup(func() { _ = p.Close() })
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

// collect returns the instruments, and the values of the pools with this name and kind by instrument and other attribute.
func collect(t *testing.T, reader sdk.Reader, name, kind string) ([]metricdata.Metrics, map[string]int64) {
	t.Helper()
	var all metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &all); err != nil {
		t.Fatal(err)
	}
	var instruments []metricdata.Metrics
	values := map[string]int64{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			instruments = append(instruments, m)
			var points []metricdata.DataPoint[int64]
			switch data := m.Data.(type) {
			case metricdata.Sum[int64]:
				points = data.DataPoints
			case metricdata.Gauge[int64]:
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

// sum returns what is to be read of pools with these stats, which are of one name and kind.
func sum(all ...pool.Stats) map[string]int64 {
	m := map[string]int64{}
	for _, s := range all {
		m["pool.acquires pool.result=hit"] += int64(s.Reused)
		m["pool.acquires pool.result=miss"] += int64(s.Created)
		m["pool.releases"] += int64(s.Released)
		m["pool.warmed"] += int64(s.Warmed)
		m["pool.stolen"] += int64(s.Stolen)
		m["pool.idle.count"] += int64(s.Idle)
		m["pool.in_use.count"] += int64(s.InUse)
		m["pool.idle.max"] += int64(s.MaxIdle)
		m["pool.idle.peak"] += int64(s.PeakIdle)
		m["pool.shard.count"] += int64(s.Shards)
		d := reflect.ValueOf(s.Discarded)
		for i := range d.NumField() {
			m["pool.discards pool.reason="+strings.ToLower(d.Type().Field(i).Name)] += int64(d.Field(i).Uint())
		}
	}
	return m
}

// A collection has the Stats of pools and of buffers, every reason included, the sums where names are equal, bytes where they
// are known, and nothing of a pool that is closed or after Unregister.
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

	check := func(kind string, want map[string]int64) {
		t.Helper()
		if _, got := collect(t, reader, t.Name(), kind); !maps.Equal(got, want) {
			t.Errorf("%s: got %v\nwant %v", kind, got, want)
		}
	}
	check("pool", sum(first.Stats(), second.Stats()))
	bytes := sum(b.Stats().Total())
	bytes["pool.idle.size"] = b.Stats().RetainedBytes
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

// Names, units and types are as documented, and every instrument has a description.
func TestDocumented(t *testing.T) {
	reader, _ := register(t)
	newPool(t, pool.Options[[]byte]{Name: t.Name(), MaxIdleBytes: 1, Size: func([]byte) int64 { return 1 }})
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
		if sum, ok := m.Data.(metricdata.Sum[int64]); ok {
			kind = "UpDownCounter"
			if sum.IsMonotonic {
				kind = "Counter"
			}
		}
		found := func(row []string) bool { return row[1] == m.Name && row[2] == kind && row[3] == m.Unit }
		if !slices.ContainsFunc(rows, found) || m.Description == "" {
			t.Errorf("%s, a %s of %s, %q: not so in doc.go", m.Name, kind, m.Unit, m.Description)
		}
	}
}

// failing is a meter that fails to make one kind of instrument.
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

// What the meter fails at is Register's error.
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
