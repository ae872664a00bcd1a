package ring

import (
	"fmt"
	"math/bits"
	"unsafe"

	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/atom"
)

// MaxCapacity is the largest capacity of a [Handles] or a [Ring].
const MaxCapacity = 1 << 26

// MaxHandle is the largest handle that a [Handles] can hold.
const MaxHandle = none - 1

const (
	handleBits = 28                // the lap has the other 36 bits of a slot's word
	none       = 1<<handleBits - 1 // the handle bits of an empty slot
	nextLap    = 1 << handleBits   // turns a word, by addition, into the same word one lap later

	lineShift = 3              // log2 of lineWords
	lineWords = 1 << lineShift // words of a cache line

	// window bounds a scan, and so how far a hint can lag (H4). It is two groups, because a scan that begins late in
	// a group must still reach a group's end, where it moves the hint.
	window = 2 * group
	// group: a scan moves the hint when it succeeds at the last position of this many. 4 costs a
	// quarter more under contention, 16 gains nothing.
	group = 8
	// lenTries is how often Len tries for a consistent picture before it takes what it has.
	lenTries = 4
)

// Handles is a bounded FIFO of 32-bit handles for any number of producers and consumers.
// It is linearizable and strictly lock-free; the package comment has the algorithm and the proof.
// No method allocates.
//
// A TryPush synchronizes before the TryPop that returns its handle. So a handle can stand for the ownership of
// an object.
//
// A Handles is made by [NewHandles], or by [Handles.Init] if it is a field. It must not be copied.
type Handles struct {
	// All are constant, so a Handles may share cache lines with anything. The pointers lead into one block.
	head   *atom.Uint64 // hint for pops: at most H, at least H-window, never goes back; H3, H4
	tail   *atom.Uint64 // hint for pushes: at most T, at least T-window, never goes back; H3, H4
	slots  *atom.Uint64 // the first of Cap words, each lap|handle or lap|none; H1
	mask   uint64       // Cap-1
	shift  uint64       // log2(Cap)
	spread uint64       // the right shift of the rotation in slot, 0 in a queue of up to 8
}

// NewHandles returns an empty queue for capacity handles, rounded up to a power of two. It panics if capacity is
// not in 1..MaxCapacity. The queue takes 8 bytes per handle and 64 more. If it holds more than 8, head and tail
// take a cache line each.
func NewHandles(capacity int) *Handles {
	r := new(Handles)
	r.Init(capacity)
	return r
}

// Init does what NewHandles does, for a Handles that is a field. Call it once, before any other use.
func (r *Handles) Init(capacity int) { r.initAt(capacity, 0) }

// newHandlesAt is NewHandles in a given lap, for tests of the wrap.
func newHandlesAt(capacity int, lap uint64) *Handles {
	r := new(Handles)
	r.initAt(capacity, lap)
	return r
}

// initAt allocates one block for the head, the tail and the slots. In a queue of more than 8 the head and the tail
// have a cache line each. In a smaller one they have not: its users need the line of the slots anyway.
func (r *Handles) initAt(capacity int, lap uint64) {
	checkCapacity(capacity)
	shift := uint64(bits.Len(uint(capacity - 1)))
	n := uint64(1) << shift
	apart := uint64(1)
	if n > lineWords {
		apart = uint64(unsafe.Sizeof(cpu.CacheLinePad{})) / 8
		r.spread = shift - lineShift
	}
	block := make([]atom.Uint64, 2*apart+n)
	r.head, r.tail, r.slots = &block[0], &block[apart], &block[2*apart]
	r.mask, r.shift = n-1, shift
	for i := range n {
		block[2*apart+i].Store(lap<<handleBits | none)
	}
	r.head.Store(lap << shift)
	r.tail.Store(lap << shift)
}

// TryPush appends h and reports whether there was room. False means that the queue was full at one instant
// during the call. It panics if h > MaxHandle.
func (r *Handles) TryPush(h uint32) bool {
	if h > MaxHandle {
		panic(handleError(h)) // calls nothing, so that this is inlined and push stays a leaf
	}
	return r.push(h)
}

