package work

import "github.com/plungepool/plunge/bench/internal/peer"

// expensive is a workload with an object that is dear to make: acquire, use,
// release on one goroutine. A collection of garbage comes every 64 uses, not timed,
// for a program that uses such things has garbage of its own.
func expensive[T any](name, about, like string, create func() T, reset, use func(T)) Case {
	const uses64 = 64
	return Case{
		Workload: name, Size: 1, Made: true,
		About: about + ", a collection every 64 (not timed)",
		Like:  like,
		Impls: ofs(create, reset, func(p peer.Of[T]) body {
			loop := uses(p, use)
			b := collected(1, 1, func(int) int { return loop(uses64) })
			b.step = loop
			return b
		}),
	}
}
