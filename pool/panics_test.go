package pool_test

import (
	"slices"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// A faultCase is one call during which one hook fails. The pool has 8 idle objects and room for 64 (or maxIdle),
// and the test holds 6 more objects.
type faultCase struct {
	name     string
	hook     string
	nth      int // which call of the hook fails
	refuse   int // calls of Validate or Retain before it that say false
	maxIdle  int
	minIdle  int
	call     func(p *pool.Pool[*item], held []*item)
	released int // of the 6 objects held
	idle     int // afterwards
	want     pool.Discards
}

func faultCases() []faultCase {
	into := make([]*item, 12)
	acquireN := func(p *pool.Pool[*item], _ []*item) { p.AcquireN(into) }
	releaseN := func(p *pool.Pool[*item], held []*item) { p.ReleaseN(held) }
	release := func(p *pool.Pool[*item], held []*item) { p.Release(held[0]) }
	do := func(p *pool.Pool[*item], _ []*item) { _ = p.Do(func(*item) error { return nil }) }
	return []faultCase{
		{
			name: "Acquire/New", hook: "New", nth: 1, idle: 0, want: pool.Discards{Cleared: 8},
			call: func(p *pool.Pool[*item], _ []*item) { p.Clear(); p.Acquire() },
		},
		{
			name: "Acquire/Validate", hook: "Validate", nth: 1, idle: 7, want: pool.Discards{Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Acquire() },
		},
		{
			name: "Acquire/Validate third", hook: "Validate", nth: 3, refuse: 2, idle: 5, want: pool.Discards{Invalid: 2, Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Acquire() },
		},
		{
			name: "Acquire/Destroy", hook: "Destroy", nth: 2, refuse: 3, idle: 6, want: pool.Discards{Invalid: 1, Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Acquire() },
		},
		{
			name: "TryAcquire/Validate", hook: "Validate", nth: 1, idle: 7, want: pool.Discards{Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.TryAcquire() },
		},
		{
			name: "Borrow/Validate", hook: "Validate", nth: 1, idle: 7, want: pool.Discards{Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Borrow() },
		},

		{name: "AcquireN/Validate", hook: "Validate", nth: 4, idle: 7, want: pool.Discards{Panicked: 1}, call: acquireN},
		{name: "AcquireN/New", hook: "New", nth: 2, idle: 9, call: acquireN},
		{name: "AcquireN/New full", hook: "New", nth: 4, maxIdle: 8, idle: 8, want: pool.Discards{Full: 3}, call: acquireN},
		{name: "AcquireN/Destroy", hook: "Destroy", nth: 1, refuse: 1, idle: 7, want: pool.Discards{Panicked: 1}, call: acquireN},

		{name: "Release/Reset", hook: "Reset", nth: 1, released: 1, idle: 8, want: pool.Discards{Panicked: 1}, call: release},
		{name: "Release/Retain", hook: "Retain", nth: 1, released: 1, idle: 8, want: pool.Discards{Panicked: 1}, call: release},
		{name: "Release/Destroy rejected", hook: "Destroy", nth: 1, refuse: 1, released: 1, idle: 8, want: pool.Discards{Panicked: 1}, call: release},
		{name: "Release/Destroy full", hook: "Destroy", nth: 1, maxIdle: 8, released: 1, idle: 8, want: pool.Discards{Panicked: 1}, call: release},

		{name: "ReleaseN/Reset", hook: "Reset", nth: 3, released: 6, idle: 13, want: pool.Discards{Panicked: 1}, call: releaseN},
		{name: "ReleaseN/Retain", hook: "Retain", nth: 6, released: 6, idle: 13, want: pool.Discards{Panicked: 1}, call: releaseN},
		{name: "ReleaseN/Destroy rejected", hook: "Destroy", nth: 1, refuse: 2, released: 6, idle: 12, want: pool.Discards{Rejected: 1, Panicked: 1}, call: releaseN},
		{name: "ReleaseN/Destroy full", hook: "Destroy", nth: 2, maxIdle: 9, released: 6, idle: 9, want: pool.Discards{Full: 4, Panicked: 1}, call: releaseN},

		{name: "Do/Validate", hook: "Validate", nth: 1, idle: 7, want: pool.Discards{Panicked: 1}, call: do},
		{name: "Do/Reset", hook: "Reset", nth: 1, idle: 7, want: pool.Discards{Panicked: 1}, call: do},
		{name: "Do/fn", hook: "fn", nth: 1, idle: 8}, // call is set by the test
		{
			name: "Lease.Release/Retain", hook: "Retain", nth: 1, released: 1, idle: 8, want: pool.Discards{Panicked: 1},
			call: func(p *pool.Pool[*item], held []*item) { l := p.Lend(held[0]); defer l.Release(); l.Release() },
		},
		{
			name: "Lease.Discard/Destroy", hook: "Destroy", nth: 1, released: 1, idle: 8, want: pool.Discards{Panicked: 1},
			call: func(p *pool.Pool[*item], held []*item) { l := p.Lend(held[0]); defer l.Discard(); l.Discard() },
		},

		{
			name: "Clear/Destroy", hook: "Destroy", nth: 3, idle: 0, want: pool.Discards{Cleared: 7, Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Clear() },
		},
		{
			name: "Clear/Destroy last", hook: "Destroy", nth: 8, idle: 0, want: pool.Discards{Cleared: 7, Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Clear() },
		},
		{
			name: "Prune/Destroy", hook: "Destroy", nth: 1, minIdle: 2, idle: 2, want: pool.Discards{Pruned: 5, Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Prune(0) },
		},
		{
			name: "Close/Destroy", hook: "Destroy", nth: 5, idle: 0, want: pool.Discards{Closed: 7, Panicked: 1},
			call: func(p *pool.Pool[*item], _ []*item) { p.Close() },
		},
		{
			name: "Release after Close/Destroy", hook: "Destroy", nth: 9, released: 1, idle: 0, want: pool.Discards{Closed: 8, Panicked: 1},
			call: func(p *pool.Pool[*item], held []*item) { p.Close(); p.Release(held[0]) },
		},
		{
			name: "Warm/New", hook: "New", nth: 2, minIdle: 4, idle: 1, want: pool.Discards{Cleared: 8},
			call: func(p *pool.Pool[*item], _ []*item) { p.Clear(); p.Warm() },
		},
	}
}

func TestHookFails(t *testing.T) {
	setProcs(t, 1) // private magazines of other Ps would hide objects
	for _, mode := range []struct {
		name       string
		exit       bool
		localCache int
	}{
		{"panic/rings", false, -1},
		{"panic/magazines", false, 0},
		{"Goexit/rings", true, -1},
		{"Goexit/magazines", true, 0},
	} {
		for _, c := range faultCases() {
			t.Run(mode.name+"/"+c.name, func(t *testing.T) {
				f := fault{hook: c.hook, exit: mode.exit}
				if c.hook == "fn" {
					c.call = func(p *pool.Pool[*item], _ []*item) {
						_ = p.Do(func(*item) error { f.hit("fn"); return nil })
					}
				}
				testFault(t, &f, c, mode.localCache)
			})
		}
	}
}

func testFault(t *testing.T, f *fault, c faultCase, localCache int) {
	o := f.options()
	o.MinIdle = c.minIdle
	o.LocalCache = localCache
	if c.maxIdle > 0 {
		o.MaxIdle = c.maxIdle
	}
	p := newPool(t, o)
	held := acquire(p, 14)
	p.ReleaseN(held[6:])
	held = held[:6]
	if p.Len() != 8 {
		t.Fatalf("Len before: got %d, want 8", p.Len())
	}

	f.refuse.Store(int32(c.refuse))
	f.arm(c.nth)
	how, value := outcome(func() { c.call(p, held) })
	switch {
	case f.left.Load() != 0:
		t.Fatalf("the hook did not fail: %d calls left", f.left.Load())
	case f.exit && how != "exited":
		t.Errorf("call: %s with %v, want the goroutine to exit", how, value)
	case !f.exit && (how != "panicked" || value != errFault):
		t.Errorf("call: %s with %v, want a panic with %q", how, value, errFault)
	}
	f.refuse.Store(0)
	if got := p.Stats(); got.Discarded != c.want || got.Idle != c.idle {
		t.Errorf("got %+v and %d idle, want %+v and %d idle", got.Discarded, got.Idle, c.want, c.idle)
	}
	f.check(t, p, len(held)-c.released)

	// The pool still works.
	p.Warm()
	f.check(t, p, len(held)-c.released)
	p.ReleaseN(held[c.released:])
	fill(p, 5)
	f.check(t, p, 0)
	p.Clear()
	p.Prune(0)
	p.Close()
	f.check(t, p, 0)
}

func TestAcquireNClearsWhatItCouldNotFill(t *testing.T) {
	f := fault{hook: "New"}
	p := newPool(t, f.options())
	fill(p, 3)
	f.arm(2)
	dst := make([]*item, 6)
	if how, value := outcome(func() { p.AcquireN(dst) }); how != "panicked" {
		t.Fatalf("AcquireN: %s with %v, want a panic", how, value)
	}
	if i := slices.IndexFunc(dst, func(v *item) bool { return v != nil }); i >= 0 {
		t.Errorf("dst[%d]: got item %d, want nil: it is idle again", i, dst[i].id)
	}
	f.check(t, p, 0)
}

// TestPutBackSurvivesDestroy makes two hooks fail in one call. New ends an AcquireN. Its objects go back, but the
// pool is full by now, and Destroy panics.
func TestPutBackSurvivesDestroy(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		setProcs(t, 1)
		var l ledger
		o := l.options()
		o.LocalCache = localCache
		o.MaxIdle = 8
		o.New = func() *item {
			if len(l.items) == 15 {
				panic(errFault)
			}
			return l.make()
		}
		destroyed := 0
		o.Destroy = func(v *item) {
			l.destroy(v)
			if destroyed++; destroyed == 2 {
				panic("another hook failed")
			}
		}
		p := newPool(t, o)
		if how, _ := outcome(func() { p.AcquireN(make([]*item, 20)) }); how != "panicked" {
			t.Fatalf("AcquireN: %s, want a panic", how)
		}
		if got, want := p.Stats().Discarded, (pool.Discards{Full: 6, Panicked: 1}); got != want {
			t.Errorf("LocalCache %d: Discarded: got %+v, want %+v", localCache, got, want)
		}
		l.check(t, p, 0)
	}
}

