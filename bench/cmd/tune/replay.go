package main

import (
	"cmp"
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
// goroutine is kept. A release waits for its acquisition on another goroutine; and an
// acquisition now and then for a release, for what held a producer back, say a
// channel that was full, is not in a trace. What is never released the goroutine that
// acquired it releases in the end.
func replayed(name string, t trace.Trace) work.Case {
	t = completed(t)
	all := steps(t)
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
					play(all, p, times, slots)
					s.Elapsed += time.Since(start)
					s.Ops += len(slots)
					clear(slots)
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

// step is an event with what it waits for.
type step struct {
	release bool
	object  int
	after   int // the object whose release an acquisition waits for, or none
}

const (
	none = -1

	// A goroutine looks at every so many of its acquisitions where another one was so
	// many events before: no further is it ahead of that, than it was, for long.
	lookEvery = 16
	lag       = 32
)

// steps returns what each goroutine does.
func steps(t trace.Trace) [][]step {
	type place struct {
		trace.Event
		goroutine int
	}
	var order []place
	for g, events := range t.Goroutines {
		for _, e := range events {
			order = append(order, place{e, g})
		}
	}
	slices.SortStableFunc(order, func(a, b place) int { return cmp.Compare(a.At, b.At) })
	var (
		all      = make([][]step, len(t.Goroutines))
		acquired = make([]int, len(t.Goroutines))
		last     = place{Event: trace.Event{Object: none}} // release up to lag events ago
	)
	for i, e := range order {
		if i >= lag && order[i-lag].Op == trace.Release {
			last = order[i-lag]
		}
		s := step{release: e.Op == trace.Release, object: e.Object, after: none}
		if !s.release {
			if acquired[e.goroutine]++; acquired[e.goroutine]%lookEvery == 0 && last.goroutine != e.goroutine {
				s.after = last.Object
			}
		}
		all[e.goroutine] = append(all[e.goroutine], s)
	}
	return all
}

// released is what a slot has after the release.
var released = new(object)

// play plays a trace a number of times, one after the other in each goroutine. slots
// has the objects in use, by acquisition.
func play(all [][]step, p *pool.Pool[*object], times int, slots []atomic.Pointer[object]) {
	var players sync.WaitGroup
	n := len(slots) / times
	for _, steps := range all {
		players.Go(func() {
			for i := range times {
				playOne(steps, p, slots[i*n:][:n])
			}
		})
	}
	players.Wait()
}

// playOne plays the steps of a goroutine. Its waits end: the order of the times, in
// which everything waited for comes before, is a way to play all.
func playOne(steps []step, p *pool.Pool[*object], slots []atomic.Pointer[object]) {
	for _, s := range steps {
		if s.release {
			o := slots[s.object].Load()
			for o == nil {
				runtime.Gosched()
				o = slots[s.object].Load()
			}
			p.Release(o)
			slots[s.object].Store(released)
			continue
		}
		for s.after != none && slots[s.after].Load() != released {
			runtime.Gosched()
		}
		slots[s.object].Store(p.Acquire())
	}
}
