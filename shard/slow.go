package shard

import (
	"math/bits"

	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// notMade is the panic of a zero Bag.
const notMade = "shard: use of a Bag that New did not make"

// room reports that a counter of a lane can count one more. Words of 32 bits
// are folded into 64-bit totals by the slow path long before they wrap; words
// of 64 bits never are, and the test is gone from the code. Generic for the
// reason given in package race.
func room[N ~uint](count N) bool { return bits.UintSize == 64 || count < 1<<31 }

// getOrMiss is the rest of Get. It enters pinned and leaves unpinned.
//
//go:noinline
func (b *Bag[T]) getOrMiss(id int) T {
	v, ok := b.getSlow(id)
	if !ok && b.policy.Miss != nil {
		return b.policy.Miss()
	}
	return v
}

// getSlow is the rest of TryGet. It enters pinned and leaves unpinned.
func (b *Bag[T]) getSlow(id int) (T, bool) {
	for {
		v, stamp, ok := b.take(id)
		if !ok || b.policy.Accept == nil {
			return v, ok
		}
		if !b.policy.Vet && stamp >= b.threshold.Load() || b.policy.Accept(v, stamp) {
			return v, true
		}
		id = pin.Pin()
	}
}

// take takes one value, whatever its stamp. It enters pinned and leaves
// unpinned.
func (b *Bag[T]) take(id int) (v T, stamp int64, ok bool) {
	base := b.lanes.Load()
	if base == nil {
		pin.Unpin(id)
		panic(notMade)
	}
	s := base.store
	if s.shards == 0 { // closed
		pin.Unpin(id)
		return v, 0, false
	}
	home := s.home(id)
	if uint(id) >= base.count() {
		if v, stamp, ok = s.sharedGet(home, nil); ok {
			s.shard[home].gets.Inc()
		}
		pin.Unpin(id)
		b.growFor(id)
		return v, stamp, ok
	}
	l := base.at(id)
	l.acquire()
	b.fold(l)
	if !s.private {
		v, stamp, ok = s.sharedGet(home, l)
	} else if l.loaded.n > 0 || l.reload(id) {
		v, stamp = l.loaded.pop()
		ok = true
	}
	if ok {
		race.Add(&l.gets, 1)
	}
	l.release()
	pin.Unpin(id)
	return v, stamp, ok
}

// putOrOverflow is the rest of Put. It enters pinned and leaves unpinned.
//
//go:noinline
func (b *Bag[T]) putOrOverflow(id int, v T) {
	if !b.putSlow(id, v, false) && b.policy.Overflow != nil {
		b.policy.Overflow(v)
	}
}

// putSlow enters pinned and leaves unpinned. With squeeze it also looks for room
// in magazines that are in rings and not quite full, as a Sweep can leave one.
func (b *Bag[T]) putSlow(id int, v T, squeeze bool) bool {
	stamp, asked := b.stamp.Load(), false
	if stamp == 0 && b.policy.Stamp != nil {
		pin.Unpin(id)
		stamp, asked = b.policy.Stamp(), true
		id = pin.Pin()
	}
	base := b.lanes.Load()
	if base == nil {
		pin.Unpin(id)
		panic(notMade)
	}
	ok := b.give(base, id, v, stamp, asked) || squeeze && base.store.squeeze(v, stamp)
	pin.Unpin(id)
	if asked && ok && b.policy.Stamped != nil {
		b.policy.Stamped()
	}
	if uint(id) >= base.count() && base.store.shards > 0 {
		b.growFor(id)
	}
	return ok
}

// give puts one value with its stamp. Pinned.
func (b *Bag[T]) give(base *lane[T], id int, v T, stamp int64, tidy bool) bool {
	s := base.store
	if s.shards == 0 { // closed
		return false
	}
	home := s.home(id)
	if uint(id) >= base.count() {
		ok := s.sharedPut(home, nil, v, stamp)
		if ok {
			s.shard[home].puts.Inc()
		}
		return ok
	}
	l := base.at(id)
	l.acquire()
	defer l.release()
	b.fold(l)
	if tidy {
		l.loaded.scrub()
		l.spare.scrub()
	}
	if !s.private {
		if !s.sharedPut(home, l, v, stamp) {
			return false
		}
	} else {
		if l.loaded.n == uint(len(l.loaded.cells)) {
			if !l.unload(id) {
				return false
			}
			b.observe(l)
		}
		l.loaded.push(v, stamp)
	}
	race.Add(&l.puts, 1)
	return true
}

// fold moves a lane's counters into the 64-bit totals where a word has 32 bits
// and is half full.
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

// growFor has a goroutine make a lane for the P numbered id: the runtime has
// got more Ps than there were.
func (b *Bag[T]) growFor(id int) {
	if !pin.Exclusive || !b.growing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer b.growing.Store(false)
		b.grow(id + 1)
	}()
}
