package work

import (
	"sync"
	"time"

	"github.com/plungepool/plunge/bench/internal/peer"
)

const (
	sliceLen    = 64 // of the slices handed over
	circulating = 4  // such slices: the producer is at most 256 objects ahead
)

// handoff resembles a pipeline: one stage takes objects, and the next gives them back.
func handoff() []Case {
	return []Case{{
		Workload: "handoff", Size: sliceLen, Long: true,
		About: "one goroutine acquires, another releases; slices go over a channel",
		Like:  "a pipeline whose stages are goroutines: a reader and a writer",
		Impls: pools(func(p peer.Pool) body { return body{run: passed(p, 1, 1)} }),
		Bars:  []Bar{{"sync.Pool", 0.75}, {"syncx.Pool", 0.95}},
	}}
}

// passed returns a run with so many producers and consumers. It is timed until the consumers have released
// everything.
func passed(p peer.Pool, producers, consumers int) func(n int) Sample {
	total := circulating * max(producers, consumers)
	empty := make(chan []*peer.Object, total)
	full := make(chan []*peer.Object, total)
	for range total {
		empty <- make([]*peer.Object, sliceLen)
	}
	return func(n int) Sample {
		// A whole number of slices for each, so that nobody waits for the last.
		k := (n + sliceLen - 1) / sliceLen
		k = (k + producers*consumers - 1) / (producers * consumers)
		done := make([]int, producers)
		var all sync.WaitGroup
		start := time.Now()
		for range consumers {
			all.Go(func() { p.Consume(k*producers, full, empty) })
		}
		for i := range producers {
			all.Go(func() { done[i] = p.Produce(k*consumers, empty, full) })
		}
		all.Wait()
		s := Sample{Elapsed: time.Since(start)}
		for _, ops := range done {
			s.Ops += ops
		}
		return s
	}
}
