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

// lockedInstruction returns the time of a locked instruction that nobody contends.
func lockedInstruction() float64 {
	var word atomic.Int64
	return perStep(50_000, func(n int) {
		for range n {
			word.Add(1)
		}
	})
}

// lineTransfer returns the time in which a cache line that two cores write goes from
// one to the other: two goroutines take turns at a word.
func lineTransfer() float64 {
	var word atomic.Int64
	return perStep(5_000, func(n int) {
		inTurns(&word, n, func() {})
	})
}

// lineStream returns the time of a line of many that two cores write in turns.
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

// inTurns has two goroutines do n turns of work one after the other.
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

// stack is what a pool would be that only one goroutine knows.
type stack struct {
	cells []cell
	n     uint
}

type cell struct {
	v     *object
	stamp int64
}

//go:noinline
func (s *stack) push(v *object) {
	if s.n < uint(len(s.cells)) {
		s.cells[s.n] = cell{v, 1}
		s.n++
	}
}

//go:noinline
func (s *stack) pop() *object {
	if i := s.n - 1; i < uint(len(s.cells)) {
		s.n = i
		return s.cells[i].v
	}
	return nil
}

// private is work on memory of one's own, as that of bursts in a pool.
func private(n int) {
	s := stack{cells: make([]cell, burst)}
	for range burst {
		s.push(new(object))
	}
	var held [burst]*object
	for done := 0; done < n; done += burst {
		for i := range held {
			held[i] = s.pop()
		}
		for _, v := range held {
			s.push(v)
		}
	}
}

// together returns the time of an operation by the wall clock of the core that takes
// longest, of loops of each operations on so many cores at the same time.
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
					runtime.Gosched() // there may be fewer cores free than there were
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

// cores returns the numbers of cores to speak of: those measured here, and more.
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
