package pool_test

import (
	"runtime"
	"strings"
	"testing"
	"time"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// abandon makes a pool, uses it, and drops it without Close. It returns weak
// pointers to it and to an object that is idle in it.
func abandon(maxIdleTime time.Duration, localCache int) (weak.Pointer[pool.Pool[*item]], weak.Pointer[item]) {
	p := pool.Must(pool.New(pool.Options[*item]{
		New:         func() *item { return new(item) },
		Reset:       func(*item) {},
		Retain:      func(*item) bool { return true },
		Validate:    func(*item) bool { return true },
		Destroy:     func(*item) {},
		MinIdle:     2,
		MaxIdleTime: maxIdleTime,
		LocalCache:  localCache,
	}))
	fill(p, 100)
	p.Prune(time.Hour)
	p.Clear()
	p.Warm()
	v := p.Acquire()
	p.Release(v)
	return weak.Make(p), weak.Make(v)
}

func TestDroppedPoolIsCollected(t *testing.T) {
	for name, maxIdleTime := range map[string]time.Duration{
		"without expiry":             -1,
		"timer armed for long":       24 * time.Hour,
		"timer that fires meanwhile": 8 * time.Millisecond,
	} {
		for _, localCache := range []int{-1, 0} {
			p, v := abandon(maxIdleTime, localCache)
			eventually(t, name+": pool and object collected", func() bool { return p.Value() == nil && v.Value() == nil })
		}
	}
}

// TestDroppedPoolsLeaveNoGoroutine counts only goroutines in this module's code: the runtime and the testing
// package have their own.
func TestDroppedPoolsLeaveNoGoroutine(t *testing.T) {
	goroutines := func() int {
		buf := make([]byte, 1<<20)
		n := 0
		for g := range strings.SplitSeq(string(buf[:runtime.Stack(buf, true)]), "\n\n") {
			if strings.Contains(g, "plunge/pool.") || strings.Contains(g, "plunge/shard.") {
				n++
			}
		}
		return n
	}
	before := runtime.NumGoroutine()
	var kept []*pool.Pool[*item] // in use and with armed timers: no goroutine either
	for i := range 40 {
		abandon([]time.Duration{-1, 0, time.Millisecond}[i%3], 0)
		p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
		fill(p, 10)
		kept = append(kept, p)
		if i%2 == 0 {
			p.Close()
		}
	}
	eventually(t, "no goroutine in this module", func() bool { return goroutines() == 0 })
	eventually(t, "no more goroutines than before", func() bool { return runtime.NumGoroutine() <= before })
	runtime.KeepAlive(kept)
}

func TestObjectsSurviveCollections(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		setProcs(t, 1)
		var l ledger
		o := l.options()
		o.LocalCache, o.MaxIdle = localCache, 512
		o.MaxIdleTime = 0
		p := newPool(t, o)
		fill(p, 500)
		for range 10 {
			runtime.GC()
		}
		held := acquire(p, 500)
		if got := p.Stats(); got.Created != 500 || got.Reused != 500 {
			t.Errorf("LocalCache %d: after 10 collections: got %d created and %d reused, want 500 and 500", localCache, got.Created, got.Reused)
		}
		l.check(t, p, 500)
		p.ReleaseN(held)
	}
}

// TestDroppedObjectsAreCollected checks that a pool keeps no reference to what
// has left it for good.
func TestDroppedObjectsAreCollected(t *testing.T) {
	drops := map[string]func(p *pool.Pool[*item]){
		"Clear": func(p *pool.Pool[*item]) { p.Clear() },
		"Prune": func(p *pool.Pool[*item]) { p.Prune(0) },
		"Close": func(p *pool.Pool[*item]) { p.Close() },
	}
	for name, drop := range drops {
		for _, localCache := range []int{-1, 0} {
			p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, LocalCache: localCache})
			var refs []weak.Pointer[item]
			func() {
				held := acquire(p, 200)
				for _, v := range held {
					refs = append(refs, weak.Make(v))
				}
				p.ReleaseN(held)
			}()
			drop(p)
			eventually(t, name+": all objects collected", func() bool {
				for _, r := range refs {
					if r.Value() != nil {
						return false
					}
				}
				return true
			})
			runtime.KeepAlive(p)
		}
	}
}
