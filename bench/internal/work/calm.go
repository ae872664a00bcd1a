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
// seconds or for a millisecond. It is seen by a word counted in memory, which what the other thread
// does delays most: on two cores of Zen 3, where that took up to 1.06 times as long as at
// best, nine of ten pairs with a sync.Pool were within 2 % of their median; where it was 1.25 to
// 1.4 times, in half of the time, those took 1.3 times as long, and arithmetic as long as ever; and
// where all was delayed, in most of the rest, 1.4 to 1.8 times.

const (
	// calmOps take some 10 µs, on either side of a sample.
	calmOps = 25_000

	// calmWithin is how much longer than its best the counting may take, of 100. That lets the
	// second of these states pass: the best is rare, and the ratio of a pair to a sync.Pool was 0.67
	// to 0.69 in it, and 0.69 to 0.71 in the second.
	calmWithin = 50

	// littleGarbage is how many bytes a sample may allocate for the core to be looked at
	// after it: where it is more, what disturbs the core then may be the sample's own
	// collection, and to leave those samples out would favour who leaves garbage.
	littleGarbage = 64 << 10
)

// calmBest is the shortest that calmOps have taken, in ns.
var calmBest atomic.Int64

// calmWords has the word that is counted in its middle, alone in its cache line.
var calmWords [16]uint64

// disturbed returns how many times as long as at its best this core takes, 0 if about as
// long.
func disturbed() float64 {
	start := time.Now()
	count(&calmWords[8], calmOps)
	d := int64(time.Since(start))
	best := calmBest.Load()
	if best == 0 || d < best {
		calmBest.Store(d)
		return 0
	}
	if d <= best+best/100*calmWithin {
		return 0
	}
	return float64(d) / float64(best)
}

// Await waits until this core is not disturbed, but no longer than until.
func Await(until time.Time) {
	for time.Now().Before(until) && disturbed() > 0 {
	}
}

// count counts a word up and down.
//
//go:noinline
func count(word *uint64, n int) {
	for range n {
		*word++
		*word--
	}
}

// Allocated returns about how many bytes have been allocated so far.
func Allocated() uint64 {
	s := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
