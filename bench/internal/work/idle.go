package work

import "github.com/plungepool/plunge/bench/internal/peer"

// idle resembles a service that is called now and then by many at once: a burst after
// a pause in which two collections ran, which is when sync.Pool has forgotten
// everything.
func idle() []Case {
	return []Case{{
		Workload: "idle", Size: peer.MaxBurst, Made: true,
		About: "one burst of each of 8 pools after two collections without a call (which are not timed)",
		Like:  "a service that is called now and then, by many at once",
		Impls: collectedPools(2, 1, func(p peer.Pool, _ int) int { return p.Burst(peer.MaxBurst, peer.MaxBurst) }),
	}}
}
