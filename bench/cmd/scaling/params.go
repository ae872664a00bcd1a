package main

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// perStep returns the time of one of n steps in ns.
func perStep(n int, steps func(n int)) float64 {
	start := time.Now()
	steps(n)
	return float64(time.Since(start).Nanoseconds()) / float64(n)
}

// lockedInstruction returns the time of a locked instruction without contention.
func lockedInstruction() float64 {
	var word atomic.Int64
	return perStep(50_000, func(n int) {
		for range n {
			word.Add(1)
		}
	})
}

// lineTransfer returns how long a cache line that two cores write takes from one to the other. Two goroutines take
// turns at one word.
func lineTransfer() float64 {
	var word atomic.Int64
	return perStep(5_000, func(n int) {
		inTurns(&word, n, func() {})
	})
}

// lineStream returns the time per cache line if two cores write many lines in turns.
func lineStream() float64 {
	const lines, words = 256, 8
	memory := make([]uint64, lines*words)
	var word atomic.Int64
	return perStep(100, func(n int) {
		inTurns(&word, n, func() {
			for i := 0; i < len(memory); i += words {
				memory[i]++
			}
		})
	}) / lines
}

// inTurns lets two goroutines do n turns of work, alternately.
func inTurns(word *atomic.Int64, n int, work func()) {
	var both sync.WaitGroup
	for turn := range int64(2) {
		both.Go(func() {
			for i := turn; i < int64(n); i += 2 {
				for spins := 1; word.Load() != i; spins++ {
					if spins%10_000 == 0 {
						runtime.Gosched() // the other may not be running
					}
				}
				work()
				word.Store(i + 1)
			}
		})
	}
	both.Wait()
}

// private works on a goroutine's own memory, as bursts in a pool do.
func private(n int) {
	type cell struct {
		v     *object
		stamp int64
	}
	cells := make([]cell, burst)
	for i := range cells {
		cells[i].v = new(object)
	}
	var held [burst]*object
	for done := 0; done < n; done += burst {
		for i := range held {
			held[i] = cells[len(cells)-1-i].v
		}
		for i, v := range held {
			cells[i] = cell{v, int64(done)}
		}
	}
}

// together runs a loop of each operations on every one of cores cores at the same time. It returns the wall time
// per operation of the core that takes longest.
func together(cores, each int, loop func(n int)) float64 {
	var (
		ready atomic.Int64
		all   sync.WaitGroup
		took  = make([]time.Duration, cores)
	)
	for i := range cores {
		all.Go(func() {
			ready.Add(1)
			for spins := 1; ready.Load() < int64(cores); spins++ {
				if spins%100_000 == 0 {
					runtime.Gosched() // fewer cores may be free now
				}
			}
			start := time.Now()
			loop(each)
			took[i] = time.Since(start)
		})
	}
	all.Wait()
	return float64(slices.Max(took).Nanoseconds()) / float64(each)
}

// cores returns the numbers of cores of interest: those measured here, and larger ones.
func cores() (here, beyond []int) {
	most := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	for n := 1; n <= most; n *= 2 {
		here = append(here, n)
	}
	if !slices.Contains(here, most) {
		here = append(here, most)
	}
	for _, n := range []int{2, 4, 16, 64, 192} {
		if n > most {
			beyond = append(beyond, n)
		}
	}
	return here, beyond
}
