package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/bench/trace"
	"github.com/plungepool/plunge/pool"
)

// object is what the pool of a replay holds: 64 bytes.
type object [64]byte

// atLeast is how many acquisitions are between two starts of the goroutines: a short
// trace is played several times, for a start takes as long as many of them.
const atLeast = 4096

// replayed is the case that plays a trace as fast as it can: the pauses of the
// program are left out, for they cost the pool nothing, and the order in each
// goroutine is kept. A release waits for its acquisition on another goroutine. What
// is never released the goroutine that acquired it releases in the end.
func replayed(name string, t trace.Trace) work.Case {
	t = completed(t)
	times := (atLeast + t.Acquired() - 1) / t.Acquired()
	return work.Case{
		Workload: name, Size: 1, Family: "Pool", Long: len(t.Goroutines) > 1,
		Impls: []work.Impl{{Name: "plunge", New: func(env work.Env) work.Instance {
			made := new(atomic.Int64)
			p := pool.Must(pool.New(pool.Options[*object]{
				New:     func() *object { made.Add(1); return new(object) },
				MaxIdle: env.MaxIdle, Shards: env.Shards, LocalCache: env.LocalCache,
			}))
			slots := make([]atomic.Pointer[object], times*t.Acquired())
			return work.Instance{Workers: 1, Run: func(n int) work.Sample {
				before := made.Load()
				var s work.Sample
				for s.Ops < n {
					start := time.Now()
					play(t, p, times, slots)
					s.Elapsed += time.Since(start)
					s.Ops += len(slots)
				}
				s.Made = made.Load() - before
				return s
			}}
		}}},
	}
}

// completed returns t with the releases that it lacks.
func completed(t trace.Trace) trace.Trace {
	released := make([]bool, t.Acquired())
	for _, events := range t.Goroutines {
		for _, e := range events {
			if e.Op == trace.Release {
				released[e.Object] = true
			}
		}
	}
	all := trace.Trace{Goroutines: make([][]trace.Event, len(t.Goroutines))}
	for g, events := range t.Goroutines {
		all.Goroutines[g] = slices.Clone(events)
		for _, e := range events {
			if e.Op == trace.Acquire && !released[e.Object] {
				last := all.Goroutines[g][len(all.Goroutines[g])-1].At
				all.Goroutines[g] = append(all.Goroutines[g], trace.Event{At: last + 1, Op: trace.Release, Object: e.Object})
			}
		}
	}
	return all
}

// play plays a trace a number of times, one after the other in each goroutine. slots
// has the objects in use, by acquisition.
func play(t trace.Trace, p *pool.Pool[*object], times int, slots []atomic.Pointer[object]) {
	var all sync.WaitGroup
	n := len(slots) / times
	for _, events := range t.Goroutines {
		all.Go(func() {
			for i := range times {
				playOne(events, p, slots[i*n:][:n])
			}
		})
	}
	all.Wait()
}

// playOne plays the events of a goroutine.
func playOne(events []trace.Event, p *pool.Pool[*object], slots []atomic.Pointer[object]) {
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
}
