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

// atLeast is the minimum of acquisitions between two starts of the goroutines. A start takes as long as many
// acquisitions, so a short trace is played several times.
const atLeast = 4096

// replayed is the case that plays a trace as fast as it can. It leaves out the program's pauses, which cost the
// pool nothing, and keeps the order in each goroutine. A release waits for its acquisition on another goroutine.
// Now and then an acquisition waits for a release: a trace does not show what held a producer back, such as a full
// channel. At the end each goroutine releases the objects that the trace never releases.
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

// step is an event, and the release that it waits for.
type step struct {
	release bool
	object  int
	after   int // the object whose release an acquisition waits for, or none
}

const (
	none = -1

	// At every lookEvery-th acquisition a goroutine waits until another goroutine has made a release from lag
	// events before. So no goroutine gets far ahead of the trace.
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

// released is in a slot after the object's release.
var released = new(object)

// play plays a trace several times. Each goroutine plays its part that many times, one after the other. slots has
// the objects in use, by acquisition.
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

// playOne plays the steps of a goroutine. Its waits end: in the order of the times, everything comes after what it
// waits for.
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
