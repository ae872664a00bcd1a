package work

import "github.com/plungepool/plunge/bench/internal/peer"

// large resembles pools of plain structs, such as events, rows or points of a time series. They have 128 bytes, and
// are held by value if the peer can.
func large() []Case {
	return []Case{{
		Workload: "large", Size: 1, Family: "Bytes",
		About: "pair of a struct of 128 bytes, by value where not said",
		Like:  "events or rows that are copied in and out",
		Impls: bytes(peer.Larges()),
	}}
}
