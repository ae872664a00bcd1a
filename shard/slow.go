package shard

import (
	"math/bits"

	"github.com/plungepool/plunge/internal/atom"
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

// getOrMiss is the rest of Get.
//
//go:noinline
func (b *Bag[T]) getOrMiss() T {
	v, ok := b.getOrNot()
	if !ok && b.policy.Miss != nil {
		return b.policy.Miss()
	}
	return v
}

// getOrNot is the rest of TryGet. It begins with the hit once more, between Pin and
// Unpin: for the builds in which pin.Here does not know where it is, and for a T
// that is no job for a nosplit function; and with the spare magazine, for bursts over
// the edge of one.
//
//go:noinline
func (b *Bag[T]) getOrNot() (v T, ok bool) {
	_ = b.admits // a nil b panics here, not pinned
	id := pin.Pin()
	if oldest, head := atom.LoadInt64(&b.oldest), b.header(); oldest != 0 && uint(id) < head.n {
		l := head.at(uint(id))
		if race.Enabled {
			l.acquire()
		}
		if l.loaded.n == 0 && l.spare.n > 0 {
			l.swap()
		}
		cells, i := l.loaded.cells, l.loaded.n-1
		if i < uint(len(cells)) && cells[i].stamp >= oldest && room(l.gets) {
			race.Add(&l.gets, 1)
			v = cells[i].v
			l.loaded.n = i
			if race.Enabled {
				l.release()
			}
			pin.Unpin(id)
			return v, true
		}
		if race.Enabled {
			l.release()
		}
	}
	pin.Unpin(id)
	return b.getSlow()
}

// getSlow takes a value that the policy accepts, from wherever there is one.
//
//go:noinline
func (b *Bag[T]) getSlow() (T, bool) {
	for {
		b.order()
		v, stamp, ok := b.take()
		b.unorder()
		if !ok || b.policy.Accept == nil {
			return v, ok
		}
		if !b.policy.Vet && stamp >= b.threshold.Load() || b.policy.Accept(v, stamp) {
			return v, true
		}
	}
}

// take takes one value, whatever its stamp.
func (b *Bag[T]) take() (v T, stamp int64, ok bool) {
	_ = b.admits // a nil b panics here, not pinned
	id := pin.Pin()
	head := b.header()
	if head == nil {
		pin.Unpin(id)
		panic(notMade)
	}
	s := head.store
	if s.shards == 0 { // closed
		pin.Unpin(id)
		return v, 0, false
	}
	home := s.home(id)
	if uint(id) >= head.n {
		if v, stamp, ok = s.sharedGet(home, nil); ok {
			s.shard[home].gets.Inc()
		}
		pin.Unpin(id)
		b.growFor(id)
		return v, stamp, ok
	}
	l := head.at(uint(id))
	l.acquire()
	b.fold(l)
	if !s.private {
		v, stamp, ok = s.sharedGet(home, l)
	} else if l.loaded.n > 0 || l.reload(id) {
		v, stamp = l.loaded.pop()
		ok = true
		if b.policy.Forget {
			l.loaded.cells[l.loaded.n] = cell[T]{}
		}
	}
	if ok {
		race.Add(&l.gets, 1)
	}
	l.release()
	pin.Unpin(id)
	return v, stamp, ok
}

// H1: where Policy.Lost and Admit are nil, Put calls Prepare without a deferred
// function that would see it panic or exit: that costs more than the call. It counts
// the call in a lane's n before and takes it back after, on whatever lanes (or in
// totals.asking), so that the sum of all, modulo the size of a word, is the number
// of values lost and of calls in flight.

// askElsewhere counts a call of ask where the P has no lane.
//
//go:noinline
func (b *Bag[T]) askElsewhere() { b.totals.asking.Inc() }

// asked takes back what was counted before a call of ask.
//
//go:noinline
func (b *Bag[T]) asked() { b.totals.asking.Dec() }

// prepare asks the policy about v and reports whether it may enter. One that may
// not goes to Refused, or to Lost if the policy panics or exits over it.
//
//go:noinline
func (b *Bag[T]) prepare(v T) bool {
	asking := b // nil once the policy has returned
	defer func() {
		if asking == nil {
			return
		}
		if asking.policy.Lost == nil {
			asking.totals.asking.Inc()
			return
		}
		asking.policy.Lost(v)
	}()
	if b.policy.Prepare != nil {
		b.policy.Prepare(v)
	}
	admitted := b.policy.Admit == nil || b.policy.Admit(v)
	asking = nil
	if !admitted && b.policy.Refused != nil {
		b.policy.Refused(v)
	}
	return admitted
}

// putOrOverflow is the rest of Put. It begins as getOrNot does.
//
//go:noinline
func (b *Bag[T]) putOrOverflow(v T) {
	_ = b.admits // a nil b panics here, not pinned
	id := pin.Pin()
	if stamp, head := atom.LoadInt64(&b.stamp), b.header(); stamp != 0 && uint(id) < head.n {
		l := head.at(uint(id))
		if race.Enabled {
			l.acquire()
		}
		if l.loaded.n == uint(len(l.loaded.cells)) && l.spare.n < uint(len(l.spare.cells)) {
			l.swap()
			b.observe(l)
		}
		cells, i := l.loaded.cells, l.loaded.n
		if i < uint(len(cells)) && room(l.puts) {
			c := &cells[i]
			c.stamp = stamp
			l.loaded.n = i + 1
			race.Add(&l.puts, 1)
			c.v = v
			if race.Enabled {
				l.release()
			}
			pin.Unpin(id)
			return
		}
		if race.Enabled {
			l.release()
		}
	}
	pin.Unpin(id)
	if !b.putSlow(v, false) && b.policy.Overflow != nil {
		b.policy.Overflow(v)
	}
}

// putSlow puts v as far as there is room. With squeeze it also looks for room in
// magazines that are in rings and not quite full, as a Sweep can leave one.
func (b *Bag[T]) putSlow(v T, squeeze bool) bool {
	_ = b.admits // a nil b panics here, not pinned
	b.order()
	id := pin.Pin()
	stamp, asked := atom.LoadInt64(&b.stamp), false
	if stamp == 0 && b.policy.Stamp != nil {
		pin.Unpin(id)
		b.unorder()
		stamp, asked = b.policy.Stamp(), true
		b.order()
		id = pin.Pin()
	}
	head := b.header()
	if head == nil {
		pin.Unpin(id)
		b.unorder()
		panic(notMade)
	}
	ok := b.give(head, id, v, stamp, asked) || squeeze && head.store.squeeze(v, stamp)
	pin.Unpin(id)
	b.unorder()
	if asked && ok && b.policy.Stamped != nil {
		b.policy.Stamped()
	}
	if uint(id) >= head.n && head.store.shards > 0 {
		b.growFor(id)
	}
	return ok
}

// give puts one value with its stamp. Pinned.
func (b *Bag[T]) give(head *lane[T], id int, v T, stamp int64, tidy bool) bool {
	s := head.store
	if s.shards == 0 { // closed
		return false
	}
	home := s.home(id)
	if uint(id) >= head.n {
		ok := s.sharedPut(home, nil, v, stamp)
		if ok {
			s.shard[home].puts.Inc()
		}
		return ok
	}
	l := head.at(uint(id))
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
