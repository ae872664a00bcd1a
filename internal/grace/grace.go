// Package grace waits for a grace period in the sense of RCU: [Wait] returns
// once every pinned section (package pin) that had begun when it was called
// has ended. What such a section wrote is visible to the caller afterwards, and
// what the caller had written before is visible to every later section.
//
// In the default build the grace period is one stop of the world, because the runtime cannot stop a P in the middle
// of a pinned section of either kind. A call costs a stop and a start (some 10 microseconds, more with more Ps). It
// belongs on paths that are called rarely, never on Acquire or Release.
package grace

import (
	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/atom"
)

var (
	mu    atom.Mutex    // held during a grace period
	begun atomic.Uint64 // grace periods that have begun; written under mu
)

// Wait blocks for a grace period. Callers coalesce, as in call_rcu: one that
// waits for another's grace period and sees a whole one pass returns with it.
// It must not be called inside a pinned section.
func Wait() {
	before := begun.Load()
	mu.Lock()
	defer mu.Unlock()
	// Only a period that began after we came covers the sections we saw, and
	// under mu each one that has begun has also ended.
	if begun.Load() > before {
		return
	}
	begun.Inc()
	barrier()
}
