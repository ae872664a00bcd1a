package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/bench/trace"
	"github.com/plungepool/plunge/pool"
)

// object is what the pool of a replay holds: 64 bytes.
type object [64]byte

// replayed is the case that plays a trace as fast as it can: the pauses of the
// program are left out, for they cost the pool nothing, and the order in each
// goroutine is kept. A release waits for its acquisition on another goroutine.
func replayed(name string, t trace.Trace) work.Case {
	return work.Case{
		Workload: name, Size: 1, Family: "Pool", Long: len(t.Goroutines) > 1,
		Impls: []work.Impl{{Name: "plunge", New: func(env work.Env) work.Instance {
			made := new(atomic.Int64)
			p := pool.Must(pool.New(pool.Options[*object]{
				New:     func() *object { made.Add(1); return new(object) },
				MaxIdle: env.MaxIdle, Shards: env.Shards, LocalCache: env.LocalCache,
			}))
			slots := make([]atomic.Pointer[object], t.Acquired())
			return work.Instance{Workers: 1, Run: func(n int) work.Sample {
				before := made.Load()
				var s work.Sample
				for s.Ops < n {
					start := time.Now()
					play(t, p, slots)
					s.Elapsed += time.Since(start)
					s.Ops += len(slots)
					for i := range slots { // what the program still held at the end
						if o := slots[i].Swap(nil); o != nil {
							p.Release(o)
						}
					}
				}
				s.Made = made.Load() - before
				return s
			}}
		}}},
	}
}

// play plays a trace once. slots has the objects in use, by acquisition.
func play(t trace.Trace, p *pool.Pool[*object], slots []atomic.Pointer[object]) {
	var all sync.WaitGroup
	for _, events := range t.Goroutines {
		all.Go(func() {
			for _, e := range events {
				if e.Op == trace.Acquire {
					slots[e.Object].Store(p.Acquire())
					continue
				}
				o := slots[e.Object].Swap(nil)
				for o == nil { // ends by T1
					runtime.Gosched()
					o = slots[e.Object].Swap(nil)
				}
				p.Release(o)
			}
		})
	}
	all.Wait()
}