func TestEveryHookCallFails(t *testing.T) {
	const n = 1000
	setProcs(t, 1)
	tests := map[string]struct {
		hook string
		call func(p *pool.Pool[*item], held []*item)
	}{
		"Clear":    {"Destroy", func(p *pool.Pool[*item], held []*item) { p.ReleaseN(held); p.Clear() }},
		"Close":    {"Destroy", func(p *pool.Pool[*item], held []*item) { p.ReleaseN(held); p.Close() }},
		"ReleaseN": {"Reset", func(p *pool.Pool[*item], held []*item) { p.ReleaseN(held) }},
	}
	for name, test := range tests {
		var l ledger
		o := l.options()
		o.MaxIdle = n
		failing := func(hook string) {
			if hook == test.hook {
				panic(errFault)
			}
		}
		o.Destroy = func(v *item) { l.destroy(v); failing("Destroy") }
		o.Reset = func(*item) { failing("Reset") }
		p := newPool(t, o)
		held := acquire(p, n)
		how, value := outcome(func() { test.call(p, held) })
		if how != "panicked" || value != errFault {
			t.Errorf("%s: %s with %v, want a panic with %q", name, how, value, errFault)
		}
		if got, want := p.Stats().Discarded, (pool.Discards{Panicked: n}); got != want {
			t.Errorf("%s: Discarded: got %+v, want %+v", name, got, want)
		}
		l.check(t, p, 0)
	}
}

func TestNewFailsInConstructor(t *testing.T) {
	f := fault{hook: "New"}
	f.arm(3)
	o := f.options()
	o.MinIdle = 5
	if how, value := outcome(func() { _, _ = pool.New(o) }); how != "panicked" || value != errFault {
		t.Errorf("New: %s with %v, want a panic with %q", how, value, errFault)
	}
}
