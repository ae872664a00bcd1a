package metrics

import (
	"context"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/resource"
)

// of returns the points of the pools with this name, by Prometheus name, kind and label. Each is there once.
func of(t *testing.T, points []Point, name string) map[[3]string]int64 {
	t.Helper()
	m := map[[3]string]int64{}
	for _, p := range points {
		if p.Pool == name {
			key := [3]string{Metrics[p.Metric].Prom, p.Kind, p.Value}
			if _, ok := m[key]; ok {
				t.Errorf("%v is there twice", key)
			}
			m[key] = p.N
		}
	}
	return m
}

// newPool returns a pool that is closed at the end of the test.
func newPool(t *testing.T, o pool.Options[[]byte]) *pool.Pool[[]byte] {
	t.Helper()
	o.New = func() []byte { return make([]byte, 10) }
	o.NoCheck = true // the counts are exact
	p := pool.Must(pool.New(o))
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// Every number of Stats is exported by one metric, which exports nothing else. This includes reasons added later.
func TestEveryNumber(t *testing.T) {
	derived := []string{"Acquired", "IdleBytes"} // the sum of two others; Bytes of Info
	var check func(path string, find func(*pool.Stats) reflect.Value)
	check = func(path string, find func(*pool.Stats) reflect.Value) {
		var s pool.Stats
		switch v := find(&s); {
		case slices.Contains(derived, path) || v.Kind() == reflect.String:
			return
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				check(path+"."+v.Type().Field(i).Name, func(s *pool.Stats) reflect.Value { return find(s).Field(i) })
			}
			return
		case v.CanUint():
			v.SetUint(7)
		default:
			v.SetInt(7)
		}
		var sum int64
		n := 0
		for _, p := range read([]source{{Info: pool.Info{Stats: s}}}) {
			if sum += p.N; p.N != 0 {
				n++
			}
		}
		if n != 1 || sum != 7 {
			t.Errorf("%s of 7: %d points with a sum of %d, want 1 of 7", path, n, sum)
		}
	}
	stats := reflect.TypeFor[pool.Stats]()
	for i := range stats.NumField() {
		check(stats.Field(i).Name, func(s *pool.Stats) reflect.Value { return reflect.ValueOf(s).Elem().Field(i) })
	}
}

// Each reason has a point, under its name in the JSON of Discards, even if there was no such discard.
func TestEveryReason(t *testing.T) {
	newPool(t, pool.Options[[]byte]{Name: t.Name()})
	got := of(t, Read(), t.Name())
	reasons := []string{
		"full", "expired", "invalid", "rejected", "broken", "panicked", "cleared", "pruned", "closed", "pressed",
	}
	for _, r := range reasons {
		if n, ok := got[[3]string{"pool_discards_total", "pool", r}]; !ok || n != 0 {
			t.Errorf("%s: %d, %v, want a point of 0", r, n, ok)
		}
	}
}

// Pools of the same name and kind are one, with their sums. Other kinds and names are apart. A closed pool is gone.
func TestEqualNames(t *testing.T) {
	o := pool.Options[[]byte]{Name: t.Name(), MaxIdle: 10, LocalCache: -1}
	first, second := newPool(t, o), newPool(t, o)
	b := buffers.Must(buffers.New(buffers.Options{Name: t.Name()}))
	t.Cleanup(func() { _ = b.Close() })
	first.Release(first.Acquire())
	first.Acquire()
	second.ReleaseN([][]byte{second.Acquire(), second.Acquire()})
	second.Clear()
	b.Acquire(1)

	check := func(hit, miss, cleared, maxIdle int64) {
		t.Helper()
		got := of(t, Read(), t.Name())
		for key, want := range map[[3]string]int64{
			{"pool_acquires_total", "pool", "hit"}:     hit,
			{"pool_acquires_total", "pool", "miss"}:    miss,
			{"pool_discards_total", "pool", "cleared"}: cleared,
			{"pool_max_idle", "pool", ""}:              maxIdle,
			{"pool_acquires_total", "buffers", "miss"}: 1,
			{"pool_discards_total", "buffers", "full"}: 0,
			{"pool_releases_total", "buffers", ""}:     0,
			{"pool_in_use", "buffers", ""}:             1,
		} {
			if got[key] != want {
				t.Errorf("%v: %d, want %d", key, got[key], want)
			}
		}
	}
	check(1, 3, 2, 20)
	_ = first.Close()
	check(0, 2, 2, 10)
}

// Bytes are exported where they are known, 0 included, and nowhere else.
func TestBytes(t *testing.T) {
	size := func(b []byte) int64 { return int64(len(b)) }
	p := newPool(t, pool.Options[[]byte]{Name: t.Name() + "/sized", Size: size, MaxIdleBytes: 100})
	newPool(t, pool.Options[[]byte]{Name: t.Name() + "/plain"})
	b := buffers.Must(buffers.New(buffers.Options{Name: t.Name() + "/buffers"}))
	t.Cleanup(func() { _ = b.Close() })
	check := func(name, kind string, want int64, known bool) {
		t.Helper()
		name = t.Name() + "/" + name
		if n, ok := of(t, Read(), name)[[3]string{"pool_idle_bytes", kind, ""}]; n != want || ok != known {
			t.Errorf("%s: %d, %v, want %d, %v", name, n, ok, want, known)
		}
	}
	check("sized", "pool", 0, true)
	check("plain", "pool", 0, false)
	check("buffers", "buffers", 0, true)
	p.Release(p.Acquire())
	check("sized", "pool", 10, true)
}

