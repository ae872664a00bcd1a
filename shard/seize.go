package shard

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/grace"
)

// Seizing. To get at the private memory of other Ps, idle ones included, a housekeeper replaces
// the lanes by new ones and waits for a grace period. The shards stay, unless the bag is emptied or
// gets another capacity: then the new lanes have a new store.
//
// S1: a pinned section touches no lane and no store but those that it found through Bag.lanes
// itself, and keeps no pointer into them beyond its end.
//
// S2: after the grace period no section that could have found the old lanes is running. So the housekeeper alone owns
// them, and reads and writes them plainly. The same holds for their store, if it is replaced: every magazine of it is
// in a lane or a ring (B2). A store that stays is not private. Whoever holds mu may work at its rings without being
// pinned, because nobody else can replace it.
//
// S3: mu is held, and busy is not 0, while a housekeeper has values in hand. That lasts from the replacement until
// the values of the old lanes, and those of the old store that stay, are back. A Get that finds nothing and a Put
// that finds no room wait for that, so housekeeping costs nobody a value. What is on its way back has room: the
// lanes' magazines are the store's, and a new store is filled before anybody sees it.

// Gatherer is an argument of Gather: a Bag of any type, or its Compaction.
type Gatherer interface {
	// seize begins. It returns nil if there is nothing to do, or somebody else is at it and wait is not set.
	seize(wait bool) seizure
}

// seizure is a bag whose lanes are being replaced. Its mu is held.
type seizure interface {
	swap() // replaces them; then there is a grace period
	finish()
	unlock()
}

// Gather brings the values in the private memory of all Ps into the shared tier, with one stop of the world for all
// bags. The Ps have to earn private memory again. Of several bags, one with housekeeping under way is left out.
func Gather(bags ...Gatherer) {
	var seized []seizure
	for _, b := range bags {
		if s := b.seize(len(bags) == 1); s != nil {
			seized = append(seized, s)
		}
	}
	if len(seized) == 0 {
		return
	}
	for _, s := range seized {
		s.swap()
	}
	grace.Wait()
	for _, s := range seized {
		s.finish()
		s.unlock()
	}
}

// gathering replaces the lanes of a bag, and with compact their store, too.
type gathering[T any] struct {
	b        *Bag[T]
	compact  bool
	old, new *lane[T]
}

func (b *Bag[T]) seize(wait bool) seizure { return (&gathering[T]{b: b}).seize(wait) }

// Compaction is the bag as a Gatherer that leaves no P a lane, and gives back the memory that the bag does not need
// for its values.
func (b *Bag[T]) Compaction() Gatherer { return &gathering[T]{b: b, compact: true} }

func (g *gathering[T]) seize(wait bool) seizure {
	b := g.b
	b.current()
	if wait {
		b.mu.Lock()
	} else if !b.mu.TryLock() {
		return nil
	}
	if head := b.header(); b.closed || head == nil || head.n == 0 {
		b.mu.Unlock()
		return nil
	}
	g.prepare()
	return g
}

// prepare makes what the bag gets: new lanes, or with compact an empty store as in rebuild. mu is held.
func (g *gathering[T]) prepare() {
	b := g.b
	g.old = b.header()
	if g.compact {
		g.new = newLanes(newStore[T](layout{}, 0), 0, b.tick.Load())
		return
	}
	g.new = b.newLanes(max(int(g.old.n), runtime.GOMAXPROCS(0)))
}

// newLanes makes n lanes for the store that there is. mu is held.
func (b *Bag[T]) newLanes(n int) *lane[T] {
	b.slice.ops, b.slice.first = 0, true
	return newLanes(b.current(), n, b.tick.Load())
}

func (g *gathering[T]) swap() {
	g.b.busy.Store(1)
	g.b.use(g.new)
}

func (g *gathering[T]) finish() {
	b := g.b
	if g.compact {
		b.use(b.stocked(b.drained(g.old)))
	} else {
		b.retire(g.old.own(), g.old.asking())
		for l := range g.old.all {
			l.acquire()
			l.empty() // S2
		}
	}
	b.end()
}

func (g *gathering[T]) unlock() { g.b.mu.Unlock() }

// gather is Gather for one bag. mu is held.
func (b *Bag[T]) gather() {
	g := &gathering[T]{b: b}
	g.prepare()
	g.swap()
	grace.Wait()
	g.finish()
}

// end ends the time in which a housekeeper has values in hand, for which it has set busy. mu is held. Whoever finds
// nothing while a housekeeper is at work, or has been meanwhile, takes mu and looks again. S3.
func (b *Bag[T]) end() {
	b.kept.Store(b.kept.Load() + 1)
	b.busy.Store(0)
}

