package work

import "github.com/plungepool/plunge/bench/internal/peer"

// idle resembles a service that many clients call at once, now and then. A burst follows a pause with two
// collections, after which a sync.Pool has dropped everything.
func idle() []Case {
	return []Case{{
		Workload: "idle", Size: peer.MaxBurst, Made: true,
		About: "one burst of each of 8 pools after two collections without a call (which are not timed)",
		Like:  "a service that is called now and then, by many at once",
		Impls: collectedPools(2, 1, func(p peer.Pool, _ int) int { return p.Burst(peer.MaxBurst, peer.MaxBurst) }),
	}}
}
