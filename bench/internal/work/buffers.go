package work

import (
	"math"
	"math/rand/v2"

	"github.com/plungepool/plunge/bench/internal/peer"
)

const (
	bufferSize = 4096
	mixedMost  = 64 << 10 // of the mixed sizes
	serverHeap = 16 << 20 // without it a collection every 4 MiB would be most of the cost of a miss
)

// buffersOne resembles a server that reads into a buffer of a page, or copies through
// one.
func buffersOne() []Case {
	return []Case{{
		Workload: "buffers", Size: bufferSize, Family: "Buffers",
		About: "a buffer of so many bytes, its ends written; grpc and make clear it",
		Like:  "a server that reads each request into a page",
		Impls: buffersOf(peer.Sized(), func(p peer.Buffers) Loop {
			return func(n int) int { return p.One(n, bufferSize) }
		}),
		Bars: []Bar{{"mcache", 0.80}, {"grpc-mem", 0.30}},
	}}
}

// buffersFixed resembles a protocol with frames of one size.
func buffersFixed() []Case {
	return []Case{{
		Workload: "buffers-fixed", Size: peer.FixedSize, Family: "Buffers",
		About: "buffers by Fixed, against a sync.Pool of *[]byte of that size",
		Like:  "a protocol with frames of one size",
		Impls: buffersOf(peer.Fixeds(), func(p peer.Buffers) Loop {
			return func(n int) int { return p.One(n, peer.FixedSize) }
		}),
		Bars: []Bar{{"sync.Pool", 0.95}},
	}}
}

// buffersMixed resembles a proxy or an RPC server. Most of its messages are small, and some are large.
func buffersMixed() []Case {
	sizes := mixedSizes()
	return []Case{{
		Workload: "buffers-mixed", Size: 1, Family: "Buffers", Large: true,
		About: "buffers of 1 B to 64 KiB, log-uniform",
		Like:  "an RPC server whose messages are of all sizes",
		Impls: buffersOf(peer.Sized(), func(p peer.Buffers) Loop {
			from := 0
			return func(n int) int {
				done := p.Mixed(n, from, sizes)
				from = (from + done) % peer.Sizes
				return done
			}
		}),
		Bars: []Bar{{"mcache", 0.85}, {"grpc-mem", 0.35}, {"make", 0.10}},
	}}
}

// mixedSizes returns the same lengths for all peers. Their logarithms are uniform.
func mixedSizes() *[peer.Sizes]int {
	rng := rand.New(rand.NewPCG(1, 4))
	sizes := new([peer.Sizes]int)
	for i := range sizes {
		sizes[i] = int(math.Exp(rng.Float64() * math.Log(mixedMost+1)))
	}
	return sizes
}

// buffersHeld resembles a scatter-gather write, or a window of packets not yet
// acknowledged.
func buffersHeld() []Case {
	return []Case{{
		Workload: "buffers-held", Size: peer.HeldBuffers, Family: "Buffers",
		About: "so many buffers of 4,096 bytes, then all back",
		Like:  "a window of packets that are not yet acknowledged",
		Impls: buffersOf(peer.Sized(), func(p peer.Buffers) Loop {
			return func(n int) int { return p.Held(n, bufferSize) }
		}),
		Bars: []Bar{{"mcache", 0.70}},
	}}
}

// buffersMiss resembles a queue that grows, or a new pool: buffers are acquired and never released.
func buffersMiss() []Case {
	var cases []Case
	for _, size := range []int{256, 1024, bufferSize} {
		cases = append(cases, Case{
			Workload: "buffers-miss", Size: size, Family: "Buffers", Heap: serverHeap,
			About: "a buffer of so many bytes that is not released, beside a heap of 16 MiB; grpc and make clear it",
			Like:  "a queue that grows",
			Impls: buffersOf(peer.Sized(), func(p peer.Buffers) Loop {
				return func(n int) int { return p.Lost(n, size) }
			}),
			Bars: []Bar{{"make", 1.00}},
		})
	}
	return cases
}

// buffersLog resembles a structured logger: several short writes put each line together in a buffer.
func buffersLog() []Case {
	return []Case{{
		Workload: "buffers-log", Size: 8, Family: "Buffers",
		About: "a log line by so many writes to a Buffer, with its acquisition and release",
		Like:  "a structured logger",
		Impls: buffersOf(peer.Logs(), func(p peer.Log) Loop {
			length := peer.LineLen()
			return func(n int) int { return p.Lines(n) / length }
		}),
		Bars: []Bar{{"bytebufferpool", 1.00}},
	}}
}

// buffersOf returns all entries, each with the loop that f makes from it.
func buffersOf[T any](entries []peer.Entry[T], f func(T) Loop) []Impl {
	return each(entries, func(p T) body { return serial(f(p)) })
}
