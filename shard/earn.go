package shard

import (
	"runtime"
	stdatomic "sync/atomic"
	"time"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/grace"
)

// Private memory is earned. A goroutine that waits between Get and Put often comes back on another P, and then nobody
// else can reach what it puts there. So a P has as many private cells as the rate of its operations is worth. A trip
// to the shared tier takes some 70 ns, so a P that makes one per tripTime spends half a percent of its time on trips.
//
// E1: a lane's limit begins at 0. It doubles when tripsPerLook trips in a row have taken less than tripTime each on
// average. These are many, because timers wake goroutines in bunches: with a limit that grows at the first fast trip,
// 16 goroutines that wait on 8 Ps have 204 values made for them, with this one 17. (Bonwick and Adams let magazines
// grow with contention; tcmalloc's caches per CPU grow with misses.) It also doubles for a Put that finds no room
// elsewhere: giveOwn.
//
// E2: a lane gives back what it did not need. Its owner looks at it in the first Put or trip of each slice of time.
// Values that it has not touched for a whole slice go to the shared tier (jemalloc's low-water mark, told by their
// stamps). A limit of which half was not needed is halved. The limit of a P that makes less than one operation per
// tripTime becomes 0.
//
// E3: a lane whose owner did not look for a slice is gathered, with all the others: see Gather.
//
// E4: if lanes have more values than one plus a tenth of those that are out, a Get that finds nothing has all lanes
// gathered, as often as mayStop allows. The bag is then cautious: earning cells takes trips four times as fast as
// before. Each wary slices of time without such a Get halve that.
//
// E5: a bag with more than one Get or Put per homeTime gets a shard for each P, one after the other. A P looks in its
// own shard first, so it mostly gets what it put last, which is in its caches. A server whose Ps passed gzip.Writers
// of 800 KiB to each other answered 2 to 4 % fewer requests.
const (
	tripTime     = 15 * time.Microsecond
	tripsPerLook = 64

	// valuesPerTrip values cost as much in a trip as the trip.
	valuesPerTrip = 16

	// sharedPuts is how many Puts without a lane, or misses, a shard counts before they are weighed: see rate.
	sharedPuts = tripsPerLook / 2

	// homeTime is how far apart operations are at most, on average, in a bag that is worth a shard, of 1 KiB, per P.
	homeTime = 500 * time.Microsecond

	// mostCaution is how often tripTime is halved at most: to 117 ns, which a loop of nothing but Get
	// and Put undercuts.
	mostCaution = 7
	wary        = 8

	// beliefPerLane, times the lanes, is how long a Get that finds nothing believes what another has seen in them:
	// some ten times as long as the look takes.
	beliefPerLane = 250 * time.Nanosecond

	// idleTime: a bag whose Ps, all together, make less than one operation in this time needs no lanes.
	idleTime = 4 * tripTime
)

// began is when nanos was 0.
var began = time.Now()

// nanos returns a time in nanoseconds. It stands still while schedules are explored, so that these
// do not depend on it.
func nanos() int64 {
	if atom.Explored {
		return 0
	}
	return int64(time.Since(began))
}

// trip counts an exchange of so many values with the shared tier, which is about to happen, and lets the
// limit grow: E1. It reports false if that needs a magazine and none is to be had. Pinned.
func (b *Bag[T]) trip(l *lane[T], id, values int) bool {
	l.trips += uint16(1 + min(values, DefaultMagazine)/valuesPerTrip)
	if l.trips < tripsPerLook {
		return true
	}
	now := nanos()
	fast := now-l.since < int64(tripsPerLook*tripTime)>>uint(b.caution.Load())
	l.since, l.trips = now, 0
	if !fast || l.grow(id) {
		return true
	}
	l.trips = tripsPerLook / 2 // soon again: there may be one by then
	return false
}

// grow doubles the limit. It reports false if that needs a magazine and none is to be had. Pinned.
func (l *lane[T]) grow(id int) bool {
	limit := 2 * len(l.loaded.cells)
	if l.loaded.p == nil {
		s := l.store
		if !s.reserve() {
			return true
		}
		p := s.popRoom(id, l, true)
		if p == nil {
			p = s.vacate(id)
		}
		if p == nil {
			s.private.Dec()
			return false
		}
		l.loaded.p, limit = p, 1
	}
	l.setLimit(min(limit, int(l.loaded.p.size)))
	return true
}

// setLimit changes the limit to one that has room for what is held: L2.
func (l *lane[T]) setLimit(limit int) {
	p := l.loaded.p
	p.n = uint32(l.loaded.n)
	p.make(limit)
	clear(p.cells[min(limit, len(p.cells)):])
	l.loaded.cells = p.cells[:limit]
	l.tell(uint32(l.told>>limitBits), limit)
}

