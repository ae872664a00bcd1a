package work

import (
	"fmt"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// expensive is a workload with an expensive object: acquire, use and release on one goroutine. A collection, which
// is not timed, comes once per every uses, because a program that uses expensive objects has other garbage, too.
func expensive[T any](name, about, like string, every int, create func() T, reset, use func(T)) Case {
	return Case{
		Workload: name, Size: 1, Made: true,
		About: fmt.Sprintf("%s, a collection every %d (not timed)", about, every),
		Like:  like,
		Impls: ofs(create, reset, func(p peer.Of[T]) body {
			loop := uses(p, use)
			b := collected(1, 1, 1, func(int, int) int { return loop(every) })
			b.step = loop
			return b
		}),
	}
}
