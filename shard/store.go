package shard

import (
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/atom"
)

// store is the shared tier: shards, whose number grows with use. Lanes trade with it. A bag
// that is emptied gets a new one.
//
// B2: every magazine is in exactly one place: loaded or spare in a lane, in one of its home
// shard's three rings, or in the hands of one pinned section.
//
// B3: a magazine enters only the rings of its home shard, and each of these has
// room for all of that shard's magazines. So giving one back cannot fail.
//
// B4: at most half of the magazines that there can be are in lanes, so that lanes never hold most of the capacity. A
// lane reserves a magazine before it takes it.
type store[T any] struct {
	layout
	table   unsafe.Pointer // *[]*shard[T], replaced by longer ones. Accessed by atom; written under Bag.mu.
	hints   hints          // which shards have values, and which have room
	private atomic.Int32   // magazines in lanes, or reserved
	room    int32          // how many magazines may be in lanes: B4. Constant.
	total   int            // values that all magazines have room for: B1. Guarded by Bag.mu.
}

// newStore makes a store without shards.
func newStore[T any](g layout, capacity int) *store[T] {
	s := &store[T]{layout: g}
	s.table = unsafe.Pointer(new([]*shard[T]))
	if g.lanes {
		s.room = int32(s.magazines(capacity) / 2)
	}
	if capacity > 0 {
		s.hints = newHints(g.mostShards(capacity))
	}
	return s
}

// all returns the shards that there are.
func (s *store[T]) all() []*shard[T] { return *(*[]*shard[T])(atom.LoadPointer(&s.table)) }

// extend adds a shard if the capacity has room for one. Bag.mu is held.
func (s *store[T]) extend(capacity int) bool {
	if s.total >= capacity {
		return false
	}
	shards := s.all()
	n := s.next(capacity, s.total)
	room := min(n*s.size, capacity-s.total)
	sh := newShard[T](len(shards), n, s.size, room)
	grown := append(shards[:len(shards):len(shards)], sh)
	s.total += room
	s.hints.some.set(sh.index)
	s.hints.room.set(sh.index)
	atom.StorePointer(&s.table, unsafe.Pointer(&grown))
	return true
}

// reserve lets a lane take one more magazine: B4.
func (s *store[T]) reserve() bool {
	if s.private.Inc() <= s.room {
		return true
	}
	s.private.Dec()
	return false
}

// held is how many values the shared tier has, at about this moment.
func (s *store[T]) held() int {
	n := int64(0)
	for _, sh := range s.all() {
		n += sh.held()
	}
	return int(max(n, 0))
}

// push puts a magazine back into that ring of its home shard which fits its number of values. Pinned.
func (s *store[T]) push(p *parked[T]) {
	sh, n, size := p.home, p.n, p.size // read now: p is another's as soon as it is in a ring
	switch n {
	case 0:
		sh.empty.TryPush(p.h) // B3
	case size:
		sh.full.TryPush(p.h)
	default:
		sh.partial.TryPush(p.h)
	}
	if n > 0 {
		s.hints.some.set(sh.index)
	}
	if n < size {
		s.hints.room.set(sh.index)
	}
}

// handTries is how often a search looks again for values that may be in others' hands. Others keep a magazine for
// some 30 ns.
const handTries = 8

// popSome takes a magazine with a value from the home shard of the P or goroutine numbered id. If that has none, it
// takes one from a shard that the hints name, beginning with a random one. whole prefers a full magazine. stolen
// tells that it is another shard's. Pinned; l is the P's lane or nil.
func (s *store[T]) popSome(id int, l *lane[T], whole bool) (p *parked[T], stolen bool) {
	shards := s.all()
	if len(shards) == 0 {
		return nil, false
	}
	home := int(uint(id) % uint(len(shards)))
	for range handTries {
		p, inHands := s.someOf(shards[home], whole)
		if p != nil {
			return p, false
		}
		if len(shards) > 1 {
			for scan := s.hints.some.from(s.start(home, l, len(shards))); ; {
				i := scan.next()
				if i < 0 {
					break
				}
				if i == home || i >= len(shards) {
					continue
				}
				p, hands := s.someOf(shards[i], whole)
				if p != nil {
					return p, true
				}
				inHands = inHands || hands
			}
		}
		if !inHands {
			break
		}
	}
	return nil, false
}

// someOf takes a magazine with a value from one shard. If there is none, inHands tells that others may have some in
// their hands.
func (s *store[T]) someOf(sh *shard[T], whole bool) (p *parked[T], inHands bool) {
	if p := sh.popSome(whole); p != nil {
		return p, false
	}
	if sh.held() > 0 {
		return nil, true
	}
	s.hints.some.clear(sh.index)
	p = sh.popSome(whole) // N1
	if p != nil {
		s.hints.some.set(sh.index)
	}
	return p, false
}

// popRoom takes a magazine that has room, from a shard as popSome does. It prefers an empty one; with empty set it
// takes no other.
func (s *store[T]) popRoom(id int, l *lane[T], empty bool) *parked[T] {
	shards := s.all()
	if len(shards) == 0 {
		return nil
	}
	home := int(uint(id) % uint(len(shards)))
	if p := s.roomOf(shards[home], empty); p != nil || len(shards) == 1 {
		return p
	}
	for scan := s.hints.room.from(s.start(home, l, len(shards))); ; {
		i := scan.next()
		if i < 0 {
			return nil
		}
		if i == home || i >= len(shards) {
			continue
		}
		if p := s.roomOf(shards[i], empty); p != nil {
			return p
		}
	}
}

// roomOf takes a magazine with room of one shard.
func (s *store[T]) roomOf(sh *shard[T], empty bool) *parked[T] {
	p := sh.popRoom(empty)
	if p != nil || empty { // if none is empty, others may still have room
		return p
	}
	s.hints.room.clear(sh.index)
	p = sh.popRoom(empty) // N1
	if p != nil {
		s.hints.room.set(sh.index)
	}
	return p
}

// start is where a search for another of n shards begins.
func (s *store[T]) start(home int, l *lane[T], n int) int {
	if l == nil {
		return home
	}
	return l.random(n)
}

// putRun puts the first of the cells into one magazine and returns how many it has taken: 0 only if
// no magazine has room. Pinned.
func (s *store[T]) putRun(id int, l *lane[T], cells []cell[T]) int {
	p := s.popRoom(id, l, false)
	if p == nil {
		return 0
	}
	k := min(len(cells), int(p.size-p.n))
	p.make(int(p.n) + k)
	copy(p.cells[p.n:], cells[:k])
	p.n += uint32(k)
	p.home.gave(uint32(k))
	s.push(p)
	return k
}

// vacate moves the values of one magazine of the home shard into another to have an empty one. Pinned.
func (s *store[T]) vacate(id int) *parked[T] {
	shards := s.all()
	if len(shards) == 0 {
		return nil
	}
	sh := shards[uint(id)%uint(len(shards))]
	p, q := sh.pop(&sh.partial), sh.pop(&sh.partial)
	if p != nil && q != nil && p.n+q.n <= q.size {
		q.make(int(p.n + q.n))
		copy(q.cells[q.n:], p.cells[:p.n])
		clear(p.cells[:p.n])
		p.n, q.n = 0, p.n+q.n
		s.push(q)
		return p
	}
	for _, p := range []*parked[T]{p, q} {
		if p != nil {
			s.push(p)
		}
	}
	return nil
}
