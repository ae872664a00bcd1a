package pool_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// TestStatsHistory runs a script on one goroutine in which every field changes, except Expired and Stolen. It
// checks all fields at each step.
func TestStatsHistory(t *testing.T) {
	var l ledger
	o := l.options()
	o.Name, o.MaxIdle, o.MinIdle = "history", 4, 2
	reject, invalid, broken := -1, -1, false
	o.Reset = func(*item) {
		if broken {
			panic(errFault)
		}
	}
	o.Retain = func(v *item) bool { return v.id != reject }
	o.Validate = func(v *item) bool { return v.id != invalid }
	p := newPool(t, o)
	want := pool.Stats{Name: "history", Warmed: 2, Idle: 2, PeakIdle: 2, MaxIdle: 4, Shards: 1}
	var held []*item
	take := func(n int) { held = append(held, acquire(p, n)...) }
	give := func(n int) { p.ReleaseN(held[:n]); held = held[n:] }
	steps := []struct {
		name string
		do   func()
		then func()
	}{
		{"New", func() {}, func() {}},
		{"2 hits", func() { take(2) }, func() { want.Acquired, want.Reused, want.Idle, want.InUse = 2, 2, 0, 2 }},
		{"a TryAcquire that finds none", func() { p.TryAcquire() }, func() {}},
		{"4 misses", func() { take(4) }, func() { want.Acquired, want.Created, want.InUse = 6, 4, 6 }},
		{"5 releases, 1 too many", func() { give(5) }, func() {
			want.Released, want.Idle, want.InUse, want.PeakIdle, want.Discarded.Full = 5, 4, 1, 4, 1
		}},
		{"an invalid object", func() { invalid = 0; take(1) }, func() {
			want.Acquired, want.Reused, want.Idle, want.InUse, want.Discarded.Invalid = 7, 3, 2, 2, 1
		}},
		{"a rejected object", func() { reject = held[0].id; give(1) }, func() {
			want.Released, want.InUse, want.Discarded.Rejected = 6, 1, 1
		}},
		{"a Lease, discarded", func() { lease := p.Borrow(); lease.Discard() }, func() {
			want.Acquired, want.Reused, want.Idle, want.Discarded.Broken = 8, 4, 1, 1
		}},
		{"a Reset that panics", func() { broken = true; outcome(func() { give(1) }); broken = false; held = held[1:] }, func() {
			want.Released, want.InUse, want.Discarded.Panicked = 7, 0, 1
		}},
		{"Warm", func() { p.Warm() }, func() { want.Warmed, want.Idle = 3, 2 }},
		{"Clear", func() { p.Clear() }, func() { want.Idle, want.Discarded.Cleared = 0, 2 }},
		{"3 misses and releases", func() { take(3); give(3) }, func() {
			want.Acquired, want.Created, want.Released, want.Idle = 11, 7, 10, 3
		}},
		{"Prune", func() { p.Prune(0) }, func() { want.Idle, want.Discarded.Pruned = 2, 1 }},
		{"Do", func() { _ = p.Do(func(*item) error { return nil }) }, func() {
			want.Acquired, want.Reused, want.Released = 12, 5, 11
		}},
		{"a hit", func() { take(1) }, func() { want.Acquired, want.Reused, want.Idle, want.InUse = 13, 6, 1, 1 }},
		{"Close", func() { p.Close() }, func() { want.Idle, want.Shards, want.Discarded.Closed = 0, 0, 1 }},
		{"a release after Close", func() { give(1) }, func() { want.Released, want.InUse, want.Discarded.Closed = 12, 0, 2 }},
	}
	for _, step := range steps {
		step.do()
		step.then()
		if got := p.Stats(); got != want {
			t.Fatalf("after %s:\n got %+v\nwant %+v", step.name, plain(got), plain(want))
		}
		l.check(t, p, len(held))
	}
}

// sample has a different value in every field.
var sample = pool.Stats{
	Name: "buffers", Acquired: 40, Reused: 30, Created: 10, Warmed: 4, Released: 39,
	Discarded: pool.Discards{Full: 1, Expired: 2, Invalid: 3, Rejected: 5, Broken: 6, Panicked: 7, Cleared: 8, Pruned: 9, Closed: 11, Pressed: 18},
	Stolen:    12, Idle: 13, InUse: 14, PeakIdle: 15, MaxIdle: 16, IdleBytes: 19, Shards: 17,
}

func TestStatsJSON(t *testing.T) {
	const want = `{"name":"buffers","acquired":40,"reused":30,"created":10,"warmed":4,"released":39,` +
		`"discarded":{"full":1,"expired":2,"invalid":3,"rejected":5,"broken":6,"panicked":7,"cleared":8,"pruned":9,"closed":11,"pressed":18},` +
		`"stolen":12,"idle":13,"in_use":14,"peak_idle":15,"max_idle":16,"idle_bytes":19,"shards":17}`
	got, err := json.Marshal(sample)
	if err != nil || string(got) != want {
		t.Errorf("Marshal: got %s, %v, want\n%s", got, err, want)
	}
	var back pool.Stats
	if err := json.Unmarshal(got, &back); err != nil || back != sample {
		t.Errorf("Unmarshal: got %+v, %v, want %+v", plain(back), err, plain(sample))
	}
}