// rebuild replaces the lanes and their store by a new store, without lanes. It has the newest keep values that were
// held; rebuild returns the others. mu is held. Until the new store is there, an empty one without shards is in
// force: whoever finds no value or no room in it waits for mu. S3.
func (b *Bag[T]) rebuild(keep int) []cell[T] {
	b.order() // T1
	defer b.unorder()
	b.busy.Store(1)
	defer b.end()
	old := b.header()
	b.use(newLanes(newStore[T](layout{}, 0), 0, b.tick.Load()))
	if old.n > 0 || len(old.store.all()) > 0 {
		grace.Wait()
	}
	held := b.drained(old)
	over := max(len(held)-keep, 0)
	if over > 0 {
		oldestFirst(held)
	}
	b.use(b.stocked(held[over:]))
	return held[:over]
}

// use makes head the header of the lanes in force.
func (b *Bag[T]) use(head *lane[T]) { atom.SwapPointer(&b.lanes, unsafe.Pointer(head)) }

// drained collects what seized lanes and their store hold, and their counters. S2.
func (b *Bag[T]) drained(old *lane[T]) []cell[T] {
	for l := range old.all {
		l.acquire()
	}
	low := int64(0)
	for _, sh := range old.store.all() {
		low += sh.low.Load()
	}
	b.low = min(b.low, low)
	held := old.drain()
	b.retire(old.tally(), old.asking())
	return held
}

// stocked returns the header of a new store that holds cells, at most as many as the capacity, with their stamps.
func (b *Bag[T]) stocked(cells []cell[T]) *lane[T] {
	if b.closed {
		return newLanes(newStore[T](layout{}, 0), 0, b.tick.Load())
	}
	s := b.fresh()
	for n := 0; n < len(cells); {
		k := s.putRun(n, nil, cells[n:])
		if n += k; k == 0 && !s.extend(b.Cap()) {
			panic("shard: what was held finds no room") // B1
		}
	}
	for _, sh := range s.all() {
		sh.low.Store(sh.held())
	}
	return newLanes(s, 0, b.tick.Load())
}

// drain collects everything that seized lanes and their store hold.
func (head *lane[T]) drain() []cell[T] {
	var held []cell[T]
	for l := range head.all {
		if l.spare != nil {
			held = append(held, l.spare.cells[:l.spareN]...)
		}
		held = append(held, l.loaded.cells[:l.loaded.n]...)
	}
	for _, sh := range head.store.all() {
		for {
			p := sh.popSome(true)
			if p == nil {
				break
			}
			held = append(held, p.cells[:p.n]...)
		}
	}
	return held
}

// Clear takes all values out and returns them. They include all values put before the call, on any P. Gets and
// Puts that come while it runs wait for some 10 microseconds.
func (b *Bag[T]) Clear() []T {
	b.current()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	return b.resize(b.Cap(), 0)
}

// Resize changes the capacity to n, 0 to MaxCapacity, and returns the oldest values, for which there is no room any
// more. Gets and Puts that come while it runs wait for some 10 microseconds, and 20 ns for each value held. When it
// returns at most n values are held, and never more from then on. On a closed bag it returns nothing.
func (b *Bag[T]) Resize(n int) []T {
	if n < 0 || n > MaxCapacity {
		panic(fmt.Sprintf("shard: Resize to %d; it must be 0 to %d", n, MaxCapacity))
	}
	b.current()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed || n == b.Cap() {
		return nil
	}
	return b.resize(n, n)
}

// resize changes the capacity to n and drops all but the newest keep values. mu is held.
func (b *Bag[T]) resize(n, keep int) []T {
	b.sample()
	b.capacity.Store(int32(n))
	return b.drop(b.rebuild(keep))
}

// Close empties the bag for good and returns what it held. Afterwards Get
// misses and Put overflows. Further calls return nothing.
func (b *Bag[T]) Close() []T {
	b.current()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return nil
	}
	b.sample()
	b.closed = true
	return b.drop(b.rebuild(0))
}

// drop counts cells as dropped and returns their values. mu is held.
func (b *Bag[T]) drop(cells []cell[T]) []T {
	b.totals.dropped.Add(uint64(len(cells)))
	b.totals.gone.Add(int64(len(cells)))
	if len(cells) == 0 {
		return nil
	}
	vs := make([]T, len(cells))
	for i := range cells {
		vs[i] = cells[i].v
	}
	return vs
}

// oldestFirst sorts cells by their stamps. It is stable: a stack's cells, already sorted, stay in order.
func oldestFirst[T any](cells []cell[T]) {
	slices.SortStableFunc(cells, func(a, b cell[T]) int { return cmp.Compare(unmarked(a.stamp), unmarked(b.stamp)) })
}
