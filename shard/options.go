package shard

import (
	"errors"
	"fmt"
	"math/bits"
)

// ErrOptions is wrapped by every error of New.
var ErrOptions = errors.New("shard: bad options")

const (
	// MaxCapacity is the largest Options.Capacity.
	MaxCapacity = 1 << 24

	// DefaultMagazine is the number of values in a magazine if the capacity allows it. A trade with the rings costs
	// some 70 ns, which is 0.5 ns per value, and a burst of 256 stays within the two magazines of its P. With 64 (and
	// half of the capacity) bursts of 256 take 1.2 times as long; on all Ps at once, or as batches, they take 1.5
	// times. With 32, bursts of 64 take 1.2 times as long. The price of 128 is that the first magazine of a P is
	// twice as large.
	DefaultMagazine = 128

	// MaxMagazine is the largest Options.Magazine.
	MaxMagazine = 1024

	// maxMagazineBytes bounds the memory of a magazine, without frontBytes.
	maxMagazineBytes = 64 << 10

	// frontBytes is how many bytes of a magazine's memory at least come before its cells: see makeCells. leastFront
	// is the number of cells from which on that is worth it.
	frontBytes = 32
	leastFront = 16

	// firstMagazines is how many magazines the first shard has, and each later one at least. Eight of DefaultMagazine
	// hold as much as a P has by default, and their rings are small.
	firstMagazines = 8

	// MaxShards is the largest Options.Shards; more than Ps only cost memory.
	MaxShards = 1 << 12
)

// Options are the settings of a Bag.
type Options[T any] struct {
	// Capacity is the bound on the values held, 1 to MaxCapacity. Required.
	Capacity int

	// Shards is the largest number of shards, each with its own rings. A bag begins with one, and gets more as
	// its values need room or if it is used more than twice per millisecond. 0: GOMAXPROCS.
	Shards int

	// Magazine is the largest number of values in each of the two magazines that a P
	// may have to itself, once it has earned them. 0: DefaultMagazine. It is lowered
	// so that there are 4 magazines for each P, or 16 in all if that is fewer.
	// Negative: nothing is ever private.
	Magazine int

	// LIFO makes the bag one stack under a mutex: Get returns the value that was put last, and misses only if
	// none is held. Shards and Magazine are ignored. It is for tests that need an exact order. An operation
	// takes some 100 ns, and may wait.
	LIFO bool

	// Hold is how many of the latest values the bag keeps back: Get takes an older one, or misses. It is less
	// than Capacity. Values from TryPut are not kept back. The bag is guarded by a mutex as with LIFO, and
	// Shards and Magazine are ignored. It is for tests that look for values that are used after Put. With LIFO
	// it has no effect.
	Hold int

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

	// Accept is called by Get with a value whose stamp is lower than SetOldest's or, if it was not in the P's own
	// memory, than Owner.Oldest's. With Vet it is called with every value. false: the value belongs to the callee and
	// Get tries the next.
	Accept func(v T, stamp int64) bool

	// Vet has Accept called with every value.
	Vet bool

	// Returned is told of a value that GetN had taken and puts back after all,
	// because the policy panicked or exited over another. It must not panic.
	Returned func(v T)

	// Overflow takes a value that Put could not hold: the bag is full as a
	// whole, or closed.
	Overflow func(v T)

	// Owner is asked about the time, and what else concerns the bag as a whole. nil: there is no time, and all values
	// have the stamp of SetStamp.
	Owner Owner
}

// Owner is what a Bag asks of an owner that knows the time and keeps house. The methods are called as the functions
// of Policy are, except Alive and MayStop. The bag may be locked while those run, so they must not call it.
type Owner interface {
	// Stamp returns the stamp of a Put while SetStamp's is 0, 1 or more.
	Stamp() int64

	// Stamped is called with that stamp after such a Put has entered its value, and without lanes after any Put.
	Stamped(stamp int64)

	// Oldest returns the lowest stamp of a value that Accept need not be asked about, as of this
	// moment.
	Oldest() int64

	// Earned is called when Ps have got lanes, from which on the bag wants to be told of the time: see Tick.
	Earned()

	// Alive returns about how many values there are, held or not. A Get that finds nothing asks, to see whether
	// Ps have too many to themselves.
	Alive() int

	// MayStop is asked before a Get or Put stops the world for values or room that Ps have to themselves. Without an
	// Owner that is 10 times per second at most, for all bags of the process.
	MayStop() bool
}

// Blamer is an optional interface of an Owner.
type Blamer[T any] interface {
	// Blame is called where Policy.Lost is nil and Prepare or Admit panics or exits over a value whose first
	// word is 0, such as nil. If Blame panics the value is not counted as lost.
	Blame(v T)
}

func (o *Options[T]) check() error {
	switch {
	case o.Capacity < 1 || o.Capacity > MaxCapacity:
		return fmt.Errorf("%w: Capacity is %d; it must be 1 to %d", ErrOptions, o.Capacity, MaxCapacity)
	case o.Shards < 0 || o.Shards > MaxShards:
		return fmt.Errorf("%w: Shards is %d; it must be 0 for GOMAXPROCS or 1 to %d", ErrOptions, o.Shards, MaxShards)
	case o.Hold < 0:
		return fmt.Errorf("%w: Hold is %d; it must be 0 or more", ErrOptions, o.Hold)
	case o.Magazine > MaxMagazine:
		return fmt.Errorf("%w: Magazine is %d; it must be 0 for %d, 1 to %d, or negative for none",
			ErrOptions, o.Magazine, DefaultMagazine, MaxMagazine)
	}
	return nil
}

// layout is how a store's capacity is divided into magazines.
//
// B1: the sizes of all magazines of a store add up to its bag's capacity at most.
type layout struct {
	size   int  // values a magazine; the last of a shard may have room for fewer
	shards int  // how many shards share the capacity once it is all in use
	lanes  bool // Ps may have magazines to themselves
	first  int  // magazines of the first shard, and of each later one at least
}

// layOut divides a capacity for ps Ps. A magazine is made inside a pinned section, so
// it takes at most maxMagazineBytes.
func layOut(capacity, shards, magazine, ps int, exclusive bool, cellSize uintptr) layout {
	if shards == 0 {
		shards = ps
	}
	g := layout{size: 1, shards: shards, first: firstMagazines}
	if !exclusive || magazine < 0 {
		return g
	}
	g.lanes = true
	largest := magazine
	if largest == 0 {
		largest = DefaultMagazine
	}
	largest = min(largest, max(int(maxMagazineBytes/cellSize), 1))
	g.size = min(largest, max(capacity/(4*ps), capacity/16, 1))
	return g
}

// magazines is how many magazines there can be for a capacity.
func (g *layout) magazines(capacity int) int { return (capacity + g.size - 1) / g.size }

// next is how many magazines the next shard has, if the shards there are have room for total values. It has as many
// as there are already, so that memory follows use, until the shards have an equal share.
func (g *layout) next(capacity, total int) int {
	share := (g.magazines(capacity) + g.shards - 1) / g.shards
	return min(g.magazines(capacity-total), max(g.first, min(total/g.size, share)))
}

// mostShards is how many shards there are at most for a capacity: those with equal shares, and those before them.
func (g *layout) mostShards(capacity int) int {
	return g.shards + bits.Len(uint(g.magazines(capacity)))
}
