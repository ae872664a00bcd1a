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
	v, ok := b.find(false)
	if !ok && b.policy.Miss != nil {
		return b.policy.Miss()
	}
	return v
}

// getOrNot is the rest of TryGet.
//
//go:noinline
func (b *Bag[T]) getOrNot() (T, bool) { return b.find(true) }

// find takes a value that the policy accepts, from wherever there is one. all is for every one that is held; else
// some may be left to Ps that have them to themselves: E4.
func (b *Bag[T]) find(all bool) (T, bool) {
	for {
		f := b.take()
		if f.needs != 0 {
			f = b.takeMore(f, all)
		}
		if !f.ok || f.hit || b.policy.Accept == nil || f.stamp >= b.oldestNow() || b.policy.Accept(f.v, f.stamp) {
			return f.v, f.ok
		}
	}
}

// oldestNow returns the lowest stamp of a value that the policy need not see.
func (b *Bag[T]) oldestNow() int64 {
	if b.policy.Owner == nil || b.policy.Vet {
		return atom.LoadInt64(&b.oldest)
	}
	return b.policy.Owner.Oldest()
}

// found is what a take found.
type found[T any] struct {
	v     T
	stamp int64
	ok    bool
	hit   bool // it was in the P's own memory and is not too old
	needs needs
	kept  uint64 // Bag.kept before
}

// needs is what an operation found wanting, to be seen to when it is no longer pinned.
type needs uint8

const (
	needsValue needs = 1 << iota // there was none
	needsRoom                    // there was none, or no magazine for a lane to have
	needsLane                    // other Ps have lanes
	needsRate                    // there may have been so many operations that Ps should have lanes
)

// take takes one value, whatever its stamp. It begins with the hit once more, with the spare magazine,
// too, for the builds and types that have no other way to it.
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

// laneTake is take where the P has a lane.
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
		*c = cell[T]{} // it may be refused
	}
	race.Add(&l.gets, 1)
}

