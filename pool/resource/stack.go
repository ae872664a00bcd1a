package resource

import "github.com/plungepool/plunge/internal/atom"

// The head word of the stack of idle slots.
//
//	| tag: 39 bits | slow: 1 bit | index of the top, or none: 24 bits |
const (
	indexBits = 24
	indexMask = 1<<indexBits - 1
	none      = indexMask
	slow      = 1 << indexBits
	tagOne    = 1 << (indexBits + 1) // added to the word: the next tag
)

// stack holds the idle slots, the one released last on top: what the load does not need sinks and can age. It is
// Treiber's ("Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986) with a tag against ABA: each change adds one to it.
//
// G1: slow set means that the stack is empty, and that whoever has the pool's lock is the only one to change the word. It is
// set and cleared under the lock, and is set exactly while there is a reason (Pool.reasons), the sweep of the ages apart.
//
// This is why no wake-up is lost. "Nothing is idle, so wait" and "nobody waits, so become idle" are decisions about the same
// word: the waiter sets slow by a CAS that expects an empty stack, the releaser pushes by a CAS that expects slow clear. One
// of them is first. If it is the push, the waiter's CAS fails and it finds the slot; if it is slow, the push fails, and the
// releaser takes the lock and finds the waiter. There is no window between the two that a second look would have to close, as
// in pools that look at a list and then at a counter (vitess smartconnpool looks for those that starve every 100 ms:
// vitessio/vitess 17662, 17675).
type stack[T any] struct {
	head atom.Uint64
}

func (k *stack[T]) init() { k.head.Store(none) }

// pop takes the top, or returns nil if slow is set or nothing is there. left is how many there were with it.
func (p *Pool[T]) pop() (s *slot[T], were int) {
	for {
		h := p.idle.head.Load()
		if h&(slow|indexMask) >= none {
			return nil, 0
		}
		s := p.slot(h)
		link := s.link.Load() // may be of a later push, but then the tag is another
		if p.idle.head.CompareAndSwap(h, h&^indexMask+tagOne|link&indexMask) {
			return s, int(link >> 32)
		}
		backoff()
	}
}

// push puts an idle slot of the caller's on top. It reports false if slow is set, or there are limit already.
func (p *Pool[T]) push(s *slot[T], limit uint64) (ok, full bool) {
	for {
		h := p.idle.head.Load()
		if h&slow != 0 {
			return false, false
		}
		depth := uint64(1)
		if h&indexMask != none {
			depth += p.slot(h).link.Load() >> 32 // exact if h is still the head, which the CAS says
		}
		if depth > limit {
			if p.idle.head.Load() == h {
				return false, true
			}
			continue
		}
		s.link.Store(depth<<32 | h&indexMask)
		if p.idle.head.CompareAndSwap(h, h&^indexMask+tagOne|uint64(s.index)) {
			return true, false
		}
		backoff()
	}
}

// backoff is for whoever lost a CAS on the head to another: 200 ns or so, in which the winner finds the cache line still its own. It waits
// for nobody. Package ring measured how long is best.
func backoff() {
	for range 512 {
	}
}

// depth is how many slots are on the stack, a snapshot.
func (p *Pool[T]) depth() int {
	h := p.idle.head.Load()
	if h&indexMask == none {
		return 0
	}
	return int(p.slot(h).link.Load() >> 32)
}

// block sets slow if the stack is empty and reports whether it is set. mu is held.
func (p *Pool[T]) block() bool {
	for {
		h := p.idle.head.Load()
		if h&slow != 0 {
			return true
		}
		if h&indexMask != none {
			return false
		}
		if p.idle.head.CompareAndSwap(h, h+tagOne|slow) {
			return true
		}
	}
}

// seize sets slow and returns what was on the stack, from the top. mu is held.
func (p *Pool[T]) seize() []*slot[T] {
	h := p.idle.head.Load()
	for !p.idle.head.CompareAndSwap(h, h+tagOne|indexMask|slow) {
		h = p.idle.head.Load()
	}
	if h&slow != 0 {
		return nil
	}
	var all []*slot[T]
	for h&indexMask != none {
		s := p.slot(h)
		all = append(all, s)
		h = s.link.Load()
	}
	return all
}

// restore puts back slots that seize returned, from the top, and clears slow. mu is held, and there is no reason for slow.
func (p *Pool[T]) restore(all []*slot[T]) {
	top := uint64(none)
	for i := len(all) - 1; i >= 0; i-- {
		all[i].link.Store(uint64(len(all)-i)<<32 | top)
		top = uint64(all[i].index)
	}
	h := p.idle.head.Load()
	p.idle.head.Store(h&^(indexMask|slow) + tagOne | top) // G1: nobody else changes it
}

// slot returns the slot whose index is in the lowest bits.
func (p *Pool[T]) slot(index uint64) *slot[T] { return (*p.table.Load())[index&indexMask] }
