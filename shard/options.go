package shard

import (
	"errors"
	"fmt"
	"runtime"
)

// ErrOptions is wrapped by every error of New.
var ErrOptions = errors.New("shard: bad options")

const (
	// MaxCapacity is the largest Options.Capacity.
	MaxCapacity = 1 << 24

	// DefaultMagazine is the number of values in a magazine where the capacity
	// allows it. A trade with the rings costs some 70 ns, which is 0.5 ns a value,
	// and a burst of 256 stays within the two magazines of its P. With 64 (and
	// half of the capacity) bursts of 256 take 1.2 times as long, on every P at a
	// time or as batches 1.5 times, and with 32 bursts of 64 take 1.2 times as long.
	// What it costs is the first magazine of a P, which is twice as large.
	DefaultMagazine = 128

	// MaxMagazine is the largest Options.Magazine.
	MaxMagazine = 1024

	// maxMagazineBytes bounds the memory of a magazine, but for frontBytes.
	maxMagazineBytes = 64 << 10

	// frontBytes is how far behind the start of their memory the cells of a magazine begin at least,
	// leastFront the number of cells from which on that is worth it.
	frontBytes = 32
	leastFront = 16

	// maxSlabBytes bounds what a store without private magazines makes ahead.
	maxSlabBytes = 256 << 10

	// MaxShards is the largest Options.Shards; more than Ps only cost memory.
	MaxShards = 1 << 12
)

// Options are the settings of a Bag.
type Options[T any] struct {
	// Capacity is the bound on the values held, 1 to MaxCapacity. Required.
	Capacity int

	// Shards is the number of shards, each a pair of rings. 0: GOMAXPROCS. Never
	// more than there are magazines.
	Shards int

	// Magazine is the largest number of values in each of the two magazines
	// that a P keeps private. 0: DefaultMagazine. It is lowered so that the private
	// magazines of all Ps hold at most half of Capacity; where less than 2 are
	// left, or where it is negative, nothing is private and values go through
	// the rings singly.
	Magazine int

	// LIFO has the bag be one stack, guarded by a mutex: Get returns the value put
	// last, whatever P put it, and misses only if none is held. Shards and Magazine
	// are ignored. For tests that need an exact order; an operation costs some
	// 100 ns alone, and waits for the others and for Sweep. Capacity cells are made
	// ahead.
	LIFO bool

	// Policy is asked where the bag itself cannot decide.
	Policy Policy[T]
}

// Policy is what a Bag asks of its owner. Every function is called unpinned and
// outside every critical section, so it may block, panic and call the Bag. Each
// may be nil.
type Policy[T any] struct {
	// Miss makes the value that Get returns when nothing is held. nil: the
	// zero value.
	Miss func() T

	// Prepare is called by Put and PutN with each value before it enters.
	Prepare func(v T)

	// Admit is called after Prepare; false keeps the value out.
	Admit func(v T) bool

	// Refused takes a value that Admit kept out.
	Refused func(v T)

	// Lost takes a value whose Prepare or Admit panicked or called
	// runtime.Goexit. The panic goes on afterwards. nil: such values are only
	// counted, see Counts.Lost, which makes a Put with Prepare and without Admit
	// a quarter faster.
	Lost func(v T)

	// Accept is called by Get with a value that was put with a stamp lower than
	// SetOldest's, and with every value if Vet is set. false: the value belongs
	// to the callee and Get tries the next.
	Accept func(v T, stamp int64) bool

	// Vet has Accept called with every value.
	Vet bool

	// Returned is told of a value that GetN had taken and puts back after all,
	// because the policy panicked or exited over another. It must not panic.
	Returned func(v T)

	// Forget has the bag keep no value reachable that has left it: see "What is
	// kept alive" in the package comment. It takes effect together with Vet.
	Forget bool

	// Overflow takes a value that Put could not hold: the bag is full as a
	// whole, or closed.
	Overflow func(v T)

	// Crowded takes values that were held and found no room on their way into
	// a store for more Ps, because others had put new ones meanwhile. It is
	// called on a goroutine of its own.
	Crowded func(vs []T)

	// Stamp returns the stamp of a Put while SetStamp's is 0.
	Stamp func() int64

	// Stamped is called when such a Put has entered its value.
	Stamped func()
}

func (o *Options[T]) check() error {
	switch {
	case o.Capacity < 1 || o.Capacity > MaxCapacity:
		return fmt.Errorf("%w: Capacity is %d; it must be 1 to %d", ErrOptions, o.Capacity, MaxCapacity)
	case o.Shards < 0 || o.Shards > MaxShards:
		return fmt.Errorf("%w: Shards is %d; it must be 0 for GOMAXPROCS or 1 to %d", ErrOptions, o.Shards, MaxShards)
	case o.Magazine > MaxMagazine:
		return fmt.Errorf("%w: Magazine is %d; it must be 0 for %d, 1 to %d, or negative for none",
			ErrOptions, o.Magazine, DefaultMagazine, MaxMagazine)
	}
	return nil
}

// geometry is how Options are laid out for a number of Ps.
type geometry struct {
	lanes     int  // Ps with private magazines and counters of their own
	private   bool // whether lanes have magazines
	size      int  // values a magazine
	magazines int
	last      int // values of the last magazine, 1 to size
	shards    int
	ahead     bool // magazines get their memory with the store
}

// stack is the geometry of a bag with LIFO: all values are in one magazine, which
// goes through the rings of the only shard.
func stack(capacity, ps int, exclusive bool) geometry {
	g := geometry{size: capacity, magazines: 1, last: capacity, shards: 1, ahead: true}
	if exclusive {
		g.lanes = ps // for their counters
	}
	return g
}

// layout computes the geometry of a bag for ps Ps. It keeps
//
//	B1: the sizes of all magazines add up to the capacity.
//
// A magazine is made inside a pinned section, so it takes at most maxMagazineBytes.
func layout(capacity, shards, magazine, ps int, exclusive bool, cellSize uintptr) geometry {
	largest := magazine
	if largest <= 0 {
		largest = DefaultMagazine
	}
	largest = min(largest, max(int(maxMagazineBytes/cellSize), 1))
	g := geometry{size: min(capacity/(4*ps), largest)}
	if exclusive {
		g.lanes = ps
		g.private = magazine >= 0 && (g.size >= 2 || g.size == 1 && magazine == 1)
	}
	if !g.private {
		g.size = 1
	}
	g.magazines = (capacity + g.size - 1) / g.size
	g.last = capacity - (g.magazines-1)*g.size
	if shards == 0 {
		shards = runtime.GOMAXPROCS(0)
	}
	g.shards = min(shards, g.magazines)
	return g
}