// Names that are not UTF-8 are made so, and names that become equal by that are one.
func TestNotUTF8(t *testing.T) {
	newPool(t, pool.Options[[]byte]{Name: t.Name() + "\xff", MaxIdle: 2})
	newPool(t, pool.Options[[]byte]{Name: t.Name() + "\xfe", MaxIdle: 3})
	if got := of(t, Read(), t.Name()+"\uFFFD")[[3]string{"pool_max_idle", "pool", ""}]; got != 5 {
		t.Errorf("a bound of %d, want 2 + 3", got)
	}
}

// Every number of resource.Stats is exported by one metric, which exports nothing else, also reasons added later.
func TestEveryNumberOfResources(t *testing.T) {
	derived := []string{"Idle", "InUse", "Peak", "Acquired", "Created", "Warmed", "Closed"} // those in Info, and a sum
	n := 0
	var check func(path string, find func(*resource.Stats) reflect.Value)
	check = func(path string, find func(*resource.Stats) reflect.Value) {
		var s resource.Stats
		figure := int64(7)
		switch v := find(&s); {
		case slices.Contains(derived, path) || v.Kind() == reflect.String:
			return
		case v.Kind() == reflect.Struct:
			for i := range v.NumField() {
				check(path+"."+v.Type().Field(i).Name, func(s *resource.Stats) reflect.Value { return find(s).Field(i) })
			}
			return
		case v.CanUint():
			v.SetUint(uint64(figure))
		case v.Type() == reflect.TypeFor[time.Duration]():
			figure *= 1e9
			v.SetInt(figure)
		default:
			v.SetInt(figure)
		}
		if path == "Cancelled" {
			s.Timeouts = s.Cancelled // they are some of them
		}
		want := float64(figure)
		var got []Point
		for _, p := range read([]source{{limited: &s}}) {
			if p.N != 0 || p.Exact != 0 {
				got = append(got, p)
				if Metrics[p.Metric].Unit == Seconds {
					want /= 1e9
				}
			}
		}
		if n++; len(got) != 1 || got[0].Exact != want {
			t.Errorf("%s: points %+v, want one of %v", path, got, want)
		}
	}
	stats := reflect.TypeFor[resource.Stats]()
	for i := range stats.NumField() {
		check(stats.Field(i).Name, func(s *resource.Stats) reflect.Value { return reflect.ValueOf(s).Elem().Field(i) })
	}
	if n < 20 {
		t.Errorf("%d numbers, want 20 or more", n)
	}
}

// Times have fractions of a second in Exact, and are whole seconds in N, which older modules export. Pools of the
// same name are added up exactly, except for the longest wait.
func TestSeconds(t *testing.T) {
	a := resource.Stats{WaitTime: 1700 * time.Millisecond, LongestWait: 900 * time.Millisecond, Waited: 3}
	b := resource.Stats{WaitTime: 1600 * time.Millisecond, LongestWait: 1100 * time.Millisecond, Waited: 4}
	n := 0
	for _, p := range read([]source{{limited: &a}, {limited: &b}}) {
		want, ok := map[string]struct {
			n     int64
			exact float64
		}{
			"pool_wait_seconds_total":   {3, 3.3},
			"pool_longest_wait_seconds": {1, 1.1},
			"pool_waits_total":          {7, 7},
		}[Metrics[p.Metric].Prom]
		if !ok {
			continue
		}
		if n++; p.N != want.n || p.Exact != want.exact {
			t.Errorf("%s: %d and %v, want %d and %v", Metrics[p.Metric].Prom, p.N, p.Exact, want.n, want.exact)
		}
	}
	if n != 3 {
		t.Errorf("%d points, want 3", n)
	}
}

// A pool of package resource has the figures of all pools and its own. Other pools do not have its own.
func TestResources(t *testing.T) {
	p, err := resource.New(resource.Options[int]{Name: t.Name(), Max: 3, New: func(context.Context) (int, error) { return 1, nil }})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close(context.Background())
	h, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	newPool(t, pool.Options[[]byte]{Name: t.Name()})
	got := of(t, Read(), t.Name())
	for key, want := range map[[3]string]int64{
		{"pool_acquires_total", "resource", "miss"}:            1,
		{"pool_in_use", "resource", ""}:                        1,
		{"pool_waits_total", "resource", ""}:                   1,
		{"pool_waiting", "resource", ""}:                       0,
		{"pool_live", "resource", ""}:                          1,
		{"pool_limit", "resource", ""}:                         3,
		{"pool_closes_total", "resource", "lifetime"}:          0,
		{"pool_acquire_failures_total", "resource", "timeout"}: 0,
	} {
		if n, ok := got[key]; n != want || !ok {
			t.Errorf("%v: %d, %v, want %d", key, n, ok, want)
		}
	}
	for _, name := range []string{"pool_waits_total", "pool_limit", "pool_wait_seconds_total"} {
		if n, ok := got[[3]string{name, "pool", ""}]; ok {
			t.Errorf("%s is %d for a pool without a limit, want none", name, n)
		}
	}
	h.Release()
}
