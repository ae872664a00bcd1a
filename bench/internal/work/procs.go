package work

import "github.com/plungepool/plunge/bench/internal/peer"

// procs resembles a container whose GOMAXPROCS is more than its number of cores.
func procs() []Case {
	return []Case{{
		Workload: "procs", Size: 8, Procs: 8,
		About: "parallel with this GOMAXPROCS, on however many cores",
		Like:  "a container whose GOMAXPROCS says more than it has cores",
		Impls: pools(func(p peer.Pool) body { return parallel(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.85}},
	}}
}
