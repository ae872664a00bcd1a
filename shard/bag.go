package shard

import (
	"runtime"
	"sync"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/pin"
)

// Bag is a bounded bag of values for concurrent use. Put adds a value, and Get takes any one. It holds at most Cap
// values; Resize changes that. It must be made by New, or by a [Maker] if it is a field, and must not be copied.
//
// A Put synchronizes before the Get that returns its value. On a hit Get and Put touch
// only memory of their own P and use no locked instruction; otherwise they use the shared
// tier, which is lock-free (package ring). Only a Get that finds nothing and a Put that
// finds no room wait for a housekeeper that is at work.
type Bag[T any] struct {
	_ cpu.CacheLinePad

	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	// Read by every hit. Accessed by the functions of sync/atomic, not by its
	// types' methods, which are calls where the compiler does not inline: D1.
	stamp  int64          // of new values; 0: ask policy.Owner
	oldest int64          // a hit's value has no lower stamp
	lanes  unsafe.Pointer // to the header of the current lanes. S1.

	unguarded uintptr   // Put may call ask if a value's first word - 1 is less. All ones with ask, else 0. H2. Z1.
	ask       hook[T]   // policy.Prepare, if Put may call it unguarded: H1. Z1.
	plain     bool      // neither policy.Prepare nor policy.Admit is set. Z1.
	lifo      bool      // Options.LIFO or Hold. Constant.
	policy    Policy[T] // constant

	watch stdatomic.Pointer[watch[T]] // nil: none. W1.

	_ cpu.CacheLinePad

	totals totals
	slice  slice           // what lanes have to know of the time
	since  atomic.Int64    // when rate was called last
	level  stdatomic.Int32 // trips of Ps without lanes, for lanes to be worth it: see rate
	spread stdatomic.Int32 // the same for shards

	mu      atom.Mutex    // one housekeeper at a time. S3.
	closed  bool          // guarded by mu
	busy    atom.Uint64   // 1 while a housekeeper has values in hand: S3. Written under mu, and so is kept.
	kept    atom.Uint64   // how often housekeepers gave values back
	low     int64         // the least held in the stores that were replaced since Low looked. Guarded by mu.
	growing atomic.Bool   // a goroutine is on its way to make more lanes
	tick    atomic.Uint32 // numbers the slices of time that Tick begins
	caution atomic.Int32  // E4

	boxes stdatomic.Pointer[sync.Pool] // of *T, for values on their way, if T is large

	capacity         atomic.Int32 // Options.Capacity, or what Resize was given. Written under mu.
	shards, magazine int32        // Options, constant
	stack            atom.Mutex
	layout           *layout // of all stores, in tests; nil: by the options
	hold             int32   // Options.Hold, 0 with LIFO. Constant.
	aside            int32   // values that TryPut put, or fewer: see ripen. Guarded by stack.
}

// T1: with lifo the only magazine is in a ring whenever stack is free. So whoever holds stack finds it there. stack
// is taken after mu, before a section is pinned, and never held while the policy is asked.

// order takes stack where there is one; unorder gives it back.
func (b *Bag[T]) order() {
	if b.lifo {
		b.stack.Lock()
	}
}

func (b *Bag[T]) unorder() {
	if b.lifo {
		b.stack.Unlock()
	}
}

// totals are the counts of the lanes and shards retired so far, and the 64-bit words of the slow paths.
type totals struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	gets    atomic.Uint64
	puts    atomic.Uint64
	stolen  atomic.Uint64
	misses  atomic.Uint64
	dropped atomic.Uint64 // values that housekeeping took out
	gone    atomic.Int64  // dropped + gets - puts: what Len subtracts
	peak    atomic.Int64
	asking  atomic.Int64 // to be added to what the lanes count: H1
}

// New makes a Bag. The error wraps ErrOptions and says which field is wrong.
func New[T any](o Options[T]) (*Bag[T], error) {
	b := new(Bag[T])
	if err := b.Init(o); err != nil {
		return nil, err
	}
	return b, nil
}

