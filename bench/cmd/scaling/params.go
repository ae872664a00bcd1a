package main

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/work"
)

// rounds are the samples of each quantity.
const rounds = 30

// lockedInstruction returns the time of a locked instruction that nobody contends.
func lockedInstruction() float64 {
	var word atomic.Int64
	return least(func(n int) {
		for range n {
			word.Add(1)
		}
	})
}

// lineTransfer returns the time in which a cache line that two cores write goes from
// one to the other: two goroutines take turns at a word. NaN with one core.
func lineTransfer() float64 {
	if runtime.NumCPU() < 2 || runtime.GOMAXPROCS(0) < 2 {
		return math.NaN()
	}
	return least(func(n int) {
		var word atomic.Int64
		var both sync.WaitGroup
		for turn := range int64(2) {
			both.Go(func() {
				for i := turn; i < int64(n); i += 2 {
					for spins := 1; word.Load() != i; spins++ {
						if spins%10_000 == 0 {
							runtime.Gosched() // the other may not be running
						}
					}
					word.Store(i + 1)
				}
			})
		}
		both.Wait()
	})
}

// least returns the time of one of n steps, the least of some samples: the others
// were disturbed.
func least(steps func(n int)) float64 {
	const n = 5_000
	best := math.Inf(1)
	for range rounds {
		start := time.Now()
		steps(n)
		best = min(best, float64(time.Since(start).Nanoseconds())/n)
	}
	return best
}

// timed returns the ns of an operation of plunge in a workload with so many Ps, of
// the quickest samples, for other work only adds.
func timed(ctx context.Context, workload string, procs int, env work.Env, rng *rand.Rand) (float64, error) {
	c, ok := work.Find(workload)
	if !ok {
		panic("no workload " + workload) // the names are constants
	}
	c.Impls, c.Bars, c.Procs = c.Impls[:1], nil, procs
	r := measure.Case(ctx, c, measure.Options{Env: env, Rounds: rounds, Sample: 2 * time.Millisecond, Rand: rng})
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	return report.Quantile(r.Column(0, 0), 0.05), nil
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
