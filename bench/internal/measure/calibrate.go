package measure

import (
	"context"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// run is work.Instance.Run.
type run = func(n int) work.Sample

// timed is the length of a run that it measures itself: without, say, the wait
// for other goroutines to start.
func timed(run run, n int) time.Duration { return run(n).Elapsed }

// wall is the length of a run with what it does not measure.
func wall(run run, n int) time.Duration {
	start := time.Now()
	run(n)
	return time.Since(start)
}

// calibrate warms an instance up and returns the number of operations that takes
// about d, as clock tells of a run.
//
// What counts is the shortest of some runs: one alone may have waited for the
// machine, and a number found too small gives samples of nothing but overhead.
func calibrate(ctx context.Context, run run, clock func(run, int) time.Duration, d time.Duration) int {
	const (
		runs  = 4
		limit = 1 << 30
	)
	n := 64
	for ctx.Err() == nil {
		factor := float64(d) / float64(shortest(run, clock, n, runs))
		if factor <= 2 || n >= limit {
			return max(int(float64(n)*factor), 1)
		}
		n = int(float64(n) * min(factor, 8)) // and see, for the first operations are slow
	}
	return n
}

// shortest returns the length of the shortest of some runs, 1 ns at least.
func shortest(run run, clock func(run, int) time.Duration, n, runs int) time.Duration {
	least := clock(run, n)
	for range runs - 1 {
		least = min(least, clock(run, n))
	}
	return max(least, 1)
}

// lengthen returns n, the operations of a run, or up to times as many where they leave
// garbage, as the bytes allocated so far tell; not where it would be less than a quarter all the same.
func lengthen(run run, n, times, garbage int, allocated func() uint64) int {
	if times < 2 {
		return n
	}
	before := allocated()
	run(probes * n)
	each := float64(allocated()-before) / float64(probes*n) // bytes an operation
	switch most := times * n; {
	case each*float64(most) < float64(garbage)/4:
		return n
	default:
		return min(max(n, int(float64(garbage)/each)), most)
	}
}
