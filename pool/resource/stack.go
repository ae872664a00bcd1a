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

// stack holds the idle slots, the one released last on top. Resources that the load does not need sink and can age.
// It is Treiber's stack ("Systems Programming: Coping with Parallelism", IBM RJ 5118, 1986) with a tag against ABA:
// each change adds one to the tag.
//
// G1: while slow is set the stack is empty, and only the holder of the pool's lock changes the word. slow is set
// and cleared under the lock. Except during a sweep of the ages, it is set exactly while there is a reason
// (Pool.reasons).
//
// This is why no wake-up is lost. "Nothing is idle, so wait" and "nobody waits, so become idle" are decisions about
// the same word. The waiter sets slow by a CAS that expects an empty stack. The releaser pushes by a CAS that
// expects slow clear. If the push is first, the waiter's CAS fails and the waiter finds the slot. If slow is first,
// the push fails, and the releaser takes the lock and finds the waiter. Pools that look at a list and then at a
// counter need a second look (vitess smartconnpool looks for starving waiters every 100 ms: vitessio/vitess 17662,
// 17675). This one does not.
type stack[T any] struct {
	head atom.Uint64
}

func (k *stack[T]) init() { k.head.Store(none) }

// pop takes the top, or returns nil if slow is set or the stack is empty. were is the number of slots before the
// pop.
func (p *Pool[T]) pop() (s *slot[T], were int) {
	for {
		h := p.idle.head.Load()
		if h&(slow|indexMask) >= none {
			return nil, 0
		}
		s := p.slot(h)
		link := s.link.Load() // may be of a later push, but then the tag has changed
		if p.idle.head.CompareAndSwap(h, h&^indexMask+tagOne|link&indexMask) {
			return s, int(link >> 32)
		}
		backoff()
	}
}

// push puts an idle slot of the caller's on top. It returns false if slow is set, or if limit slots are there
// already.
func (p *Pool[T]) push(s *slot[T], limit uint64) (ok, full bool) {
	for {
		h := p.idle.head.Load()
		if h&slow != 0 {
			return false, false
		}
		depth := uint64(1)
		if h&indexMask != none {
			depth += p.slot(h).link.Load() >> 32 // exact if h is still the head, which the CAS checks
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

// backoff follows a lost CAS on the head. It lasts some 200 ns, in which the winner keeps the cache line. It waits
// for nobody. The best length was measured in package ring.
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
