package shard

import (
	"runtime"
	stdatomic "sync/atomic"
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// A bag grows with its use. It begins with a header and an empty store. It gets a shard with the first
// value, and more as its values need room or Ps use it often: E5. Lanes come with the first Ps that may earn private
// cells. Neither needs a grace period: the shards stay, and there were no lanes before.

// extend adds a shard if there is room for one in the capacity.
func (b *Bag[T]) extend() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.closed {
		b.current().extend(b.Cap())
	}
}

// rate weighs trips of Ps without lanes, and Gets that made their value: some P may be worth private cells, or a
// shard. Each has a bucket. Private cells would not help the latter.
func (b *Bag[T]) rate(trips, misses int64) {
	now := nanos()
	passed := now - b.since.Swap(now)
	switch {
	case overflows(&b.level, trips, passed/int64(tripTime), 2*tripsPerLook):
		b.makeLanes()
	case overflows(&b.spread, trips+misses, passed/int64(homeTime), tripsPerLook):
		b.addHome()
	}
}

// overflows adds trips to a bucket from which so many have leaked, and empties it where there are more than it holds.
func overflows(bucket *stdatomic.Int32, trips, leaked, holds int64) bool {
	n := max(int64(bucket.Load())-max(leaked, 0), 0) + trips
	over := n > holds
	if over {
		n = 0
	}
	bucket.Store(int32(n))
	return over
}

// makeLanes makes a lane for each P, if there are none and the bag may have some, and a shard for each: E5.
func (b *Bag[T]) makeLanes() {
	if !b.mu.TryLock() {
		return
	}
	made := !b.closed && b.current().lanes && b.header().n == 0
	if made {
		atom.StorePointer(&b.lanes, unsafe.Pointer(b.newLanes(runtime.GOMAXPROCS(0))))
	}
	for b.home() {
	}
	b.mu.Unlock()
	if made && b.policy.Owner != nil {
		b.policy.Owner.Earned()
	}
}

// addHome adds a shard if there are fewer than Ps.
func (b *Bag[T]) addHome() {
	if s := b.current(); len(s.all()) < s.shards && b.mu.TryLock() {
		b.home()
		b.mu.Unlock()
	}
}

// home is addHome with mu held. It reports whether it has added a shard.
func (b *Bag[T]) home() bool {
	s := b.current()
	n, capacity := len(s.all()), b.Cap()
	if b.closed || n >= s.shards || s.total >= capacity {
		return false
	}
	return n < runtime.GOMAXPROCS(0) && s.extend(capacity) // last, because GOMAXPROCS takes a lock of the scheduler
}

// growLanes has a goroutine make lanes for all Ps: the runtime has got more than there were.
func (b *Bag[T]) growLanes() {
	if !pin.Exclusive || !b.growing.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer b.growing.Store(false)
		b.mu.Lock()
		defer b.mu.Unlock()
		if n := b.header().n; n > 0 && int(n) < runtime.GOMAXPROCS(0) {
			b.gather()
		}
	}()
}

// State describes the lanes of a bag: see Tick.
type State int

// States of a bag's lanes.
const (
	NoLanes State = iota // no P has any
	Busy                 // lanes that have values are looked at by their Ps
	Stale                // some lanes were not looked at since the last Tick: they are worth a Gather
	Quiet                // the Ps do so little that they need no lanes: they are worth a Compaction
)

// Tick tells the bag the time: stamp is that of this moment, and length is the nanoseconds since the last call.
// Afterwards each P looks at its lane, at its next visit to the shared tier or Put that asks for its stamp, and
// gives back private memory that it does not need. A bag whose Policy has no Owner needs no Tick.
func (b *Bag[T]) Tick(stamp, length int64) State {
	b.mu.Lock()
	defer b.mu.Unlock()
	head := b.header()
	if head == nil || head.n == 0 {
		return NoLanes
	}
	state := Busy
	slice := b.tick.Load()
	ops := uint(0)
	for l := range head.all {
		ops += race.Load(&l.gets) + race.Load(&l.puts)
		if l.limit() > 0 && !l.hasLooked(slice) {
			state = Stale
		}
	}
	if done := ops - b.slice.ops; int64(done)*int64(idleTime) < length && !b.slice.first {
		state = Quiet
	}
	b.slice.ops, b.slice.first = ops, false
	if b.slice.calm++; b.slice.calm == wary {
		b.slice.calm = 0
		b.caution.Store(max(b.caution.Load()-1, 0))
	}
	atom.StoreInt64(&b.slice.length, length)
	atom.StoreInt64(&b.slice.before, b.slice.began)
	b.slice.began = stamp
	b.tick.Inc()
	return state
}

// Endow gives every P the private memory that it would earn by many operations in a row. It is for tests and
// measurements of that state.
func (b *Bag[T]) Endow() {
	b.current()
	b.mu.Lock()
	s := b.current()
	if b.closed || !s.layout.lanes {
		b.mu.Unlock()
		return
	}
	g := &gathering[T]{b: b}
	g.prepare()
	for l := range g.new.all {
		if s.reserve() {
			p := s.popRoom(0, nil, true)
			for p == nil && s.extend(b.Cap()) {
				p = s.popRoom(len(s.all())-1, nil, true)
			}
			if p == nil {
				s.private.Dec()
				break
			}
			l.load(p, 0)
			l.tell(b.tick.Load(), int(p.size))
		}
	}
	g.swap()
	grace.Wait()
	g.finish()
	b.mu.Unlock()
	if b.policy.Owner != nil {
		b.policy.Owner.Earned()
	}
}
