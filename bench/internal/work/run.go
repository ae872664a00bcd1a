package work

import (
	"math/rand/v2"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"time"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// serial times a loop on this goroutine.
func serial(loop Loop) body {
	return body{step: loop, run: func(n int) (s Sample) {
		anywhere(func() {
			start := time.Now()
			s.Ops = loop(n)
			s.Elapsed = time.Since(start)
		})
		return s
	}}
}

// anywhere calls f with the stack at a random place in a page. If the addresses of a load and an earlier store
// agree in the lower 12 bits, a processor takes the load for one of the stored value, and finds out late. So at
// some places of its stack a loop takes up to a quarter longer. These places differ between pools. Without anywhere
// one place would decide a whole run (Curtsinger and Berger, "Stabilizer: Statistically Sound Performance
// Evaluation", 2013).
func anywhere(f func()) { down(rand.IntN(stackPlaces), f) }

// stackPlaces is how many places down reaches. Its frames have 32 bytes or a little more, which is a page in all.
const stackPlaces = 128

// down calls f below depth frames.
//
//go:noinline
func down(depth int, f func()) {
	if depth > 0 {
		down(depth-1, f)
		return
	}
	f()
}

// parallel times a loop on every P.
func parallel(loop Loop) body { return crowded(1, loop) }

// crowded times a loop on each goroutines per P.
func crowded(each int, loop Loop) body {
	return body{
		step:    loop,
		workers: each * runtime.GOMAXPROCS(0),
		run: func(n int) Sample {
			return spread(each*runtime.GOMAXPROCS(0), n, loop)
		},
	}
}

// spread divides n operations among goroutines, and times them from the first to
// start until the last is done.
func spread(goroutines, n int, loop Loop) Sample {
	var (
		fits    = goroutines <= AllCores()
		each    = max((n+goroutines-1)/goroutines, 1)
		barrier barrier
		samples = make([]Sample, goroutines)
		starts  = make([]time.Time, goroutines)
		ready   sync.WaitGroup // replaces the barrier if goroutines share cores
		done    sync.WaitGroup
	)
	ready.Add(goroutines)
	for i := range goroutines {
		done.Go(func() {
			anywhere(func() {
				if fits {
					barrier.meet(goroutines)
				} else {
					ready.Done()
					ready.Wait()
				}
				starts[i] = time.Now()
				samples[i].Ops = loop(each)
				samples[i].Elapsed = time.Since(starts[i])
			})
		})
	}
	done.Wait()
	var s Sample
	start := slices.MinFunc(starts, time.Time.Compare)
	for i := range samples {
		s.Ops += samples[i].Ops
		s.Elapsed = max(s.Elapsed, starts[i].Sub(start)+samples[i].Elapsed)
	}
	return s
}

// severalPools is how many pools share a collection that takes much longer than the timed calls of one pool.
const severalPools = 8

// collectedPools runs collections before each cycle of severalPools pools.
func collectedPools(collections, wave int, cycle func(p peer.Pool, i int) int) []Impl {
	return poolsWith(false, severalPools, func(all []peer.Pool) body {
		return collected(collections, wave, len(all), func(at, i int) int { return cycle(all[at], i) })
	})
}

// collected runs collections before each round. A round calls cycle once for each of count pools. Only the calls
// are timed: the time of a collection says nothing about a pool, but what it leaves does. A sample has whole waves
// of wave rounds.
func collected(collections, wave, count int, cycle func(at, i int) int) body {
	i := 0
	return body{run: func(n int) (s Sample) {
		anywhere(func() {
			for s.Ops < n || i%wave != 0 {
				for range collections {
					runtime.GC()
				}
				for at := range count {
					start := time.Now()
					s.Ops += cycle(at, i)
					s.Elapsed += time.Since(start)
				}
				i++
			}
		})
		return s
	}}
}

// Allocated returns about how many bytes have been allocated so far.
func Allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
