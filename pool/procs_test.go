package pool_test

import (
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// spread starts goroutines that are locked to threads. All release objects at the same time, so that the objects
// become idle on as many Ps as possible. Then the goroutines stay there until the test ends, and do not use the
// pool any more.
func spread(t *testing.T, p *pool.Pool[*item], goroutines, each int) {
	t.Helper()
	done := make(chan struct{})
	var exited sync.WaitGroup
	t.Cleanup(func() { close(done); exited.Wait() })
	var ready atomic.Int32
	var released sync.WaitGroup
	for range goroutines {
		released.Add(1)
		exited.Go(func() {
			runtime.LockOSThread()
			held := acquire(p, each)
			ready.Add(1)
			for ready.Load() < int32(goroutines) {
				runtime.Gosched()
			}
			for _, v := range held {
				p.Release(v)
			}
			released.Done()
			<-done
		})
	}
	released.Wait()
}

// TestObjectsOnStoppedPs leaves objects on Ps that never run again: every call that drops objects must find them
// there.
func TestObjectsOnStoppedPs(t *testing.T) {
	const goroutines, each = 8, 20
	calls := map[string]func(p *pool.Pool[*item]) int{
		"Clear": func(p *pool.Pool[*item]) int { return p.Clear() },
		"Prune": func(p *pool.Pool[*item]) int { return p.Prune(0) },
		"Close": func(p *pool.Pool[*item]) int { n := p.Len(); p.Close(); return n },
		"expiry": func(p *pool.Pool[*item]) int {
			n := p.Len()
			for deadline := time.Now().Add(20 * time.Second); p.Len() > 0 && time.Now().Before(deadline); {
				time.Sleep(5 * time.Millisecond)
			}
			return n
		},
	}
	for name, call := range calls {
		for _, madeWith := range []int{8, 2, 1} {
			t.Run(fmt.Sprintf("%s/made with GOMAXPROCS %d", name, madeWith), func(t *testing.T) {
				setProcs(t, madeWith)
				var l ledger
				o := l.options()
				o.LocalCache, o.MaxIdle, o.Shards = 0, 4096, 0
				if name == "expiry" {
					o.MaxIdleTime = 200 * time.Millisecond
				}
				p := newPool(t, o)
				runtime.GOMAXPROCS(8)
				spread(t, p, goroutines, each)
				runtime.GOMAXPROCS(1)
				idle := p.Len()
				if name != "expiry" && idle == 0 {
					t.Fatal("Len before: got 0, want the objects released")
				}
				if got := call(p); got != idle && name != "expiry" {
					t.Errorf("%s: got %d dropped, want all %d", name, got, idle)
				}
				if got := p.Len(); got != 0 {
					t.Errorf("Len after %s: got %d, want 0", name, got)
				}
				eventually(t, "every object destroyed", func() bool { return len(l.destroyedIDs()) == len(l.items) })
				if v := p.Acquire(); v.destroyed.Load() != 0 {
					t.Errorf("Acquire after %s: got item %d, which is destroyed", name, v.id)
				}
				l.check(t, p, 1)
			})
		}
	}
}

// TestProcsChange changes GOMAXPROCS between calls of one goroutine: the pool still finds all objects, and the
// counts stay exact.
func TestProcsChange(t *testing.T) {
	setProcs(t, 2)
	random := seeded(t)
	for _, localCache := range []int{-1, 0} {
		var l ledger
		o := l.options()
		o.LocalCache, o.MaxIdle, o.Shards = localCache, 300, 0
		p := newPool(t, o)
		var held []*item
		for range 60 {
			runtime.GOMAXPROCS(1 + random.IntN(9))
			switch n := random.IntN(60); random.IntN(4) {
			case 0:
				vs := make([]*item, n)
				p.AcquireN(vs)
				held = append(held, vs...)
			case 1:
				n = min(n, len(held))
				p.ReleaseN(held[len(held)-n:])
				held = held[:len(held)-n]
			case 2:
				held = append(held, acquire(p, n)...)
			case 3:
				for _, v := range held {
					p.Release(v)
				}
				held = nil
			}
			l.check(t, p, len(held))
		}
		p.ReleaseN(held)
		idle := p.Len()
		if got := p.Clear(); got != idle {
			t.Errorf("LocalCache %d: Clear: got %d, want %d", localCache, got, idle)
		}
		l.check(t, p, 0)
		if got := len(l.destroyedIDs()); got != len(l.items) {
			t.Errorf("LocalCache %d: %d of %d items destroyed, want all", localCache, got, len(l.items))
		}
	}
}

// TestReleasedOnOnePAcquiredOnAnother passes every object from one goroutine to another through the pool. The pool
// must order the use before and the use after.
func TestReleasedOnOnePAcquiredOnAnother(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		var l ledger
		o := l.options()
		o.LocalCache, o.Shards = localCache, 0
		p := newPool(t, o)
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				for i := range 2000 {
					v := p.Acquire()
					v.uses++ // plain: the race detector watches
					if i%16 == 0 {
						runtime.Gosched()
					}
					p.Release(v)
				}
			})
		}
		wg.Wait()
		uses := 0
		for _, v := range l.items {
			uses += v.uses
		}
		if uses != 8000 {
			t.Errorf("LocalCache %d: got %d uses, want 8000: two goroutines had one object", localCache, uses)
		}
		l.check(t, p, 0)
	}
}