func (r *Handles) push(h uint32) bool {
	t := r.tail.Load()

	// Nobody in the way: the steps below with p = t, and the hint moved at once.
	s, lap := r.slot(t), r.lap(t)
	if s.Load() == lap+none {
		if s.CompareAndSwap(lap+none, lap+uint64(h)) { // H2: t is T
			r.tail.CompareAndSwap(t, t+1) // H3. May fail: others have moved it further.
			return true
		}
	}

	for {
		for p := t; p != t+window; p++ {
			s, lap := r.slot(p), r.lap(p)
			d := int64(s.Load() - lap) // the sign orders laps across their wrap
			if d < 0 {
				return false // p-Cap has not been emptied, all below p are filled
			}
			if d == none {
				if s.CompareAndSwap(lap+none, lap+uint64(h)) { // H2: p is T
					if p%group == group-1 {
						r.tail.CompareAndSwap(t, p+1) // H3
					}
					return true
				}
				backoff() // Lost, so by H1 p has been filled.
			}
		}
		r.tail.CompareAndSwap(t, t+window) // H3: all of them were seen filled
		t = r.tail.Load()                  // H4: go on from the new hint
	}
}

// TryPop removes the oldest handle and reports whether there was one. False means that the queue was empty at
// one instant during the call.
func (r *Handles) TryPop() (uint32, bool) {
	t := r.head.Load()

	// Nobody in the way, as in push.
	s, lap := r.slot(t), r.lap(t)
	w := s.Load()
	if h := w - lap; h < none {
		if s.CompareAndSwap(w, lap+(nextLap+none)) { // H2: t is H
			r.head.CompareAndSwap(t, t+1) // H3. May fail: others have moved it further.
			return uint32(h), true
		}
	}

	for {
		for p := t; p != t+window; p++ {
			s, lap := r.slot(p), r.lap(p)
			w := s.Load()
			h := w - lap
			if h == none {
				return 0, false // p has not been filled, all below p are emptied
			}
			if h < none {
				if s.CompareAndSwap(w, lap+(nextLap+none)) { // H2: p is H
					if p%group == group-1 {
						r.head.CompareAndSwap(t, p+1) // H3
					}
					return uint32(h), true
				}
				backoff() // Lost, so by H1 p has been emptied.
			}
			// Else w is of a later lap; by H2 it cannot be of an earlier one.
		}
		r.head.CompareAndSwap(t, t+window) // H3: all of them were seen emptied
		t = r.head.Load()                  // H4: go on from the new hint
	}
}

// Len returns the number of handles in the queue, 0..Cap, at one instant during the call. If others push and pop
// all the time, head and tail may be of different instants.
func (r *Handles) Len() int {
	head := r.trueHead()
	var tail uint64
	for range lenTries {
		tail = r.trueTail()
		again := r.trueHead()
		if again == head { // and so it was when trueTail saw the tail
			break
		}
		head = again
	}
	return clamp(int64(tail-head), r.Cap())
}

// Cap returns the capacity: that given to NewHandles, rounded up to a power of two.
func (r *Handles) Cap() int { return int(r.mask) + 1 }

// slot returns the word of position p's slot. There is no bounds check: an index is at most mask.
//
// The index is rotated left by three bits within the bits that it has, so that neighbouring positions are eight words
// apart, which is a cache line: the cache remap of SCQ. In a queue of up to 8 all slots are in one or two lines, and
// the index stays as it is: the mask cuts off i<<lineShift, and spread is 0.
func (r *Handles) slot(p uint64) *atom.Uint64 {
	i := p & r.mask
	i = (i<<lineShift | i>>(r.spread&63)) & r.mask
	return (*atom.Uint64)(unsafe.Add(unsafe.Pointer(r.slots), i*8))
}

// lap returns the lap of position p, in its place in a slot's word; the handle bits are 0. The shift drops the lap's
// upper bits, so positions may wrap at 2^64.
func (r *Handles) lap(p uint64) uint64 {
	return p >> (r.shift & 63) << handleBits
}

// trueTail returns what T was at an instant during the call, in at most window steps. If all these positions are
// filled, T was t+window at some point since t was loaded (H4).
func (r *Handles) trueTail() uint64 {
	t := r.tail.Load()
	for p := t; p != t+window; p++ {
		if d := int64(r.slot(p).Load() - r.lap(p)); d < 0 || d == none {
			return p
		}
	}
	return t + window
}

// trueHead returns H likewise.
func (r *Handles) trueHead() uint64 {
	t := r.head.Load()
	for p := t; p != t+window; p++ {
		if d := int64(r.slot(p).Load() - r.lap(p)); d <= none {
			return p
		}
	}
	return t + window
}

// handleError is what TryPush panics with.
type handleError uint32

func (h handleError) Error() string {
	return fmt.Sprintf("ring: handle %d is above MaxHandle, %d", uint32(h), uint32(MaxHandle))
}

func checkCapacity(capacity int) {
	if capacity < 1 || capacity > MaxCapacity {
		panic(fmt.Sprintf("ring: capacity %d is not in 1..%d", capacity, MaxCapacity))
	}
}

// clamp returns n within 0..limit.
func clamp(n int64, limit int) int {
	return int(min(max(n, 0), int64(limit)))
}
