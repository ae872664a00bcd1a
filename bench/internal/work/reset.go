package work

import "github.com/plungepool/plunge/bench/internal/peer"

// reset resembles objects that are cleared for the next user: bytes.Buffer, request
// contexts.
func reset() []Case {
	return []Case{{
		Workload: "reset", Size: 1,
		About: "pair, the object wiped by plunge's Reset hook or by inlined code",
		Like:  "buffers and request contexts that are cleared for the next user",
		Impls: poolsWith(true, 1, func(one []peer.Pool) body { return serial(one[0].PairReset) }),
		Bars:  []Bar{{"sync.Pool", 0.90}},
	}}
}
