package grace

import (
	"time"

	"go.uber.org/atomic"
)

// Housekeeping that nobody asked for stops the world at most 10 times in a second, for the whole process. It is
// allowed 5 times at once, and once more every 200 ms.
const (
	interval = 200 * time.Millisecond
	burst    = 5
)

// began is when time began for Allowed.
var began = time.Now()

// due is when, by the rate alone, the next grace period would be due. That is later than now by the length of the
// burst at most (the generic cell rate algorithm of ATM Forum, "Traffic Management", 1996).
var due atomic.Int64

// Wanted is how many grace periods housekeeping was not allowed and waits for. Others leave it as many.
var Wanted atomic.Int32

// Allowed reports whether one more grace period may be had now for something that can also wait,
// and counts it. It leaves as many as spare for others.
func Allowed(spare int) bool {
	for {
		now, was := int64(time.Since(began)), due.Load()
		next := was
		if next > now+int64(burst*interval) {
			next = now // it was set in a testing/synctest bubble, whose time is another
		}
		then := max(next, now) + int64(interval)
		if then > now+int64(burst-spare)*int64(interval) {
			return false
		}
		if due.CompareAndSwap(was, then) {
			return true
		}
	}
}

// Spared is Allowed for callers that leave housekeeping what it waits for.
func Spared() bool { return Allowed(int(Wanted.Load())) }
