package work

import "github.com/plungepool/plunge/bench/internal/peer"

// batch resembles a reader of packets that fills many buffers by one system call: one call acquires many objects.
func batch() []Case {
	var cases []Case
	for _, size := range []int{4, 16, 64, peer.MaxBurst} {
		cases = append(cases, Case{
			Workload: "batch", Size: size,
			About: "burst by AcquireN and ReleaseN; loops where a peer has no such calls",
			Like:  "a reader of packets that fills a vector of buffers by one system call",
			Impls: pools(func(p peer.Pool) body {
				return serial(func(n int) int { return p.Batch(n, size) })
			}),
			Bars: []Bar{{"sync.Pool", 0.25}},
		})
	}
	return cases
}