// Init does what New does, for a Bag that is a field, which saves a hit one load. It is called once, before any other
// use, or by a [Maker].
func (b *Bag[T]) Init(o Options[T]) error {
	if err := o.check(); err != nil {
		return err
	}
	lookAtHits()
	b.policy = o.Policy
	b.shards, b.magazine, b.lifo = int32(o.Shards), int32(o.Magazine), o.LIFO || o.Hold > 0
	if !o.LIFO {
		b.hold = int32(min(o.Hold, MaxCapacity))
	}
	b.capacity.Store(int32(o.Capacity))
	b.low = maxStamp
	if prepare := o.Policy.Prepare; pin.Direct && pin.Offset != 0 && unsafe.Sizeof(*new(T)) <= maxDirect && o.Policy.Admit == nil && o.Policy.Lost == nil {
		b.ask = *(*hook[T])(unsafe.Pointer(&prepare))
	}
	b.begun() // Z1
	return nil
}

// unused is a header without lanes and without a store, for all bags that were not yet used. One serves all, because
// what a lane is does not depend on T. Constant.
var unused lane[byte]

// begin makes the first store, if there is none. It panics for a Bag that was not made.
func (b *Bag[T]) begin() {
	if b.header() == nil {
		panic(notMade)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.header().store == nil {
		b.use(newLanes(b.fresh(), 0, 0))
	}
}

const (
	minStamp = -1 << 63
	noOldest = -1 // lower than every stamp that is not marked. 0 is for a zero Bag.
	maxStamp = 1<<63 - 1
)

// fresh makes an empty store for the capacity and the current GOMAXPROCS. It has no shards
// before they are needed.
func (b *Bag[T]) fresh() *store[T] {
	capacity := b.Cap()
	if b.layout != nil {
		return newStore[T](*b.layout, capacity)
	}
	if b.lifo {
		return newStore[T](layout{size: capacity, shards: 1, first: 1}, capacity)
	}
	return newStore[T](layOut(capacity, int(b.shards), int(b.magazine), runtime.GOMAXPROCS(0), pin.Exclusive, unsafe.Sizeof(cell[T]{})), capacity)
}

// Get takes a value, or returns what Policy.Miss makes if none is held. It
// allocates nothing on a hit.
func (b *Bag[T]) Get() T { return GetBy[T, None[T]](b) }

// TryGet takes a value, or returns false if none is held.
func (b *Bag[T]) TryGet() (T, bool) { return TryGetBy[T, None[T]](b) }

// Put adds v. If there is no room, v goes to Policy.Overflow. It allocates nothing on a hit. When the bag holds
// more values than ever before it allocates memory for them.
func (b *Bag[T]) Put(v T) { PutBy[T, None[T]](b, v) }

// TryPut adds v without asking Prepare and Admit, and reports false if there
// was no room.
func (b *Bag[T]) TryPut(v T) bool {
	ok := b.put(v)
	if ok && b.hold > 0 {
		b.order()
		b.aside++
		b.unorder()
	}
	return ok
}

// SetStamp sets the stamp that values are put with from now on, 1 or more. The bag knows no clock: stamps only have
// to ascend. With 0 every Put asks Owner.Stamp.
//
//go:noinline
func (b *Bag[T]) SetStamp(stamp int64) { atom.StoreInt64(b.stampAt(), stamp) }

// SetOldest sets the stamp below which a value of the P's own memory is shown to
// Policy.Accept, as all others are. 0 or less: none is shown.
func (b *Bag[T]) SetOldest(stamp int64) {
	switch {
	case b.policy.Vet:
		stamp = maxStamp // there are no hits
	case stamp <= 0:
		stamp = noOldest
	}
	atom.StoreInt64(&b.oldest, stamp)
}

// Cap returns the bound on the values held: Options.Capacity, or what Resize set.
func (b *Bag[T]) Cap() int { return int(b.capacity.Load()) }
