package shard

import (
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// H1: where Policy.Lost and Admit are nil, Put calls Prepare without a deferred function that would see it panic or
// exit: that costs more than the call. Put counts the call in a lane's n before, and takes it back after, perhaps in
// another lane's n (or in totals.asking). So the sum of all, modulo the size of a word, is the number of values lost
// and of calls in flight.

// unseen is the type of a second parameter with which Put calls Prepare. It has no size, so no register holds it, and
// no function in the program has such a parameter. So the compiler cannot guess from a profile which function Put
// calls, to call it directly or inline it. Put must not be preempted there, and has little stack.
type (
	unseen      struct{}
	hook[T any] func(T, unseen)
)

// prepare asks the policy about v and reports whether it may enter. One that may
// not goes to Refused, or to Lost if the policy panics or exits over it.
//
//go:noinline
func (z *lazy[T, M]) prepare(v T) bool {
	b := z.made()
	if b.plain {
		return true
	}
	if b.ask != nil {
		b.askGuarded(v)
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
func (b *Bag[T]) putOrOverflow(v T) {
	if hitsHere[T]() && b.hitPut(&v, atom.LoadInt64(&b.stamp), nil) {
		return
	}
	if w := b.watch.Load(); w != nil && b.putWatched(w, v) {
		return
	}
	if b.ask != nil {
		b.totals.asking.Dec() // H1: Put did not take it back
	}
	if !b.put(v) && b.policy.Overflow != nil {
		b.policy.Overflow(v)
	}
}

// hitsHere reports that the functions of D1 have no hits: T is too large for them, or the machine is another. Then
// what they call begins with a hit, which copies the value twice instead of eight times. It does not under the race
// detector, which is told of more than a hit knows, nor under the explorer, which needs one way to the cells only.
func hitsHere[T any]() bool {
	return pin.Exclusive && !race.Enabled && !atom.Explored && (!pin.Direct || unsafe.Sizeof(*new(T)) > maxDirect)
}

// hitPut puts v where a hit does, if there is room and stamp is not 0. w is nil or the watch.
func (b *Bag[T]) hitPut(v *T, stamp int64, w *watch[T]) (ok bool) {
	id := pin.Pin()
	if head := b.header(); stamp != 0 && uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		if i := l.loaded.n; i < uint(len(l.loaded.cells)) && room(l.puts) {
			if w != nil {
				stamp = l.marked(w, stamp)
			}
			l.loaded.cells[i] = cell[T]{*v, stamp}
			l.loaded.n = i + 1
			race.Add(&l.puts, 1)
			if b.ask != nil {
				race.Add(&l.n, ^uint(0)) // H1
			}
			ok = true
		}
		l.release()
	}
	pin.Unpin(id)
	return ok
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

// stamped tells the owner of a value that has entered, if the owner was asked for its stamp or there are no lanes:
// these may have gone since, and with them the owner's ticks.
func (b *Bag[T]) stamped(stamp int64, asked bool) {
	if asked || b.policy.Owner != nil && b.header().n == 0 {
		b.policy.Owner.Stamped(unmarked(stamp))
	}
}

// stampNow returns the stamp for what is put now, perhaps marked, and whether the policy was asked for it.
func (b *Bag[T]) stampNow() (stamp int64, asked bool) {
	b.current() // there is a store from here on
	stamp = atom.LoadInt64(b.stampAt())
	if stamp == 0 && b.policy.Owner != nil {
		stamp, asked = b.policy.Owner.Stamp(), true
	}
	if w := b.watch.Load(); w != nil {
		stamp = w.marked(stamp)
	}
	return stamp, asked
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

// laneGive is give if the P has a lane.
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

// makeRoom makes room in the loaded magazine, if it is full and there is room elsewhere for what is in it. values is
// how many are to come.
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

// giveMore sees to what a give lacked. If v is still out, it puts v after all if there is room anywhere: in a new
// shard, at a housekeeper's, in others' hands, or with Ps that have it to themselves.
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
	if b.giveOwn(v, stamp) {
		return true
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

// giveOwn puts v into the P's own magazine beyond its limit, which doubles: there is room nowhere else, and the room
// in that magazine is nobody else's.
func (b *Bag[T]) giveOwn(v T, stamp int64) (ok bool) {
	id := pin.Pin()
	if head := b.header(); uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		if p := l.loaded.p; p != nil && len(l.loaded.cells) < int(p.size) {
			l.grow(id) // it needs no other magazine
			l.loaded.cells[l.loaded.n] = cell[T]{v, stamp}
			l.loaded.n++
			race.Add(&l.puts, 1)
			ok = true
		}
		l.release()
	}
	pin.Unpin(id)
	return ok
}
