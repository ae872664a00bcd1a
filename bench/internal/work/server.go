package work

import "github.com/plungepool/plunge/bench/internal/peer"

const (
	serverCrowd = 16 // goroutines per P
	serverBytes = 1024
)

// request is the state that a server keeps for each request under way.
type request struct {
	body [serverBytes]byte
	sum  uint32
}

// server resembles a server in which plunge replaces a free list, a slice under a mutex: many goroutines, each with
// some work between taking an object and giving it back.
func server() []Case {
	// The sum is in a register. In memory each addition would wait for the store of the one before. That wait
	// varies by a factor of two with the processor's predictions.
	handle := func(r *request) {
		var sum uint32
		for i := range r.body {
			r.body[i] += byte(i)
			sum = sum*31 + uint32(r.body[i])
		}
		r.sum = sum
	}
	return []Case{{
		Workload: "server", Size: serverCrowd, Long: true, Sweep: true,
		About: "so many goroutines a P that fill and sum 1 KiB between acquire and release",
		Like:  "a server whose free list under a mutex is replaced by plunge",
		Impls: ofs(func() *request { return new(request) }, nil, func(p peer.Of[*request]) body {
			return crowded(serverCrowd, uses(p, handle))
		}),
	}}
}
