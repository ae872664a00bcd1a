package shard

import (
	"github.com/plungepool/plunge/internal/each"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// GetN fills dst with values as Get returns them, for less each. If the policy
// panics or exits over one, those taken so far go back and dst is cleared.
//
// Where the loaded magazine has all of them there is one call, as in Get: for a
// batch of four another would cost a tenth of the whole.
func (b *Bag[T]) GetN(dst []T) {
	_ = b.admits // a nil b panics here, not pinned
	k := 0
	id := pin.Pin()
	if oldest := b.oldest.Load(); oldest != 0 {
		if base := b.lanes.Load(); uint(id) < base.count() {
			l := base.at(id)
			if race.Enabled {
				l.acquire()
			}
			if i := l.loaded.n; i >= uint(len(dst)) && room(l.gets) {
				cells := l.loaded.cells[:i]
				for k < len(dst) {
					c := &cells[len(cells)-1-k]
					if c.stamp < oldest {
						break
					}
					dst[k] = c.v
					k++
				}
				l.loaded.n = i - uint(k)
				race.Add(&l.gets, uint(k))
			}
			if race.Enabled {
				l.release()
			}
		}
	}
	pin.Unpin(id)
	if k < len(dst) {
		b.getRest(dst, k)
	}
}

// getRest is GetN with dst[:n] done.
func (b *Bag[T]) getRest(dst []T, n int) {
	defer func() {
		if n < len(dst) {
			b.putBack(dst[:n])
		}
	}()
	for {
		// First what can be had without asking the policy.
		if n += b.TryGetN(dst[n:]); n == len(dst) {
			return
		}
		dst[n] = b.Get()
		n++
	}
}

// putBack returns values that were taken and not handed out.
func (b *Bag[T]) putBack(vs []T) {
	defer clear(vs)
	each.Do(vs, func(v T) {
		if !b.TryPut(v) && b.policy.Overflow != nil {
			b.policy.Overflow(v)
		}
	})
}

// TryGetN takes up to len(dst) values into dst and returns how many. It stops
// early at a value that would have to be shown to Policy.Accept, and where
// nothing is private to a P; TryGet goes on from there.
func (b *Bag[T]) TryGetN(dst []T) int {
	_ = b.admits // a nil b panics here, not pinned
	n := 0
	for n < len(dst) {
		id := pin.Pin()
		k := b.getRun(id, dst[n:])
		pin.Unpin(id)
		if k == 0 {
			break
		}
		n += k
	}
	return n
}

// getRun takes what one magazine has for dst. Pinned.
func (b *Bag[T]) getRun(id int, dst []T) int {
	oldest, base := b.oldest.Load(), b.lanes.Load()
	if oldest == 0 || uint(id) >= base.count() || !base.store.private {
		return 0
	}
	l := base.at(id)
	l.acquire()
	defer l.release()
	if !room(l.gets) || l.loaded.n == 0 && !l.reload(id) {
		return 0
	}
	cells, i := l.loaded.cells, l.loaded.n
	k := 0
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
	return k
}

// PutN adds the values of src, as Put does. It keeps no reference to src.
func (b *Bag[T]) PutN(src []T) {
	if b.admits {
		b.putEach(src)
		return
	}
	for {
		k := 0
		id := pin.Pin()
		if stamp := b.stamp.Load(); stamp != 0 {
			if base := b.lanes.Load(); uint(id) < base.count() {
				l := base.at(id)
				if race.Enabled {
					l.acquire()
				}
				i := l.loaded.n
				if i <= uint(len(l.loaded.cells)) && room(l.puts) {
					free := l.loaded.cells[i:]
					for k < len(src) && k < len(free) {
						c := &free[k]
						c.v, c.stamp = src[k], stamp
						k++
					}
					l.loaded.n = i + uint(k)
					race.Add(&l.puts, uint(k))
				}
				if race.Enabled {
					l.release()
				}
			}
		}
		if src = src[k:]; len(src) == 0 {
			pin.Unpin(id)
			return
		}
		if !b.putSlow(id, src[0], false) { // makes room in the lane, too
			b.putEach(src) // from here on the policy may panic
			return
		}
		if src = src[1:]; len(src) == 0 {
			return
		}
	}
}

// putEach puts one value after the other; where the policy panics or exits over
// one, the rest is put all the same.
func (b *Bag[T]) putEach(src []T) { each.Do(src, b.Put) }
