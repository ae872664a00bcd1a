package work

import "github.com/plungepool/plunge/bench/internal/peer"

// byteSlices resembles scratch space for encoders: []byte, which plunge holds by value.
func byteSlices() []Case {
	return []Case{{
		Workload: "bytes", Size: 1, Family: "Bytes",
		About: "pair of []byte, by value where not said",
		Like:  "scratch space of an encoder",
		Impls: bytes(peer.ByteSlices()),
		Bars:  []Bar{{"sync.Pool-pointer", 0.95}, {"sync.Pool-value", 0.40}},
	}}
}
