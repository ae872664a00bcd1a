package pool_test

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// Without Destroy and Retain, Release calls Reset without a guard. The number of lost objects is then the
// difference of two counts, which these tests check. The cases of TestHookFails have Destroy.

// lostPool makes a pool without Destroy. Its Reset fails for items with an odd id: half of them by a panic, half by
// Goexit.
func lostPool(t *testing.T, change func(*pool.Options[*item])) *pool.Pool[*item] {
	var ids atomic.Int64
	o := pool.Options[*item]{
		New: func() *item { return &item{id: int(ids.Add(1))} },
		Reset: func(v *item) {
			switch v.id % 4 {
			case 1:
				panic(errFault)
			case 3:
				runtime.Goexit()
			}
		},
		MaxIdle:     100,
		MaxIdleTime: -1,
	}
	change(&o)
	return newPool(t, o)
}

// checkLost checks that the pool has lost so many objects and conserved the rest.
func checkLost(t *testing.T, p *pool.Pool[*item], lost, held int) {
	t.Helper()
	s := p.Stats()
	if s.Discarded.Panicked != uint64(lost) || s.InUse != held || p.Len() != s.Idle {
		t.Errorf("got %d panicked, %d in use, Len %d, Idle %d; want %d, %d and both the same",
			s.Discarded.Panicked, s.InUse, p.Len(), s.Idle, lost, held)
	}
	if got, want := s.Released, s.Acquired-uint64(held); got != want {
		t.Errorf("Released: got %d, want %d", got, want)
	}
}

func TestResetFailsWithoutDestroy(t *testing.T) {
	retain := func(*item) bool { return true }
	for name, change := range map[string]func(*pool.Options[*item]){
		"magazines":   func(*pool.Options[*item]) {},
		"rings":       func(o *pool.Options[*item]) { o.LocalCache = -1 },
		"one":         func(o *pool.Options[*item]) { o.MaxIdle = 1 },
		"with Retain": func(o *pool.Options[*item]) { o.Retain = retain },
	} {
		t.Run(name, func(t *testing.T) {
			p := lostPool(t, change)
			release := map[string]func(v *item){
				"Release":       func(v *item) { p.Release(v) },
				"ReleaseN":      func(v *item) { p.ReleaseN([]*item{v}) },
				"Lease.Release": func(v *item) { l := p.Lend(v); l.Release() },
			}
			lost := 0
			use := func(when string) {
				for how, release := range release {
					vs := acquire(p, 8)
					for i, v := range vs {
						want := [4]string{"returned", "panicked", "returned", "exited"}[v.id%4]
						if got, _ := outcome(func() { release(v) }); got != want {
							t.Errorf("%s, %s: %s, want %s", when, how, got, want)
						}
						lost += v.id % 2
						checkLost(t, p, lost, len(vs)-i-1)
					}
				}
			}
			use("before Clear")
			p.Clear()
			use("after Clear")
			setProcs(t, runtime.GOMAXPROCS(0)+3)
			use("on other Ps")
			p.Close()
			use("after Close")
		})
	}
}

// TestResetFailsUnderLoad makes hooks fail on all Ps while stores are replaced and their number changes. It
// compares the counts at rest.
func TestResetFailsUnderLoad(t *testing.T) {
	p := lostPool(t, func(*pool.Options[*item]) {})
	procs := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(procs)
	var lost atomic.Int64
	for round := range 20 {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 50 {
					outcome(func() {
						v := p.Acquire()
						runtime.Gosched()
						lost.Add(int64(v.id % 2))
						p.Release(v)
					})
				}
			})
		}
		wg.Go(func() {
			seen := p.Stats().Discarded.Panicked
			for range 20 {
				runtime.GOMAXPROCS(1 + (round+procs)%5)
				p.Clear()
				s := p.Stats()
				if most := uint64(lost.Load()) + 8; s.Discarded.Panicked > most || s.Discarded.Panicked+8 < seen {
					t.Errorf("Panicked: got %d, want at most %d and no less than %d less 8 calls in flight", s.Discarded.Panicked, most, seen)
				}
				seen = max(seen, s.Discarded.Panicked)
			}
		})
		wg.Wait()
		checkLost(t, p, int(lost.Load()), 0)
	}
}
