package shard

import (
	"math/bits"
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// notMade is what a zero Bag that nobody makes panics with.
const notMade = "shard: use of a Bag that New did not make"

// room reports that a counter of a lane can count one more. The slow path folds words of 32 bits into 64-bit totals
// long before they wrap. It never folds words of 64 bits, and the compiler removes the test. Generic for the reason
// given in package race.
func room[N ~uint](count N) bool { return bits.UintSize == 64 || count < 1<<31 }

// getOrMiss is the rest of Get.
func (b *Bag[T]) getOrMiss() (v T) {
	if hitsHere[T]() && b.hitRun(unsafe.Slice(&v, 1)) > 0 {
		return v
	}
	v, ok, marked := b.find(false)
	if !ok {
		v = b.miss()
	}
	b.tell(v, marked, !ok)
	return v
}

// miss returns what Policy.Miss makes, and counts it at the home shard, where only Ps with the same home write. If all
// wrote one word, each miss would wait for its cache line.
func (b *Bag[T]) miss() (v T) {
	if b.policy.Miss == nil {
		return v
	}
	v = b.policy.Miss()
	id := pin.Pin()
	misses := &b.totals.misses
	fewer := false // shards than there may be
	if s := b.header().store; s != nil {
		shards := s.all()
		fewer = len(shards) < s.shards
		if len(shards) > 0 {
			misses = &shards[uint(id)%uint(len(shards))].misses
		}
	}
	n := misses.Inc()
	pin.Unpin(id)
	if fewer && n%sharedPuts == 0 {
		b.rate(0, sharedPuts)
	}
	return v
}

// getOrNot is the rest of TryGet.
func (b *Bag[T]) getOrNot() (v T, ok bool) {
	if hitsHere[T]() && b.hitRun(unsafe.Slice(&v, 1)) > 0 {
		return v, true
	}
	v, ok, marked := b.find(true)
	if ok {
		b.tell(v, marked, false)
	}
	return v, ok
}

// find takes a value that the policy accepts, from wherever there is one. With all it finds every value held;
// without, it may leave some to Ps that have them to themselves: E4. It reports whether the value was marked: W1.
func (b *Bag[T]) find(all bool) (v T, ok, marked bool) {
	for {
		f := b.take()
		if f.needs != 0 {
			f = b.takeMore(f, all)
		}
		marked, f.stamp = f.stamp < 0, unmarked(f.stamp)
		if !f.ok || f.hit || b.policy.Accept == nil || f.stamp >= b.oldestNow() || b.policy.Accept(f.v, f.stamp) {
			return f.v, f.ok, marked
		}
	}
}

// oldestNow returns the lowest stamp of a value that the policy need not see.
//
//go:noinline
func (b *Bag[T]) oldestNow() int64 {
	if b.policy.Owner == nil || b.policy.Vet {
		return atom.LoadInt64(&b.oldest)
	}
	return b.policy.Owner.Oldest()
}

// found is what a take found.
type found[T any] struct {
	v     T
	stamp int64 // with its mark, from take
	ok    bool
	hit   bool // it was in the P's own memory and is not too old
	needs needs
	kept  uint64 // Bag.kept before the take
}

// needs is what an operation lacked. It is seen to when the operation is no longer pinned.
type needs uint8

const (
	needsValue needs = 1 << iota // there was none
	needsRoom                    // there was none, or no magazine for a lane
	needsLane                    // other Ps have lanes
	needsRate                    // so many operations may have come that Ps should have lanes
)

// take takes one value, whatever its stamp. It first tries a hit again, and the spare magazine, for the builds and
// types that have no other way to them.
func (b *Bag[T]) take() (f found[T]) {
	f.kept = b.kept.Load()
	b.order()
	id := pin.Pin()
	oldest, head := atom.LoadInt64(&b.oldest), b.header()
	if head == nil || head.store == nil {
		pin.Unpin(id)
		b.unorder()
		b.begin()
		return b.take()
	}
	if uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		b.laneTake(l, id, oldest, &f)
		l.release()
	} else if p, stolen := head.store.popSome(id, nil, false); p != nil && b.ripen(head.store, p) {
		p.home.gets.Inc() // C2
		p.home.sink(1, stolen)
		f.v, f.stamp = p.pop()
		f.ok = true
		head.store.push(p)
		if head.n > 0 {
			f.needs = needsLane
		}
	} else {
		f.needs = needsValue
	}
	pin.Unpin(id)
	b.unorder()
	return f
}

// laneTake is take if the P has a lane.
func (b *Bag[T]) laneTake(l *lane[T], id int, oldest int64, f *found[T]) {
	b.fold(l)
	if l.loaded.n == 0 && l.spare != nil && l.spareN > 0 {
		l.swap()
	}
	if l.loaded.n == 0 {
		if !l.hasLooked(b.tick.Load()) {
			b.look(l, id)
		}
		if !b.trip(l, id, 1) {
			f.needs |= needsRoom
		}
		if l.loaded.p == nil {
			if p, stolen := l.store.popSome(id, l, false); p != nil {
				p.home.took(1, stolen) // C2
				f.v, f.stamp = p.pop()
				f.ok = true
				l.store.push(p)
				race.Add(&l.gets, 1)
				return
			}
		}
		if l.loaded.p == nil || !l.refill(id) {
			f.needs |= needsValue
			return
		}
	}
	l.loaded.n--
	c := &l.loaded.cells[l.loaded.n]
	f.v, f.stamp, f.ok, f.hit = c.v, c.stamp, true, c.stamp >= oldest
	if !f.hit {
		*c = cell[T]{} // Accept may refuse it
	}
	race.Add(&l.gets, 1)
}

// takeMore sees to what a take lacked. If that was a value, it takes one after all, if a housekeeper or a P that has
// it to itself holds one.
//
//go:noinline
func (b *Bag[T]) takeMore(f found[T], all bool) found[T] {
	b.see(f.needs)
	if f.needs&needsValue == 0 {
		return f
	}
	// In this order: a value between the lanes and the rings is a housekeeper's, who changes kept afterwards.
	private := b.mayGather(all)
	if !private && b.busy.Load() == 0 && b.kept.Load() == f.kept {
		return f
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if f = b.take(); !f.ok && b.worthGathering(all) {
		b.gather()
		f = b.take()
	}
	return f
}

// see sees to what an operation lacked, except values.
func (b *Bag[T]) see(n needs) {
	if n&needsRoom != 0 {
		b.extend()
	}
	if n&needsLane != 0 {
		b.growLanes()
	}
	if n&needsRate != 0 {
		b.rate(2*sharedPuts, 0) // there are as many Gets
	}
}

// fold moves a lane's counters into the 64-bit totals if a word has 32 bits and is half full.
func (b *Bag[T]) fold(l *lane[T]) {
	if bits.UintSize == 64 || room(l.gets) && room(l.puts) {
		return
	}
	b.totals.gets.Add(uint64(l.gets))
	b.totals.puts.Add(uint64(l.puts))
	b.totals.gone.Add(int64(l.gets) - int64(l.puts))
	race.Add(&l.gets, -l.gets)
	race.Add(&l.puts, -l.puts)
}
