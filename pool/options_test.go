package pool_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
)

func newInt() int { return 0 }

func TestOptionsRejected(t *testing.T) {
	type options = pool.Options[int]
	defaultMax := pool.DefaultMaxIdlePerP * runtime.GOMAXPROCS(0)
	tests := []struct {
		name   string
		o      options
		field  string
		value  any
		remedy any // in the message, too
	}{
		{"nothing", options{}, "New", "nil", "function"},
		{"no New", options{MaxIdle: 3, Name: "x"}, "New", "nil", "function"},
		{"MaxIdle -1", options{New: newInt, MaxIdle: -1}, "MaxIdle", -1, "0 for the default"},
		{"MaxIdle lowest", options{New: newInt, MaxIdle: math.MinInt}, "MaxIdle", math.MinInt, "0 for the default"},
		{"MaxIdle over", options{New: newInt, MaxIdle: pool.LimitMaxIdle + 1}, "MaxIdle", pool.LimitMaxIdle + 1, pool.LimitMaxIdle},
		{"MaxIdle absurd", options{New: newInt, MaxIdle: math.MaxInt}, "MaxIdle", math.MaxInt, pool.LimitMaxIdle},
		{"MinIdle -1", options{New: newInt, MinIdle: -1}, "MinIdle", -1, "0 for none"},
		{"MinIdle over MaxIdle", options{New: newInt, MinIdle: 9, MaxIdle: 8}, "MinIdle", 9, "MaxIdle, which is 8"},
		{"MinIdle over default", options{New: newInt, MinIdle: defaultMax + 1}, "MinIdle", defaultMax + 1, defaultMax},
		{"MinIdle absurd", options{New: newInt, MinIdle: math.MaxInt}, "MinIdle", math.MaxInt, defaultMax},
		{"Shards -1", options{New: newInt, Shards: -1}, "Shards", -1, "0 for GOMAXPROCS"},
		{"Shards over", options{New: newInt, Shards: pool.LimitShards + 1}, "Shards", pool.LimitShards + 1, pool.LimitShards},
		{"LocalCache over", options{New: newInt, LocalCache: pool.LimitLocalCache + 1}, "LocalCache", pool.LimitLocalCache + 1, pool.LimitLocalCache},
		{"LocalCache absurd", options{New: newInt, LocalCache: math.MaxInt}, "LocalCache", math.MaxInt, pool.LimitLocalCache},
		{"both", options{New: newInt, Check: true, NoCheck: true}, "NoCheck", true, "not both"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			p, err := pool.New(test.o)
			if !errors.Is(err, pool.ErrOptions) {
				t.Fatalf("New: got error %v, want an ErrOptions", err)
			}
			if p != nil {
				t.Errorf("New: got a pool with the error, want nil")
			}
			for _, want := range []any{"pool: ", test.field, test.value, test.remedy} {
				if !strings.Contains(err.Error(), fmt.Sprint(want)) {
					t.Errorf("message: got %q, want %q in it", err, fmt.Sprint(want))
				}
			}
		})
	}
}

func TestOptionsAtTheLimits(t *testing.T) {
	for _, o := range []pool.Options[int]{
		{New: newInt, MaxIdle: 1, MinIdle: 1},
		{New: newInt, MaxIdle: 1, Shards: pool.LimitShards, LocalCache: pool.LimitLocalCache},
		{New: newInt, MaxIdle: 1 << 16, Shards: pool.LimitShards, LocalCache: pool.LimitLocalCache},
		{New: newInt, MaxIdleTime: math.MaxInt64, LocalCache: math.MinInt},
		{New: newInt, MaxIdleTime: math.MinInt64, LocalCache: 1},
	} {
		p := newPool(t, o)
		fill(p, 3)
		if got := p.Len(); got < max(1, o.MinIdle) || got > p.Cap() {
			t.Errorf("%+v: Len: got %d, want 1 to %d", o, got, p.Cap())
		}
	}
}

func TestOptionsDefaults(t *testing.T) {
	for _, procs := range []int{1, 3} {
		setProcs(t, procs)
		p := newPool(t, pool.Options[int]{New: newInt, Name: "numbers"})
		want := pool.Stats{Name: "numbers", MaxIdle: 1024 * procs, Shards: 1}
		if got := p.Stats(); got != want {
			t.Errorf("GOMAXPROCS %d: Stats of a fresh pool: got %+v, want %+v", procs, plain(got), plain(want))
		}
		if got := p.Cap(); got != want.MaxIdle {
			t.Errorf("GOMAXPROCS %d: Cap: got %d, want %d", procs, got, want.MaxIdle)
		}
	}
}

func TestMaxIdleIsExact(t *testing.T) {
	setProcs(t, 1) // private magazines of other Ps would take room
	for _, maxIdle := range []int{1, 2, 3, 7, 8, 100, 500, 1000} {
		for _, localCache := range []int{-1, 0, 1, 5} {
			var l ledger
			o := l.options()
			o.MaxIdle, o.LocalCache, o.Shards = maxIdle, localCache, 0
			p := newPool(t, o)
			fill(p, maxIdle+10)
			if got := p.Len(); got != maxIdle || p.Cap() != maxIdle {
				t.Errorf("MaxIdle %d, LocalCache %d: Len and Cap: got %d and %d, want %[1]d", maxIdle, localCache, got, p.Cap())
			}
			if got := p.Stats().Discarded; got != (pool.Discards{Full: 10}) {
				t.Errorf("MaxIdle %d, LocalCache %d: Discarded: got %+v, want 10 Full", maxIdle, localCache, got)
			}
			l.check(t, p, 0)
		}
	}
}

func TestMinIdleIsMadeByNew(t *testing.T) {
	var l ledger
	o := l.options()
	o.MinIdle = 5
	p := newPool(t, o)
	if got := p.Stats(); got.Warmed != 5 || got.Idle != 5 || got.Created != 0 || got.Released != 0 || got.Acquired != 0 {
		t.Errorf("Stats after New: got %+v, want 5 warmed, 5 idle and no traffic", plain(got))
	}
	l.check(t, p, 0)
	held := acquire(p, 5)
	if got := p.Stats(); got.Reused != 5 || got.Created != 0 {
		t.Errorf("Stats after Acquire: got %+v, want 5 reused and 0 created", plain(got))
	}
	p.ReleaseN(held)
	l.check(t, p, 0)
}

func TestMust(t *testing.T) {
	p := pool.Must(pool.New(pool.Options[int]{New: newInt}))
	if p == nil {
		t.Fatal("Must: got nil, want the pool")
	}
	how, value := outcome(func() { pool.Must(pool.New(pool.Options[int]{})) })
	err, ok := value.(error)
	if how != "panicked" || !ok || !errors.Is(err, pool.ErrOptions) {
		t.Errorf("Must of bad options: %s with %v, want a panic with an ErrOptions", how, value)
	}
}
