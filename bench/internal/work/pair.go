package work

import "github.com/plungepool/plunge/bench/internal/peer"

// pair resembles a handler that takes one buffer and gives it back: the cheapest use of a pool, on a P that nothing
// disturbs.
func pair() []Case {
	return []Case{{
		Workload: "pair", Size: 1,
		About: "acquire and release, one goroutine",
		Like:  "a handler that takes one buffer and gives it back",
		Impls: pools(func(p peer.Pool) body { return serial(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.75}, {"syncx.Pool", 0.85}},
	}}
}
