package shard

import (
	"math"
	"slices"

	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/ring"
)

// Housekeeping that needs no grace period goes through the shared tier one magazine at a time, as any operation does.
// So others miss at most one magazine, and wait for it (S3). It does not see what lanes have. If that matters, Gather
// first.

// walk shows every value of the shared tier to drop, a magazine at a time. It takes out those for which drop returns
// true, but leaves keep values in the bag. Values that come or go meanwhile may be left out.
func (b *Bag[T]) walk(keep int, drop func(c *cell[T]) bool) (dropped []T) {
	s := b.current()
	for _, sh := range s.all() {
		for _, r := range []*ring.Handles{&sh.partial, &sh.full} {
			for range r.Len() {
				vs, ok := b.visit(s, sh, r, keep, drop)
				dropped = append(dropped, vs...)
				if !ok {
					break
				}
			}
		}
	}
	return dropped
}

// visit is walk for the next magazine of ring r. It reports whether there was one.
func (b *Bag[T]) visit(s *store[T], sh *shard[T], r *ring.Handles, keep int, drop func(c *cell[T]) bool) ([]T, bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.current() != s {
		return nil, false // emptied or resized meanwhile
	}
	b.order() // T1
	defer b.unorder()
	b.busy.Store(1)
	defer b.end()
	p := sh.pop(r)
	if p == nil {
		return nil, false
	}
	left := b.sample() - keep // others may drop some at the same time
	var out []cell[T]
	kept := p.cells[:0]
	for i := range p.cells[:p.n] {
		if c := &p.cells[i]; len(out) < left && drop(c) {
			out = append(out, *c)
		} else {
			kept = append(kept, *c)
		}
	}
	if len(out) > 0 {
		clear(p.cells[len(kept):p.n])
		p.n = uint32(len(kept))
		sh.took(uint32(len(out)), false)
	}
	s.push(p)
	return b.drop(out), true
}

// Sweep takes out the values of the shared tier whose stamp is lower than before, the oldest first, and returns
// them. It leaves at least keep values in the bag. Gets and Puts go on. A value that another call is moving may
// stay.
func (b *Bag[T]) Sweep(before int64, keep int) []T {
	quota := b.Len() - keep
	if quota <= 0 {
		return nil
	}
	if keep > 0 { // fewer may be taken than are old
		var old []int64
		b.walk(0, func(c *cell[T]) bool {
			if stamp := unmarked(c.stamp); stamp < before {
				old = append(old, stamp)
			}
			return false
		})
		if len(old) > quota {
			slices.Sort(old)
			before = old[quota-1] + 1
		}
	}
	return b.walk(keep, func(c *cell[T]) bool { return unmarked(c.stamp) < before })
}

// Low returns the least number of values that the shared tier has held since the last call, or fewer. That many
// values were not needed.
func (b *Bag[T]) Low() int {
	b.current()
	b.mu.Lock()
	defer b.mu.Unlock()
	n := int64(0)
	for _, sh := range b.current().all() {
		n += sh.low.Swap(max(sh.held(), 0))
	}
	n = min(n, b.low)
	b.low = math.MaxInt64
	return int(n)
}

// Shed takes up to n values out of the shared tier and returns them. It leaves at least keep values in the bag.
func (b *Bag[T]) Shed(n, keep int) []T {
	return b.walk(keep, func(*cell[T]) bool {
		n--
		return n >= 0
	})
}

// Forget clears the free cells of this P's private memory, which may still refer to values that have left the
// bag. It reports whether other Ps have such cells. Gather clears those.
func (b *Bag[T]) Forget() (others bool) {
	b.current()
	id := pin.Pin()
	head := b.header()
	own := int32(0)
	if uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		l.scrub()
		own = l.magazines()
		l.release()
	}
	others = head.store.private.Load() > own
	pin.Unpin(id)
	return others
}
