package shard

import (
	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/each"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// GetN fills dst with values. It is cheaper than len(dst) calls of Get. If the policy panics or exits over one
// value, those taken so far return to the bag and dst is cleared.
func (b *Bag[T]) GetN(dst []T) { GetNBy[T, None[T]](b, dst) }

// getRest is GetN with dst[:n] done.
func (b *Bag[T]) getRest(dst []T, n int) {
	defer func() {
		if n < len(dst) {
			b.putBack(dst[:n])
		}
	}()
	for n < len(dst) {
		if k := b.hitRun(dst[n:]); k > 0 {
			n += k
			continue
		}
		if b.watch.Load() != nil {
			dst[n] = b.getOrMiss()
			n++
			continue
		}
		var f found[T]
		k := b.takeRun(dst[n:], &f)
		if n += k; k > 0 || f.ok && !b.policy.Accept(f.v, f.stamp) {
			continue
		}
		if !f.ok {
			f.v = b.Get()
		}
		dst[n] = f.v
		n++
	}
}

// putBack returns values that were taken and not handed out.
func (b *Bag[T]) putBack(vs []T) {
	defer clear(vs)
	each.Do(vs, func(v T) {
		if w := b.watch.Load(); w != nil {
			w.back(v)
		}
		if b.policy.Returned != nil {
			b.policy.Returned(v)
		}
		if !b.TryPut(v) && b.policy.Overflow != nil {
			b.policy.Overflow(v)
		}
	})
}

// TryGetN takes up to len(dst) values into dst and returns how many. It stops at a value that Policy.Accept may
// have to see. TryGet goes on from there.
func (b *Bag[T]) TryGetN(dst []T) int {
	n := 0
	for n < len(dst) {
		k := b.hitRun(dst[n:])
		if k == 0 {
			k = b.takeRun(dst[n:], nil)
		}
		if k == 0 {
			break
		}
		n += k
	}
	return n
}

// hitRun takes into dst what one magazine of the P's own memory has and the policy need not see.
func (b *Bag[T]) hitRun(dst []T) int {
	_ = b.plain // a nil b panics here, before it is pinned
	k := 0
	id := pin.Pin()
	if oldest, head := atom.LoadInt64(&b.oldest), b.header(); head != nil && uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		b.fold(l)
		if l.loaded.n == 0 && l.spare != nil && l.spareN > 0 {
			l.swap()
		}
		cells, i := l.loaded.cells, l.loaded.n
		for k < len(dst) {
			i--
			if i >= uint(len(cells)) || cells[i].stamp < oldest {
				i++
				break
			}
			dst[k] = cells[i].v
			k++
		}
		l.loaded.n = i
		race.Add(&l.gets, uint(k))
		l.release()
	}
	pin.Unpin(id)
	return k
}

// takeRun takes into dst what one magazine has and the policy need not see, from the shared tier or the P's own
// memory. If the first value is one that the policy has to see, it takes that one into f, unless f is nil.
func (b *Bag[T]) takeRun(dst []T, f *found[T]) int {
	if b.hold > 0 {
		return 0 // with Hold, what may be taken is found one at a time
	}
	b.current() // there is a store from here on
	r := run[T]{dst: dst, f: f, oldest: minStamp}
	if b.policy.Accept != nil {
		r.oldest = b.oldestNow()
	}
	var n needs
	b.order()
	id := pin.Pin()
	head := b.header()
	if uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		n = b.laneTakeRun(l, id, &r)
		l.release()
	} else {
		if p, stolen := head.store.popSome(id, nil, true); p != nil {
			k := r.count(p)
			p.home.gets.Add(uint64(k)) // C2
			p.home.sink(k, stolen)
			r.take(p, k)
			head.store.push(p)
		}
		if head.n > 0 {
			n = needsLane
		}
	}
	pin.Unpin(id)
	b.unorder()
	b.see(n)
	return r.n
}

// run has the arguments and results of takeRun.
type run[T any] struct {
	dst    []T
	n      int       // values taken for dst
	f      *found[T] // or else one value that the policy has to see
	oldest int64     // the policy need not see what is no older than this
}

// count returns how many values the run takes of p, which has some.
func (r *run[T]) count(p *parked[T]) uint32 {
	k := uint32(0)
	for k < p.n && int(k) < len(r.dst) && p.cells[p.n-1-k].stamp >= r.oldest {
		k++
	}
	if k == 0 && r.f != nil {
		k = 1
	}
	return k
}

