package measure

import (
	"context"
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"github.com/plungepool/plunge/bench/internal/work"
)

const (
	// tailOps is the number of operations timed one by one in a round. Ten of them are beyond the last percentile.
	tailOps = 100_000

	// tailTime bounds a round of a peer whose operations take long.
	tailTime = 40 * time.Millisecond

	slowest = int64(10 * time.Second) // the longest that a histogram holds
	digits  = 2                       // of a value: exact to one percent
)

// LatencyPlanned returns how long Latency takes at most.
func (o Options) LatencyPlanned(c work.Case) time.Duration {
	return time.Duration(len(c.Impls)*o.Rounds) * tailTime
}

// Latency times single operations of a case that has an [work.Instance.Step]. Each time includes two readings of
// the clock, which take at least [ClockCost]. So the percentiles of peers can be compared, but their ratios are
// nearer to 1 than the true ratios.
func Latency(ctx context.Context, c work.Case, o Options) Result {
	defer c.Enter()()
	defer work.Forget()
	r := newResult(c, "Latency")
	r.Kind, r.Metrics = Tails, Latencies()
	peers := make([]work.Instance, len(c.Impls))
	for i, im := range c.Impls {
		peers[i] = im.New(o.Env)
		peers[i].Run(1000)
	}
	r.Rounds = o.rounds(ctx, o.Rounds, len(peers), func(i int) (p Point) {
		tidily(func() { p = tails(ctx, peers[i]) })
		return p
	})
	return r
}

// tails times operations of one instance on all its workers.
func tails(ctx context.Context, in work.Instance) Point {
	var (
		mu      sync.Mutex
		all     = hdrhistogram.New(1, slowest, digits)
		workers sync.WaitGroup
		each    = max(tailOps/in.Workers, 1)
		end     = time.Now().Add(tailTime)
	)
	for range in.Workers {
		workers.Go(func() {
			own := hdrhistogram.New(1, slowest, digits)
			for i := range each {
				start := time.Now()
				if i%64 == 0 && (start.After(end) || ctx.Err() != nil) {
					break
				}
				in.Step(1)
				_ = own.RecordValue(min(time.Since(start).Nanoseconds(), slowest))
			}
			mu.Lock()
			all.Merge(own)
			mu.Unlock()
		})
	}
	workers.Wait()
	p := Point{Iters: max(int(all.TotalCount()), 1)}
	for _, q := range Percentiles {
		p.Values = append(p.Values, float64(all.ValueAtQuantile(q)))
	}
	return p
}

// ClockCost returns the shortest time that two readings of the clock take.
func ClockCost() time.Duration {
	least := time.Hour
	for range 10_000 {
		start := time.Now()
		least = min(least, time.Since(start))
	}
	return least
}
