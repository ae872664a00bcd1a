package work

import "github.com/plungepool/plunge/bench/internal/peer"

// everywhere resembles a server that is busy on every core: all Ps at the same time take one object each and give
// it back.
func everywhere() []Case {
	return []Case{{
		Workload: "parallel", Size: 1, Sweep: true,
		About: "pair on every P at a time",
		Like:  "a server that is busy on every core",
		Impls: pools(func(p peer.Pool) body { return parallel(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.80}},
	}}
}

// everywhereMany resembles the same server with requests that hold many objects. Each P trades with the shards,
// which Ps share. In everywhere it never does.
func everywhereMany() []Case {
	return []Case{{
		Workload: "burst-parallel", Size: peer.MaxBurst, Sweep: true,
		About: "bursts on every P at a time",
		Like:  "a server that is busy on every core and holds many objects in each",
		Impls: pools(func(p peer.Pool) body {
			return parallel(func(n int) int { return p.Burst(n, peer.MaxBurst) })
		}),
	}}
}