// take takes k values of p.
func (r *run[T]) take(p *parked[T], k uint32) {
	for range k {
		if v, stamp := p.pop(); stamp >= r.oldest {
			r.dst[r.n] = v
			r.n++
		} else {
			r.f.v, r.f.stamp, r.f.ok = v, unmarked(stamp), true
		}
	}
}

// laneTakeRun is takeRun if the P has a lane.
func (b *Bag[T]) laneTakeRun(l *lane[T], id int, r *run[T]) (n needs) {
	b.fold(l)
	if l.loaded.n == 0 {
		if !l.hasLooked(b.tick.Load()) {
			b.look(l, id)
		}
		if !b.trip(l, id, len(r.dst)) {
			n = needsRoom
		}
		if l.loaded.p != nil {
			l.refill(id)
		} else if p, stolen := l.store.popSome(id, l, true); p != nil {
			k := r.count(p)
			p.home.took(k, stolen) // C2
			r.take(p, k)
			l.store.push(p)
			race.Add(&l.gets, uint(k))
			return n
		}
	}
	if p := l.loaded.p; p != nil && l.loaded.n > 0 {
		p.n = uint32(l.loaded.n)
		k := r.count(p)
		r.take(p, k)
		l.loaded.n = uint(p.n)
		race.Add(&l.gets, uint(k))
	}
	return n
}

// PutN adds the values of src, as Put does. It keeps no reference to src.
func (b *Bag[T]) PutN(src []T) { PutNBy[T, None[T]](b, src) }

// putRest is PutN where the loaded magazine has no room for all.
func (b *Bag[T]) putRest(src []T) {
	if !b.plain || b.watch.Load() != nil {
		b.putEach(src)
		return
	}
	for len(src) > 0 {
		k := b.putRun(src)
		if k == 0 {
			b.putEach(src) // from here on the policy may panic
			return
		}
		src = src[k:]
	}
}

// putEach puts one value after the other; where the policy panics or exits over
// one, the rest is put all the same.
func (b *Bag[T]) putEach(src []T) { each.Do(src, b.Put) }

// putRun puts the first values of src, as many as one exchange with the shared tier makes room for, and
// returns how many: 0 if the bag is full.
func (b *Bag[T]) putRun(src []T) int {
	stamp, asked := b.stampNow()
	k, n := b.giveRun(src, stamp)
	if n != 0 && b.giveMore(src[0], stamp, k > 0, n) {
		k = max(k, 1)
	}
	if k > 0 {
		b.stamped(stamp, asked)
	}
	return k
}

// giveRun puts the first values of src as far as there is room for them in the P's own memory, or in one
// magazine.
func (b *Bag[T]) giveRun(src []T, stamp int64) (k int, n needs) {
	weigh := false
	b.order()
	id := pin.Pin()
	head := b.header()
	if uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		k, n = b.laneGiveRun(l, id, src, stamp)
		l.release()
	} else if p := head.store.popRoom(id, nil, false); p != nil {
		k = min(len(src), int(p.size-p.n))
		p.home.puts.Add(uint64(k))
		p.pushRun(src[:k], stamp)
		head.store.push(p)
		weigh = head.n == 0
		if head.n > 0 {
			n |= needsLane
		}
	} else {
		n = needsRoom
	}
	pin.Unpin(id)
	b.unorder()
	if weigh {
		b.rate(2*int64(1+k/valuesPerTrip), 0)
	}
	return k, n
}

// laneGiveRun is giveRun if the P has a lane.
func (b *Bag[T]) laneGiveRun(l *lane[T], id int, src []T, stamp int64) (k int, n needs) {
	b.fold(l)
	n = b.makeRoom(l, id, len(src))
	free := l.loaded.cells[l.loaded.n:]
	k = min(len(src), len(free))
	for i, v := range src[:k] {
		free[i] = cell[T]{v, stamp}
	}
	l.loaded.n += uint(k)
	if k == 0 {
		p := l.store.popRoom(id, l, false)
		if p == nil {
			return 0, n | needsRoom
		}
		k = min(len(src), int(p.size-p.n))
		race.Add(&l.puts, uint(k)) // C2
		p.home.gave(uint32(k))
		p.pushRun(src[:k], stamp)
		l.store.push(p)
		return k, n
	}
	race.Add(&l.puts, uint(k))
	return k, n
}

// pushRun puts values into a magazine that has room for them. Only for its owner.
func (p *parked[T]) pushRun(src []T, stamp int64) {
	p.make(int(p.n) + len(src))
	for i, v := range src {
		p.cells[int(p.n)+i] = cell[T]{v, stamp}
	}
	p.n += uint32(len(src))
}
