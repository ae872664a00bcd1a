package shard

import (
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// GetN takes up to len(dst) values into dst and returns how many. It stops early
// at a value that would have to be shown to Policy.Accept, and where nothing is
// private to a P; TryGet goes on from there.
func (b *Bag[T]) GetN(dst []T) int {
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
	base := b.lanes.Load()
	if base == nil || uint(id) >= base.count {
		return 0
	}
	l := base.at(id)
	l.acquire()
	defer l.release()
	if !base.store.private || !room(l.gets) || l.loaded.n == 0 && !l.reload(id) {
		return 0
	}
	cells, i, oldest := l.loaded.cells, l.loaded.n, b.oldest.Load()
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
	for len(src) > 0 {
		id := pin.Pin()
		k := b.putRun(id, src)
		if k > 0 {
			pin.Unpin(id)
		} else if b.putSlow(id, src[0]) { // makes room in the lane, too
			k = 1
		} else {
			b.putEach(src)
			return
		}
		src = src[k:]
	}
}

// putEach puts one value after the other; where the policy panics or exits over
// one, the rest is put all the same.
func (b *Bag[T]) putEach(src []T) {
	i := 0
	defer func() {
		if i < len(src) {
			b.putEach(src[i:])
		}
	}()
	for i < len(src) {
		v := src[i]
		i++
		b.Put(v)
	}
}

// putRun puts what the loaded magazine has room for. Pinned.
func (b *Bag[T]) putRun(id int, src []T) int {
	base := b.lanes.Load()
	if base == nil || uint(id) >= base.count {
		return 0
	}
	l := base.at(id)
	l.acquire()
	cells, i, stamp := l.loaded.cells, l.loaded.n, b.stamp.Load()
	if i >= uint(len(cells)) || stamp == 0 || !room(l.puts) {
		return 0
	}
	free := cells[i:]
	k := 0
	for k < len(src) && k < len(free) {
		c := &free[k]
		c.v, c.stamp = src[k], stamp
		k++
	}
	l.loaded.n = i + uint(k)
	race.Add(&l.puts, uint(k))
	l.release()
	return k
}
