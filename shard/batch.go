package shard

import (
	stdatomic "sync/atomic"
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/each"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// GetN fills dst with values as Get returns them, for less each. If the policy
// panics or exits over one, those taken so far go back and dst is cleared.
func (b *Bag[T]) GetN(dst []T) { getN(b, dst) }

// getN is GetN where the loaded magazine has all of them. D1.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func getN[T any](b *Bag[T], dst []T) {
	k := 0
	if pin.Direct && unsafe.Sizeof(*new(T)) <= maxDirectN {
		m, off := pin.M(), pin.Offset
		oldest := stdatomic.LoadInt64(&b.oldest)
		if off != 0 && oldest != 0 {
			head := (*lane[T])(stdatomic.LoadPointer(&b.lanes))
			id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if id < head.n {
				l := (*lane[T])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
				if i := l.loaded.n; i >= uint(len(dst)) && i <= uint(len(l.loaded.cells)) {
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
					l.gets += uint(k)
				}
			}
		}
	}
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
		if b.policy.Returned != nil {
			b.policy.Returned(v)
		}
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
	oldest, head := atom.LoadInt64(&b.oldest), b.header()
	if oldest == 0 || uint(id) >= head.n || !head.store.private {
		return 0
	}
	l := head.at(uint(id))
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
func (b *Bag[T]) PutN(src []T) { putN(b, src) }

// putN is PutN. D1.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func putN[T any](b *Bag[T], src []T) {
	if !pin.Direct || unsafe.Sizeof(*new(T)) > maxDirectN {
		b.putEach(src)
		return
	}
	if b.admits {
		b.putEach(src)
		return
	}
	for len(src) > 0 {
		k := 0
		m, off := pin.M(), pin.Offset
		stamp := stdatomic.LoadInt64(&b.stamp)
		if off != 0 && stamp != 0 {
			head := (*lane[T])(stdatomic.LoadPointer(&b.lanes))
			id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if id < head.n {
				l := (*lane[T])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
				if i := l.loaded.n; i <= uint(len(l.loaded.cells)) {
					free := l.loaded.cells[i:]
					for k < len(src) && k < len(free) {
						c := &free[k]
						c.v = src[k]
						c.stamp = stamp
						k++
					}
					l.loaded.n = i + uint(k)
					l.puts += uint(k)
				}
			}
		}
		if src = src[k:]; len(src) == 0 {
			return
		}
		if !b.putSlow(src[0], false) { // makes room in the lane, too
			b.putEach(src) // from here on the policy may panic
			return
		}
		src = src[1:]
	}
}

// putEach puts one value after the other; where the policy panics or exits over
// one, the rest is put all the same.
func (b *Bag[T]) putEach(src []T) { each.Do(src, b.Put) }
