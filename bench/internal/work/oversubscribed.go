package work

import "github.com/plungepool/plunge/bench/internal/peer"

// oversubscribed resembles a server with many more connections than cores, whose
// goroutines block with an object in hand.
func oversubscribed() []Case {
	return []Case{{
		Workload: "oversubscribed", Size: peer.Crowd, Long: true,
		About: "so many goroutines a P, yielding with an object in hand",
		Like:  "a server with many more connections than cores",
		Impls: pools(func(p peer.Pool) body { return crowded(peer.Crowd, p.Yielding) }),
	}}
}