// takeMore sees to what a take found wanting, and if that was a value takes one after all, if one is held
// anywhere: by a housekeeper, or by Ps that have it to themselves.
//
//go:noinline
func (b *Bag[T]) takeMore(f found[T], all bool) found[T] {
	b.see(f.needs)
	if f.needs&needsValue == 0 {
		return f
	}
	// In this order: what lanes had before it is in the rings is a housekeeper's, who counts it after.
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

// H1: where Policy.Lost and Admit are nil, Put calls Prepare without a deferred
// function that would see it panic or exit: that costs more than the call. It counts
// the call in a lane's n before and takes it back after, on whatever lanes (or in
// totals.asking), so that the sum of all, modulo the size of a word, is the number
// of values lost and of calls in flight.

// unseen is the type of a second parameter that Put calls Prepare with. It has no size and so is nothing in any register, and no
// function has it. So the compiler cannot guess from a profile which function that may be, and call that one, or have its body
// in Put instead of a call: in a function that must not be preempted, and has little stack.
type (
	unseen      struct{}
	hook[T any] func(T, unseen)
)

// askElsewhere calls ask, and counts the call, where the P has no lane.
//
//go:noinline
func (b *Bag[T]) askElsewhere(v T) {
	b.totals.asking.Inc()
	b.policy.Prepare(v)
}

// prepare asks the policy about v and reports whether it may enter. One that may
// not goes to Refused, or to Lost if the policy panics or exits over it.
//
//go:noinline
func (b *Bag[T]) prepare(v T) bool {
	if b.ask != nil {
		b.prepareZero(v)
		return true
	}
	asking := b // nil once the policy has returned
	defer func() {
		if asking == nil {
			return
		}
		if asking.policy.Lost == nil {
			asking.blame(v)
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

// putOrOverflow is the rest of Put.
//
//go:noinline
func (b *Bag[T]) putOrOverflow(v T) {
	if b.ask != nil {
		b.totals.asking.Dec() // H1: Put did not take it back
	}
	if !b.put(v) && b.policy.Overflow != nil {
		b.policy.Overflow(v)
	}
}

// put puts v, if there is room for it anywhere.
func (b *Bag[T]) put(v T) bool {
	stamp, asked := b.stampNow()
	ok, needs := b.give(v, stamp)
	if needs != 0 {
		ok = b.giveMore(v, stamp, ok, needs)
	}
	if ok {
		b.stamped(stamp, asked)
	}
	return ok
}

// stamped tells the owner of a value that has entered. It does so where it was not asked for the stamp, too, if there
// are no lanes: they may have gone since, and with them the owner's ticks.
func (b *Bag[T]) stamped(stamp int64, asked bool) {
	if asked || b.policy.Owner != nil && b.header().n == 0 {
		b.policy.Owner.Stamped(stamp)
	}
}

// stampNow returns the stamp for what is put now, and whether the policy was asked for it.
func (b *Bag[T]) stampNow() (stamp int64, asked bool) {
	b.current() // there is a store from here on
	stamp = atom.LoadInt64(&b.stamp)
	if stamp == 0 && b.policy.Owner != nil {
		return b.policy.Owner.Stamp(), true
	}
	return stamp, false
}

// give puts v if there is room in the P's own memory or in a ring.
func (b *Bag[T]) give(v T, stamp int64) (ok bool, n needs) {
	b.order()
	id := pin.Pin()
	head := b.header()
	if uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		ok, n = b.laneGive(l, id, v, stamp)
		l.release()
	} else if p := head.store.popRoom(id, nil, false); p != nil {
		puts := p.home.puts.Inc()
		p.push(v, stamp)
		head.store.push(p)
		ok = true
		if puts%sharedPuts == 0 {
			n |= needsRate
		}
		if head.n > 0 {
			n |= needsLane
		}
	} else {
		n |= needsRoom
	}
	pin.Unpin(id)
	b.unorder()
	return ok, n
}

// laneGive is give where the P has a lane.
func (b *Bag[T]) laneGive(l *lane[T], id int, v T, stamp int64) (ok bool, n needs) {
	b.fold(l)
	n = b.makeRoom(l, id, 1)
	if l.loaded.n < uint(len(l.loaded.cells)) {
		l.loaded.cells[l.loaded.n] = cell[T]{v, stamp}
		l.loaded.n++
	} else {
		p := l.store.popRoom(id, l, false)
		if p == nil {
			return false, n | needsRoom
		}
		race.Add(&l.puts, 1) // C2
		p.home.gave(1)
		p.push(v, stamp)
		l.store.push(p)
		return true, n
	}
	race.Add(&l.puts, 1)
	return true, n
}

// makeRoom makes room in the loaded magazine, if it is full and there is room elsewhere for what is
// in it. values are to come.
func (b *Bag[T]) makeRoom(l *lane[T], id, values int) (n needs) {
	if !l.hasLooked(b.tick.Load()) {
		b.look(l, id)
	}
	if l.loaded.n < uint(len(l.loaded.cells)) {
		return 0
	}
	if l.spare != nil && l.spareN < l.spare.size {
		l.swap()
		return 0
	}
	if !b.trip(l, id, values) {
		n = needsRoom
	}
	if l.loaded.n == uint(len(l.loaded.cells)) && len(l.loaded.cells) > 1 {
		l.spill(id)
	}
	b.observe(l, b.header().n)
	return n
}

// giveMore sees to what a give found wanting, and if v is still out puts it after all, if there is room
// anywhere: in a shard more, at a housekeeper's, in others' hands, or with Ps that have it to themselves.
//
//go:noinline
func (b *Bag[T]) giveMore(v T, stamp int64, ok bool, n needs) bool {
	b.see(n)
	if ok {
		return true
	}
	for range handTries {
		kept := b.kept.Load()
		if ok, n = b.give(v, stamp); ok {
			return true
		}
		if b.estimate() >= b.Cap() && b.busy.Load() == 0 && b.kept.Load() == kept {
			b.peak(b.Cap())
			return false
		}
		b.see(n)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for range handTries {
		if ok, _ = b.give(v, stamp); ok || b.closed || b.sample() >= b.Cap() {
			return ok
		}
		b.current().extend(b.Cap()) // a housekeeper may have left a store without shards
	}
	if b.header().n > 0 && b.mayStop() {
		b.gather()
		ok, _ = b.give(v, stamp)
	}
	return ok
}

// see sees to what an operation found wanting, but for values.
func (b *Bag[T]) see(n needs) {
	if n&needsRoom != 0 {
		b.extend()
	}
	if n&needsLane != 0 {
		b.growLanes()
	}
	if n&needsRate != 0 {
		b.rate(2 * sharedPuts) // as many Gets, too
	}
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
