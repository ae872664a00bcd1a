package pool

import (
	stdatomic "sync/atomic"

	"go.uber.org/atomic"
)

// counts are the counters of the slow paths. Hits and releases are counted by
// the engine, per P.
type counts struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	warmed   atomic.Uint64 // objects made by Warm
	warmedIn atomic.Uint64 // of these, how many became idle: the engine's Puts that are no Releases
	unpooled atomic.Uint64 // Releases that the engine does not count as Puts
	lost     atomic.Uint64 // the engine's Lost when Stats last looked
	refused  atomic.Uint64 // the engine's Gets that are no reuse: the object was unfit

	full     atomic.Uint64
	expired  atomic.Uint64
	invalid  atomic.Uint64
	rejected atomic.Uint64
	broken   atomic.Uint64
	panicked atomic.Uint64
	cleared  atomic.Uint64
	pruned   atomic.Uint64
	closed   atomic.Uint64
	pressed  atomic.Uint64

	// Objects that Warm is creating (lower half) and has created (upper half). Because of the upper half a CAS
	// fails if an object was created since Len was read.
	warming atomic.Uint64
}

func (c *counts) discards() Discards {
	return Discards{
		Full:     c.full.Load(),
		Expired:  c.expired.Load(),
		Invalid:  c.invalid.Load(),
		Rejected: c.rejected.Load(),
		Broken:   c.broken.Load(),
		Panicked: c.panicked.Load(),
		Cleared:  c.cleared.Load(),
		Pruned:   c.pruned.Load(),
		Closed:   c.closed.Load(),
		Pressed:  c.pressed.Load(),
	}
}
