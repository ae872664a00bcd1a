package ring

import (
	"math/bits"
	_ "sync/atomic" // so that its methods are inlined: the compiler needs the import to inline an alias's methods
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/atom"
)

// Ring is a bounded FIFO of values of type T for any number of producers and consumers. Its capacity is exact.
// No method waits for another goroutine or allocates. While another goroutine is in the middle of a push or pop,
// TryPush may report full though there is room, and TryPop may report empty though there is a value. When no
// other call is in flight the answers are exact.
//
// A TryPush synchronizes before the TryPop that returns its value. After TryPop the ring holds no
// reference to the value.
//
// A Ring is made by [New] and must not be copied. To hold only indices use [Handles], which is
// lock-free and exact.
type Ring[T any] struct {
	_ cpu.CacheLinePad

	slots *slot[T] // the first of capacity slots
	n     uint64   // capacity, constant
	mask  uint64   // of the index in a position or stamp, constant
	lap   uint64   // mask+1, one lap in a position or stamp, constant

	_ cpu.CacheLinePad

	head atom.Uint64 // next position to pop; claimed by CAS; R3

	_ cpu.CacheLinePad

	tail atom.Uint64 // next position to push; claimed by CAS; R3

	_ cpu.CacheLinePad
}

// slot holds one value. See stride for the distance to its neighbours.
type slot[T any] struct {
	// stamp is p when position p may be pushed, p+1 when it may be popped, p+lap when it has been;
	// stored by the claimant only (R1), read by all.
	stamp atom.Uint64
	// value belongs to the claimant of the slot; the zero value unless the slot is full (R4).
	value T
}

// New returns an empty ring for exactly capacity values. It panics if capacity is not in
// 1..MaxCapacity. A slot takes 8 bytes and a T, and at least a cache line.
func New[T any](capacity int) *Ring[T] {
	return newAt[T](capacity, 0)
}

// newAt is New in a given lap, for tests of the wrap.
func newAt[T any](capacity int, lap uint64) *Ring[T] {
	checkCapacity(capacity)
	r := &Ring[T]{n: uint64(capacity)}
	// R2: free for lap l+1 differs from full in lap l, so one lap is at least 2.
	r.lap = max(2, uint64(1)<<bits.Len(uint(capacity-1)))
	r.mask = r.lap - 1

	// A cache line of unused slots at both ends, so that no used slot shares a line with other memory.
	guard := stride[T]()
	r.slots = &make([]slot[T], guard+capacity*stride[T]()+guard)[guard]

	start := lap * r.lap
	for i := range r.n {
		r.slot(i).stamp.Store(start + i)
	}
	r.head.Store(start)
	r.tail.Store(start)
	return r
}

// TryPush appends v and reports whether there was room.
func (r *Ring[T]) TryPush(v T) bool {
	for {
		p := r.tail.Load()
		s := r.slot(p)
		d := int64(s.stamp.Load() - p) // the sign orders stamps across their wrap
		if d < 0 {
			return false // not freed for this lap: full, or its pop is half done
		}
		if d > 0 {
			continue // others have claimed p since
		}
		if r.tail.CompareAndSwap(p, r.next(p)) {
			s.value = v          // R1: ours alone
			s.stamp.Store(p + 1) // publishes the value to the pop of p
			return true
		}
		backoff()
	}
}

// TryPop removes the oldest value and reports whether there was one.
func (r *Ring[T]) TryPop() (v T, ok bool) {
	for {
		p := r.head.Load()
		s := r.slot(p)
		d := int64(s.stamp.Load() - (p + 1))
		if d < 0 {
			return v, false // not filled: empty, or its push is half done
		}
		if d > 0 {
			continue // others have claimed p since
		}
		if r.head.CompareAndSwap(p, r.next(p)) {
			var zero T
			v = s.value
			s.value = zero           // R4: before the slot is freed, and for the garbage collector
			s.stamp.Store(p + r.lap) // frees the slot for the push one lap on
			return v, true
		}
		backoff()
	}
}

// Len returns the number of values in the ring, 0..Cap, at one instant during the call. A push or pop that is
// half done counts as done. If others pop all the time, head and tail may be of different instants.
func (r *Ring[T]) Len() int {
	head := r.head.Load()
	var tail uint64
	for range lenTries {
		tail = r.tail.Load()
		again := r.head.Load()
		if again == head { // so head was the same when tail was loaded
			break
		}
		head = again
	}
	i, j := head&r.mask, tail&r.mask
	laps := int64((tail-j)-(head-i)) / int64(r.lap)
	return clamp(laps*int64(r.n)+int64(j)-int64(i), r.Cap())
}

// Cap returns the capacity given to New.
func (r *Ring[T]) Cap() int { return int(r.n) }

// slot returns position p's slot. There is no bounds check: an index is below n.
func (r *Ring[T]) slot(p uint64) *slot[T] {
	return (*slot[T])(unsafe.Add(unsafe.Pointer(r.slots), uintptr(p&r.mask)*uintptr(stride[T]())*unsafe.Sizeof(slot[T]{})))
}

// stride returns the distance between the slots of neighbouring positions, in slots: enough for the two to share no
// cache line, wherever the first one begins. Slots of a line or more are adjacent; their stamps are at least a line
// apart all the same. It is a constant for each T.
func stride[T any]() int {
	const line = 64
	size := int(unsafe.Sizeof(slot[T]{}))
	switch {
	case size >= line:
		return 1
	case line%size == 0:
		return line / size
	default:
		return 1 + (line+size-2)/size
	}
}

// next returns the position after p.
func (r *Ring[T]) next(p uint64) uint64 {
	p++
	if p&r.mask == r.n { // never, if n is a whole lap: p++ has then gone to the next lap
		p += r.lap - r.n
	}
	return p
}
