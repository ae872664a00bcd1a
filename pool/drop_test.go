package pool_test

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

func TestClear(t *testing.T) {
	for _, n := range []int{0, 1, 33, 64} {
		for _, localCache := range []int{-1, 0} {
			t.Run(fmt.Sprintf("%d/%d", n, localCache), func(t *testing.T) {
				setProcs(t, 1)
				var l ledger
				o := l.options()
				o.LocalCache, o.MinIdle = localCache, 1 // Clear does not keep MinIdle
				p := newPool(t, o)
				p.Clear()
				held := acquire(p, n+2)
				p.ReleaseN(held[2:])
				if got := p.Clear(); got != n {
					t.Errorf("Clear: got %d, want %d", got, n)
				}
				if got := p.Stats(); got.Discarded != (pool.Discards{Cleared: uint64(n) + 1}) || got.Idle != 0 {
					t.Errorf("Stats: got %+v, want %d Cleared and 0 idle", plain(got), n+1)
				}
				if got := p.Clear(); got != 0 {
					t.Errorf("Clear again: got %d, want 0", got)
				}
				l.check(t, p, 2)
				if v := p.Acquire(); v.destroyed.Load() != 0 {
					t.Errorf("Acquire after Clear: got item %d, which is destroyed", v.id)
				}
				p.ReleaseN(held[:2])
				l.check(t, p, 1)
			})
		}
	}
}

func TestPruneKeepsMinIdle(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		for _, test := range []struct{ minIdle, idle, pruned int }{
			{0, 0, 0},
			{0, 10, 10},
			{3, 2, 0},
			{3, 3, 0},
			{3, 4, 1},
			{3, 50, 47},
		} {
			for _, maxAge := range []time.Duration{0, -time.Second} {
				setProcs(t, 1)
				var l ledger
				o := l.options()
				o.LocalCache, o.MinIdle = localCache, test.minIdle
				p := newPool(t, o)
				p.Clear()
				fill(p, test.idle)
				got := p.Prune(maxAge)
				if got != test.pruned || p.Len() != test.idle-test.pruned {
					t.Errorf("LocalCache %d, MinIdle %d, %d idle: Prune(%v): got %d and %d left, want %d and %d",
						localCache, test.minIdle, test.idle, maxAge, got, p.Len(), test.pruned, test.idle-test.pruned)
				}
				want := pool.Discards{Pruned: uint64(test.pruned), Cleared: uint64(test.minIdle)}
				if got := p.Stats().Discarded; got != want {
					t.Errorf("Discarded: got %+v, want %+v", got, want)
				}
				l.check(t, p, 0)
			}
		}
	}
}

func TestPruneOfTheYoung(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	fill(p, 10)
	for _, maxAge := range []time.Duration{time.Hour, 1<<63 - 1} {
		if got := p.Prune(maxAge); got != 0 || p.Len() != 10 {
			t.Errorf("Prune(%v): got %d and %d left, want 0 and 10", maxAge, got, p.Len())
		}
	}
	l.check(t, p, 0)
}

func TestClose(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		setProcs(t, 1)
		var l ledger
		o := l.options()
		o.LocalCache, o.MinIdle = localCache, 2
		p := newPool(t, o)
		held := acquire(p, 12)
		p.ReleaseN(held[2:])
		for range 3 {
			if err := p.Close(); err != nil {
				t.Errorf("Close: got %v, want nil", err)
			}
			if got := p.Stats(); got.Discarded != (pool.Discards{Closed: 10}) || got.Idle != 0 {
				t.Errorf("Stats after Close: got %+v, want 10 Closed and 0 idle", plain(got))
			}
			l.check(t, p, 2)
		}

		v := p.Acquire()
		if v.id != 12 {
			t.Errorf("Acquire after Close: got item %d, want a new one", v.id)
		}
		p.Release(v)
		p.ReleaseN(held[:2])
		if v, ok := p.TryAcquire(); ok {
			t.Errorf("TryAcquire after Close: got item %d, want none", v.id)
		}
		if got := p.Stats(); got.Discarded != (pool.Discards{Closed: 13}) || got.Released != 13 || got.Created != 11 {
			t.Errorf("Stats after Release: got %+v, want 13 Closed, 13 released, 11 created", plain(got))
		}
		l.check(t, p, 0)
		if c, n := p.Clear(), p.Prune(0); c != 0 || n != 0 || p.Len() != 0 || p.Cap() != 64 {
			t.Errorf("after Close: got Clear %d, Prune %d, Len %d, Cap %d, want 0, 0, 0, 64", c, n, p.Len(), p.Cap())
		}
		if err := p.Do(func(*item) error { return nil }); err != nil {
			t.Errorf("Do after Close: got %v, want nil", err)
		}
		l.check(t, p, 0)
	}
}

// TestWithoutDestroy checks that every reason is counted if no hook is set.
func TestWithoutDestroy(t *testing.T) {
	p := newPool(t, pool.Options[int]{New: newInt, MaxIdle: 4, LocalCache: -1, MaxIdleTime: -1})
	fill(p, 6)
	p.Clear()
	fill(p, 3)
	p.Prune(0)
	l := p.Borrow()
	l.Discard()
	fill(p, 2)
	v := p.Acquire()
	p.Close()
	p.Release(v)
	want := pool.Discards{Full: 2, Cleared: 4, Pruned: 3, Broken: 1, Closed: 2}
	if got := p.Stats().Discarded; got != want {
		t.Errorf("Discarded: got %+v, want %+v", got, want)
	}
}

// TestClosedPoolStartsNothing checks that calls on a closed pool start no
// goroutine.
func TestClosedPoolStartsNothing(t *testing.T) {
	withoutCheck(t)
	p := newPool(t, pool.Options[*item]{New: func() *item { return nil }})
	fill(p, 100)
	p.Close()
	calls := map[string]func(){
		"Release":    func() { p.Release(nil) },
		"Acquire":    func() { p.Acquire() },
		"TryAcquire": func() { p.TryAcquire() },
		"Clear":      func() { p.Clear() },
		"Prune":      func() { p.Prune(0) },
		"Stats":      func() { p.Stats() },
	}
	const n = 1000
	for name, call := range calls {
		before := goroutinesCreated()
		for range n {
			call()
			runtime.Gosched()
		}
		if got := goroutinesCreated() - before; got > n/10 { // the runtime starts some
			t.Errorf("%s after Close: got %d goroutines started by %d calls, want none", name, got, n)
		}
	}
}

func goroutinesCreated() uint64 {
	s := []metrics.Sample{{Name: "/sched/goroutines-created:goroutines"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
