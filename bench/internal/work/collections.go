package work

import "github.com/plungepool/plunge/bench/internal/peer"

const gcEvery = 1000 // operations

// collections resembles a program with much garbage of its own: the collector runs all
// the time, and empties pools that let it.
func collections() []Case {
	const wave = 3 // there is a burst after every wave-th collection
	return []Case{{
		Workload: "gc-steady", Size: sliceLen, Made: true,
		About: "bursts, a collection every 1,000 operations of a pool, of which there are 8 (not timed)",
		Like:  "a program with much garbage of its own",
		Impls: collectedPools(1, 1, func(p peer.Pool, _ int) int { return p.Burst(gcEvery, sliceLen) }),
	}, {
		Workload: "gc-waves", Size: peer.MaxBurst, Made: true,
		About: "as gc-steady, pairs but for bursts in every third cycle",
		Like:  "a load that comes in waves, in a program with much garbage",
		Impls: collectedPools(1, wave, func(p peer.Pool, i int) int {
			if i%wave == 0 {
				return p.Burst(gcEvery, peer.MaxBurst)
			}
			return p.Pair(gcEvery)
		}),
	}}
}
