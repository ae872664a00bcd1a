package work

import "github.com/plungepool/plunge/bench/internal/peer"

// burst resembles a goroutine that holds many objects at a time: a parser's nodes, the
// buffers of a scatter-gather write.
func burst() []Case {
	var cases []Case
	for _, size := range []int{4, 16, 64, peer.MaxBurst} {
		cases = append(cases, Case{
			Workload: "burst", Size: size,
			About: "take so many one by one, then give them back",
			Like:  "a parser's nodes, the buffers of a scatter-gather write",
			Impls: pools(func(p peer.Pool) body {
				return serial(func(n int) int { return p.Burst(n, size) })
			}),
			Bars: []Bar{{"sync.Pool", 0.55}, {"syncx.Pool", 0.95}},
		})
	}
	return cases
}
