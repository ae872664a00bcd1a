package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/plungepool/plunge/pool"
)

// sortCalls puts a history into the order of the calls' beginnings.
func sortCalls(calls []poolCall) {
	slices.SortStableFunc(calls, func(a, b poolCall) int { return int(a.call - b.call) })
}

// setup is the shape and the parameters of a pool's history, as drawn.
type setup struct {
	shape
	o    pool.Options[*object]
	m    mix
	warm int // objects made beforehand
}

func (s setup) String() string {
	return fmt.Sprintf("%v, MaxIdle %d, Shards %d, LocalCache %d, %d objects at first, mix %+v",
		s.shape, s.o.MaxIdle, s.o.Shards, s.o.LocalCache, s.warm, s.m)
}

// newMix draws how often to do what.
func newMix(s shape, rnd *rand.Rand) mix {
	m := mix{release: []int{40, 50, 50, 60}[rnd.IntN(4)]}
	if rnd.IntN(3) == 0 {
		m.pass = 50
	}
	if m.sweep = []int{0, 0, 5, 15}[rnd.IntN(4)]; s.long && m.sweep > 0 {
		m.sweep = 1 // each waits for a grace period
	}
	if !s.long && rnd.IntN(4) == 0 {
		m.close = 4
	}
	return m
}

// playObjects runs a history of a pool and asks about each of its objects.
func playObjects(mk makePool) func(seed uint64) played {
	return func(seed uint64) played {
		s := setup{}
		var rnd *rand.Rand
		s.shape, rnd = newShape(seed)
		s.m = newMix(s.shape, rnd)
		s.m.prune = rnd.IntN(3) == 0
		s.m.batch = []int{0, 20, 50}[rnd.IntN(3)]
		s.o.MaxIdle = []int{1, 2, 5, 16, 32, 64, 256}[rnd.IntN(7)]
		s.o.Shards = rnd.IntN(4)
		s.o.LocalCache = []int{0, -1, 1, 2, 4}[rnd.IntN(5)]
		s.warm = rnd.IntN(min(s.o.MaxIdle, 24) + 1)
		// GOMAXPROCS raised under way: the pool makes room for more Ps in the background.
		grows := s.procs > 1 && rnd.IntN(6) == 0

		r := &recorder{clock: s.newClock(), spare: s.goroutines}
		s.o.New, s.o.Destroy, s.o.MaxIdleTime = r.New, r.Destroy, -1
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.procs))
		if grows {
			runtime.GOMAXPROCS(1)
		}
		x := mk(s.o)
		runtime.GOMAXPROCS(s.procs)
		calls, held := r.record(s.shape, x, s.m, s.warm)
		if grows {
			r.awaitDestroyed(held)
		}
		r.mu.Lock()
		calls = append(calls, r.destroyed...)
		r.mu.Unlock()
		sortCalls(calls)

		p := played{
			params: fmt.Sprintf("%v, grows %v, %T", s, grows, x),
			calls:  len(calls),
		}
		var broken []string
		if !grows {
			broken = append(broken, checkCauses(calls))
			if !s.m.prune {
				broken = append(broken, checkBound(calls, s.o.MaxIdle))
			}
		}
		p.broken = strings.TrimSpace(strings.Join(broken, "\n"))
		p.searches = checkObjects(calls, grows)
		return p
	}
}

// awaitDestroyed waits until all objects but those that are held have been destroyed, which the
// pool may be doing in the background. If that does not come about the search will say so.
func (r *recorder) awaitDestroyed(held int) {
	for range 2000 {
		r.mu.Lock()
		done := len(r.destroyed) >= int(r.ids.Load())-held
		r.mu.Unlock()
		if done {
			return
		}
		time.Sleep(time.Millisecond)
	}
}

// playBag runs a history of a pool that is one ring, and asks about it as a whole.
func playBag(mk makePool) func(seed uint64) played {
	return func(seed uint64) played {
		s := setup{}
		var rnd *rand.Rand
		s.shape, rnd = newShape(seed)
		s.m = newMix(s.shape, rnd)
		s.o.MaxIdle = 1 + rnd.IntN(8)
		s.o.Shards, s.o.LocalCache = 1, -1
		s.warm = rnd.IntN(s.o.MaxIdle + 2)

		r := &recorder{clock: s.newClock(), spare: s.goroutines}
		s.o.New, s.o.Destroy, s.o.MaxIdleTime = r.New, r.Destroy, -1
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.procs))
		x := mk(s.o)
		calls, _ := r.record(s.shape, x, s.m, s.warm)
		calls = append(calls, r.destroyed...)
		sortCalls(calls)
		return played{
			params:   fmt.Sprintf("%v, %T", s, x),
			calls:    len(calls),
			broken:   checkCauses(calls),
			searches: append(checkObjects(calls, false), checkBag(calls, s.o.MaxIdle)),
		}
	}
}
