package work

import "github.com/plungepool/plunge/bench/internal/peer"

// everywhere resembles a server that is busy on every core: each P takes one object
// and gives it back, all at a time.
//
//bench:workload 20
func everywhere() []Case {
	return []Case{{
		Workload: "parallel", Size: 1, Sweep: true,
		About: "pair on every P at a time",
		Like:  "a server that is busy on every core",
		Impls: pools(func(p peer.Pool) body { return parallel(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.80}},
	}}
}