// mayGather is worthGathering without a lock, for a Get that has found nothing in the shared tier. It may be wrong,
// and it believes for a while what it has seen in the lanes.
func (b *Bag[T]) mayGather(all bool) bool {
	if b.current().private.Load() == 0 {
		return false
	}
	if all {
		return true
	}
	now := nanos()
	if now < b.slice.futile.Load() {
		return false
	}
	if idle := b.estimate(); b.hoarded(idle, idle) {
		return true
	}
	if !atom.Explored {
		b.slice.futile.Store(now + int64(b.header().n)*int64(beliefPerLane))
	}
	return false
}

// hoarded reports whether lanes have more of the idle values than E4 leaves them.
func (b *Bag[T]) hoarded(private, idle int) bool {
	n := b.header().n
	if n == 0 || private <= 0 {
		return false
	}
	if int(n) > runtime.GOMAXPROCS(0) { // some lanes have no P that could take their values
		return true
	}
	spared := 1
	if b.policy.Owner != nil {
		spared += max(b.policy.Owner.Alive()-idle, 0) / 10
	}
	return private > spared
}

// worthGathering reports whether a Get that has found nothing is to have the lanes gathered: E4. mu is held.
func (b *Bag[T]) worthGathering(all bool) bool {
	private, idle := b.private()
	if all && private <= 0 { // a Get and a Put on their way may have hidden one
		private, idle = b.private()
	}
	if b.header().n == 0 || private <= 0 || !all && !b.hoarded(private, idle) || !b.mayStop() {
		return false
	}
	b.caution.Store(min(b.caution.Load()+2, mostCaution))
	b.slice.calm = 0
	return true
}

// private returns about how many values lanes have, and how many there are in all. mu is held.
func (b *Bag[T]) private() (n, idle int) {
	s := b.current()
	held := s.held()
	idle = b.sample()
	return idle - min(held, s.held()), idle // C2. One may have come or gone meanwhile.
}

// mayStop asks the policy.
func (b *Bag[T]) mayStop() bool {
	if b.policy.Owner != nil {
		return b.policy.Owner.MayStop()
	}
	return grace.Spared()
}

// slice is what lanes, and Tick, have to know of the time.
type slice struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	before int64 // the stamp at which the last slice began. Accessed by atom.
	length int64 // of the last slice, in nanoseconds. Accessed by atom.
	began  int64 // the stamp at which this slice began. Guarded by mu.
	ops    uint  // operations of the lanes then. Guarded by mu.
	first  bool  // the lanes are of this slice. Guarded by mu.
	calm   int   // slices since caution changed. Guarded by mu.

	futile stdatomic.Int64 // until this time no Get need look at the lanes: mayGather
}

// look is E2. Pinned, in the lane of the P.
func (b *Bag[T]) look(l *lane[T], id int) {
	l.tell(b.tick.Load(), len(l.loaded.cells))
	ops := uint32(l.gets + l.puts)
	done := ops - l.ops
	l.ops = ops
	turned := l.turned
	l.turned = false
	if l.loaded.p == nil {
		return
	}
	l.scrub()
	if int64(done)*int64(tripTime) < atom.LoadInt64(&b.slice.length) {
		l.empty()
		return
	}
	before := atom.LoadInt64(&b.slice.before)
	if l.spare != nil && !turned {
		l.giveSpare()
	}
	if l.spare != nil {
		l.giveOld(id, before)
		l.flip()
		l.giveOld(id, before)
		l.flip()
		return
	}
	n := l.giveOld(id, before)
	limit := len(l.loaded.cells)
	if n >= limit/2 && limit > 1 && int(l.loaded.n) <= limit/2 {
		l.setLimit(limit / 2)
	}
}

// giveOld gives the loaded magazine's values with stamps below before to the shared tier, as give does.
func (l *lane[T]) giveOld(id int, before int64) int {
	n := 0
	for n < int(l.loaded.n) && unmarked(l.loaded.cells[n].stamp) < before {
		n++
	}
	return l.give(id, n)
}

// give gives the first n values to the shared tier, as far as there is room, and returns how many.
func (l *lane[T]) give(id, n int) int {
	given := 0
	for given < n {
		k := l.store.putRun(id, l, l.loaded.cells[given:n])
		if k == 0 {
			break
		}
		given += k
	}
	left := copy(l.loaded.cells, l.loaded.cells[given:l.loaded.n])
	clear(l.loaded.cells[left:l.loaded.n])
	l.loaded.n = uint(left)
	return given
}

// giveBack gives a magazine of the lane back, with what is in it.
func (l *lane[T]) giveBack(p *parked[T]) {
	l.store.private.Dec()
	clear(p.cells[p.n:])
	p.home.gave(p.n)
	l.store.push(p)
}

// empty gives everything back. Limit 0.
func (l *lane[T]) empty() {
	if l.spare != nil {
		l.giveSpare()
	}
	if l.loaded.p != nil {
		l.giveBack(l.unload())
	}
	l.tell(uint32(l.told>>limitBits), 0)
}

// giveSpare gives the spare magazine back.
func (l *lane[T]) giveSpare() {
	l.spare.n = l.spareN
	l.giveBack(l.spare)
	l.spare = nil
}
