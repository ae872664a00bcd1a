package work

import "github.com/plungepool/plunge/bench/internal/peer"

// borrow resembles code that must release its object, whatever way it returns.
func borrow() []Case {
	return []Case{{
		Workload: "borrow", Size: 1,
		About: "a function with Borrow and a deferred Release, or Get and a deferred Put",
		Like:  "code with many returns that must not forget to release",
		Impls: pools(func(p peer.Pool) body { return serial(p.Scoped) }),
		Bars:  []Bar{{"sync.Pool", 0.95}},
	}}
}
