package work

import (
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// A virtual machine's core is one of two threads of a real one, as a rule, and the other
// is someone else's. While that is busy everything here takes up to twice as long, and not
// everything the same: what waits for locked instructions loses less than what keeps the
// core's units and its queue of stores busy. So a ratio is another one then, for
// seconds or for a millisecond. It is seen by arithmetic with stores, which takes as long as
// its best or much longer: on a machine where half of the samples of a pair were disturbed
// so, nine of ten of the others were within a tenth of their median, and the disturbed ones
// up to 1.6 times it.

const (
	// calmOps take 10 to 20 µs, on either side of a sample.
	calmOps = 8_000

	// calmWithin is how much longer than its best the arithmetic may take, of 100.
	calmWithin = 10

	// littleGarbage is how many bytes a sample may allocate for the core to be looked at
	// after it: where it is more, what disturbs the core then may be the sample's own
	// collection, and to leave those samples out would favour who leaves garbage.
	littleGarbage = 64 << 10
)

// calmBest is the shortest that calmOps have taken, in 1/1024 ns. It grows by some percent
// in a run, should the clock of the core be slower from some time on.
var calmBest atomic.Int64

// calmSink keeps the compiler from leaving the arithmetic out.
var calmSink atomic.Uint64

// disturbed returns how many times as long as at its best this core takes, 0 if about as
// long.
func disturbed() float64 {
	start := time.Now()
	calmSink.Store(arithmetic(calmOps))
	d := int64(time.Since(start)) << 10
	best := calmBest.Load()
	if best == 0 || d < best {
		calmBest.Store(d)
		return 0
	}
	calmBest.Store(best + best>>18)
	if d <= best+best/100*calmWithin {
		return 0
	}
	return float64(d) / float64(best)
}

// Await waits until this core is not disturbed, but no longer than until.
func Await(until time.Time) {
	for disturbed() > 0 && time.Now().Before(until) {
	}
}

// arithmetic has work for several of a core's units at a time, and stores.
//
//go:noinline
func arithmetic(n int) uint64 {
	var a, b, c, d uint64 = 1, 2, 3, 4
	var stored [64]uint64
	for i := range n {
		a = a*3 + 1
		b ^= b << 7
		c += c >> 3
		stored[i%64] = a
		stored[(i+7)%64] = c
		d = d*5 ^ a
		b += d + stored[(i+31)%64]
	}
	return a + b + c + d
}

// allocated returns about how many bytes have been allocated so far.
func allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