func TestStatsMap(t *testing.T) {
	want := map[string]any{
		"name": "buffers", "acquired": uint64(40), "reused": uint64(30), "created": uint64(10), "warmed": uint64(4),
		"released": uint64(39), "discarded": uint64(70), "discarded_full": uint64(1), "discarded_expired": uint64(2),
		"discarded_invalid": uint64(3), "discarded_rejected": uint64(5), "discarded_broken": uint64(6),
		"discarded_panicked": uint64(7), "discarded_cleared": uint64(8), "discarded_pruned": uint64(9),
		"discarded_closed": uint64(11), "discarded_pressed": uint64(18), "stolen": uint64(12), "idle": 13, "in_use": 14, "peak_idle": 15,
		"max_idle": 16, "idle_bytes": int64(19), "shards": 17, "reuse_ratio": 0.75,
	}
	got := sample.Map()
	if !maps.Equal(got, want) {
		t.Errorf("Map:\n got %v\nwant %v", got, want)
	}
	got["idle"] = "changed"
	if again := sample.Map(); !maps.Equal(again, want) {
		t.Errorf("Map after the first was changed: got %v, want %v", again, want)
	}
}

// TestStatsMapIsComplete finds fields of Stats that Map lacks.
func TestStatsMapIsComplete(t *testing.T) {
	m := sample.Map()
	var names []string
	for f := range reflect.TypeFor[pool.Stats]().Fields() {
		names = append(names, f.Tag.Get("json"))
	}
	for f := range reflect.TypeFor[pool.Discards]().Fields() {
		names = append(names, "discarded_"+f.Tag.Get("json"))
	}
	for _, name := range names {
		if _, ok := m[name]; !ok || name != strings.ToLower(name) {
			t.Errorf("Map: got no %q, want every field by its JSON name", name)
		}
	}
	if got, want := len(m), len(names)+1; got != want { // reuse_ratio
		t.Errorf("Map: got %d entries, want %d: %v", got, want, slices.Sorted(maps.Keys(m)))
	}
}

func TestStatsString(t *testing.T) {
	for _, test := range []struct {
		s    pool.Stats
		want string
	}{
		{sample, "buffers: 13/16 idle, 14 in use, 40 acquired (75.0% reused), 39 released, 70 discarded"},
		{pool.Stats{}, "pool: 0/0 idle, 0 in use, 0 acquired (0.0% reused), 0 released, 0 discarded"},
	} {
		if got := test.s.String(); got != test.want {
			t.Errorf("String: got %q, want %q", got, test.want)
		}
		if got := fmt.Sprint(test.s); got != test.want {
			t.Errorf("Sprint: got %q, want %q", got, test.want)
		}
	}
}

func TestStatsLogValue(t *testing.T) {
	var b bytes.Buffer
	h := slog.NewTextHandler(&b, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key != "pool" {
			return slog.Attr{}
		}
		return a
	}})
	slog.New(h).Info("", "pool", sample)
	const want = "pool.name=buffers pool.acquired=40 pool.reused=30 pool.created=10 pool.warmed=4 pool.released=39 " +
		"pool.discarded=70 pool.discarded_full=1 pool.discarded_expired=2 pool.discarded_invalid=3 " +
		"pool.discarded_rejected=5 pool.discarded_broken=6 pool.discarded_panicked=7 pool.discarded_cleared=8 " +
		"pool.discarded_pruned=9 pool.discarded_closed=11 pool.discarded_pressed=18 pool.stolen=12 pool.idle=13 pool.in_use=14 " +
		"pool.peak_idle=15 pool.max_idle=16 pool.idle_bytes=19 pool.shards=17 pool.reuse_ratio=0.75\n"
	if got := b.String(); got != want {
		t.Errorf("log:\n got %s\nwant %s", got, want)
	}
}

func TestReuseRatio(t *testing.T) {
	for _, test := range []struct {
		s    pool.Stats
		want float64
	}{
		{pool.Stats{}, 0},
		{pool.Stats{Acquired: 3, Created: 3}, 0},
		{pool.Stats{Acquired: 4, Reused: 1, Created: 3}, 0.25},
		{pool.Stats{Acquired: math.MaxUint64, Reused: math.MaxUint64}, 1},
	} {
		if got := test.s.ReuseRatio(); got != test.want {
			t.Errorf("ReuseRatio of %+v: got %v, want %v", plain(test.s), got, test.want)
		}
		if got := test.s.TotalAcquisitions(); got != test.s.Acquired {
			t.Errorf("TotalAcquisitions: got %d, want %d", got, test.s.Acquired)
		}
	}
	if got := sample.Discarded.Total(); got != 70 {
		t.Errorf("Total: got %d, want 70", got)
	}
}

// Plus adds every reason.
func TestDiscardsPlus(t *testing.T) {
	var d, e, want pool.Discards
	for i := range reflect.TypeFor[pool.Discards]().NumField() {
		reflect.ValueOf(&d).Elem().Field(i).SetUint(uint64(i + 1))
		reflect.ValueOf(&e).Elem().Field(i).SetUint(100)
		reflect.ValueOf(&want).Elem().Field(i).SetUint(uint64(i + 101))
	}
	if got := d.Plus(e); got != want {
		t.Errorf("%+v plus %+v: got %+v", d, e, got)
	}
}
