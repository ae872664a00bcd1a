package measure

import (
	"context"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// run is work.Instance.Run.
type run = func(n int) work.Sample

// timed is the length of a run as the run itself measures it, without, for example, the wait for other goroutines
// to start.
func timed(run run, n int) time.Duration { return run(n).Elapsed }

// wall is the length of a run, including what the run does not measure.
func wall(run run, n int) time.Duration {
	start := time.Now()
	run(n)
	return time.Since(start)
}

// calibrate warms an instance up and returns the number of operations that take about d, as measured by clock.
//
// It uses the shortest of several runs. A single run may have waited for the machine; the number would then be too
// small, and samples would be mostly overhead.
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
		n = int(float64(n) * min(factor, 8)) // not more at a time, because the first operations are slow
	}
	return n
}

// shortest returns the length of the shortest of runs runs, at least 1 ns.
func shortest(run run, clock func(run, int) time.Duration, n, runs int) time.Duration {
	least := clock(run, n)
	for range runs - 1 {
		least = min(least, clock(run, n))
	}
	return max(least, 1)
}

// lengthen returns the operations of a run: n, or up to times as many if they leave garbage, as the bytes allocated
// so far tell. It returns n if even the longest run would leave less than a quarter of garbage.
func lengthen(run run, n, times, garbage int, allocated func() uint64) int {
	if times < 2 {
		return n
	}
	before := allocated()
	run(probes * n)
	each := float64(allocated()-before) / float64(probes*n) // bytes per operation
	switch most := times * n; {
	case each*float64(most) < float64(garbage)/4:
		return n
	default:
		return min(max(n, int(float64(garbage)/each)), most)
	}
}
