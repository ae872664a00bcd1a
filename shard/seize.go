package shard

import (
	"cmp"
	"fmt"
	"slices"
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/pin"
)

// Seizing. To get at the private magazines of other Ps, idle ones included, a
// seizer replaces the whole store by a fresh one and waits for a grace period.
//
// S1: a pinned section touches no store but those that it found in Bag.lanes
// itself, and keeps no pointer into one beyond its end.
//
// S2: after the grace period no section that could have found the old store
// is running, so every magazine of it is in a lane or a ring (B2), and all of
// it belongs to the seizer alone, to be read and written plainly.
//
// S3: mu is held from the replacement until the survivors are back, so that no
// other seizer returns while values from before its call are still in hands.

// seize replaces the store by next and returns the old one, which is then the
// caller's. mu is held.
func (b *Bag[T]) seize(next *store[T]) *store[T] {
	old := (*lane[T])(atom.SwapPointer(&b.lanes, unsafe.Pointer(next.header()))).store
	grace.Wait()
	for i := range old.lane {
		old.lane[i].acquire()
	}
	return old
}

// Sweep takes out the values with a stamp lower than before, as far as keep
// values are left, the oldest first, and returns them; with them those that
// found no room on their way back because others had put new ones meanwhile,
// which the second result has. Values put before the call are seen whatever P
// put them. While it runs, Get and Put go on in an empty store: values that
// stay are out of their reach for some 10 microseconds and 20 ns a value.
//
// next is a lower bound for the stamps of the values that were left and are not
// lower than before; maxStamp if there are none.
func (b *Bag[T]) Sweep(before int64, keep int) (swept, crowded []T, next int64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sweep(before, keep, 0)
}

func (b *Bag[T]) sweep(before int64, keep, lanes int) (swept, crowded []T, next int64) {
	next = maxStamp
	if b.closed {
		return nil, nil, next
	}
	b.sample()
	empty := b.fresh(max(lanes, b.current().lanes))
	b.order() // T1
	defer b.unorder()
	old := b.seize(empty)
	held := old.drain()
	b.retire(old)

	// Partition: stale values to the front.
	stale := 0
	for i := range held {
		if held[i].stamp < before {
			held[stale], held[i] = held[i], held[stale]
			stale++
		} else {
			next = min(next, held[i].stamp)
		}
	}
	if quota := max(len(held)-keep, 0); stale > quota {
		selectOldest(held[:stale], quota)
		stale = quota
	}
	back := b.restock(held[stale:])
	swept = values(held[:stale])
	crowded = values(held[stale+back:])
	n := len(swept) + len(crowded)
	b.totals.dropped.Add(uint64(n))
	b.totals.gone.Add(int64(n))
	return swept, crowded, next
}

// Resize changes the capacity to n, 0 to MaxCapacity, and returns what has no room
// any more: the oldest values, and those that found none on their way back because
// others had put new ones meanwhile. Like Sweep it waits for a grace period; Get and
// Put go on. When it returns no more than n values are held, and B1 holds for n. Of a
// closed bag it returns nothing.
func (b *Bag[T]) Resize(n int) []T {
	if n < 0 || n > MaxCapacity {
		panic(fmt.Sprintf("shard: Resize to %d; it must be 0 to %d", n, MaxCapacity))
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || n == b.Cap() {
		return nil
	}
	b.capacity.Store(int32(n))
	// Without lanes, as at capacity 0, no P asks for more: those there are now.
	swept, crowded, _ := b.sweep(maxStamp, n, 0)
	return append(swept, crowded...)
}

// Close empties the bag for good and returns what it held. Afterwards Get
// misses and Put overflows. Further calls return nothing.
func (b *Bag[T]) Close() []T {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.sample()
	b.closed = true
	b.order() // T1
	defer b.unorder()
	old := b.seize(newStore[T](geometry{}))
	held := old.drain()
	b.retire(old)
	b.totals.dropped.Add(uint64(len(held)))
	b.totals.gone.Add(int64(len(held)))
	return values(held)
}

// grow replaces the store by one with lanes for n Ps if it has fewer.
func (b *Bag[T]) grow(n int) {
	b.mu.Lock()
	var crowded []T
	if b.current().lanes < n {
		_, crowded, _ = b.sweep(minStamp, b.Cap(), n)
	}
	b.mu.Unlock()
	if len(crowded) > 0 && b.policy.Crowded != nil {
		b.policy.Crowded(crowded)
	}
}

// drain collects everything a seized store holds.
func (s *store[T]) drain() []cell[T] {
	var held []cell[T]
	for i := range s.lane {
		l := &s.lane[i]
		held = append(held, l.loaded.cells[:l.loaded.n]...)
		held = append(held, l.spare.cells[:l.spare.n]...)
	}
	for i := range s.shard {
		for {
			h, ok := s.shard[i].full.TryPop()
			if !ok {
				break
			}
			m := s.open(h)
			held = append(held, m.cells[:m.n]...)
		}
	}
	return held
}

// restock puts values back with the stamps they have, a magazine at a time, and
// returns how many found room.
func (b *Bag[T]) restock(held []cell[T]) int {
	n := 0
	for n < len(held) {
		id := pin.Pin()
		s := b.current()
		h, ok := s.takeEmpty(n%s.shards, nil)
		if ok {
			m := s.open(h)
			k := copy(m.cells, held[n:])
			m.n = uint(k)
			n += k
			s.park(m)
		}
		pin.Unpin(id)
		if !ok {
			break
		}
	}
	return n
}

// selectOldest moves the n cells with the lowest stamps to the front. Cells that
// are in order, as those of a stack, stay in it.
func selectOldest[T any](cells []cell[T], n int) {
	if n < len(cells) {
		byStamp := func(a, b cell[T]) int { return cmp.Compare(a.stamp, b.stamp) }
		if !slices.IsSortedFunc(cells, byStamp) {
			slices.SortFunc(cells, byStamp)
		}
	}
}

func values[T any](cells []cell[T]) []T {
	if len(cells) == 0 {
		return nil
	}
	vs := make([]T, len(cells))
	for i := range cells {
		vs[i] = cells[i].v
	}
	return vs
}
