package shard

import (
	"unsafe"

	"github.com/dgryski/go-pcgr"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/race"
)

// cell holds one value and when it was put.
type cell[T any] struct {
	v     T
	stamp int64
}

// magazine is a LIFO stack of cells[:n] in a lane. The cells at n and above are free. A free cell may keep the value
// that left it last reachable until it is used again (see "What is kept alive" in the package comment).
type magazine[T any] struct {
	cells []cell[T]
	n     uint       // 0..len(cells)
	p     *parked[T] // its form in a ring. nil: there is no magazine, and cells is nil.
}

// lane is what one P has to itself.
//
// L1: loaded, spare and the words after spare are touched only inside a pinned section on the lane's P that found the
// lane through Bag.lanes in the same section. Once the lanes are replaced and a grace period is over, only whoever
// replaced them touches them. gets, puts, n and told are written under the same rule, and read by anyone.
//
// L2: a lane's limit is the length of loaded.cells, 0 to the size of a magazine. Below that size the lane has only
// loaded, and trades by halves of the limit. At that size it may have a spare, too, and trades whole magazines.
//
// The part before store is one cache line on 64-bit machines. It is all that a hit touches besides the cell.
type lane[T any] struct {
	_ cpu.CacheLinePad

	loaded magazine[T] // pops and pushes go here
	gets   uint        // values taken here
	puts   uint        // values put here
	n      uint        // in the header: how many lanes follow it, constant. In a lane: H1.

	store  *store[T]  // with which the lanes trade. Constant.
	spare  *parked[T] // nil: none
	rng    pcgr.Rand  // picks steal victims
	since  int64      // when trips was 0
	told   uint       // what Tick has to know: see tell
	spareN uint32     // values in spare, whose own n is not kept up to date
	ops    uint32     // gets and puts when the owner looked at the lane last
	toMark uint32     // Puts here until the watch has one marked, that one included. 0: to be drawn.
	trips  uint16     // exchanges with the shared tier: E1
	turned bool       // spare was used since the last look

	_ cpu.CacheLinePad
}

// Bag.lanes points to a header, which every P reads and nobody writes. The lanes follow it, so a hit reaches all that
// it needs by the load of one pointer.

// newLanes returns the header of n empty lanes that trade with s.
func newLanes[T any](s *store[T], n int, slice uint32) *lane[T] {
	lanes := make([]lane[T], 1+n)
	for i := range lanes {
		l := &lanes[i]
		l.store = s
		l.tell(slice, 0)
		l.rng = pcgr.New(int64(i)+1, int64(i))
	}
	lanes[0].n = uint(n)
	return &lanes[0]
}

// header returns the header of the lanes in force, nil for a Bag that was not made.
func (b *Bag[T]) header() *lane[T] { return (*lane[T])(atom.LoadPointer(&b.lanes)) }

// at returns the lane of the P numbered id, below l.n, of those whose header is l.
func (l *lane[T]) at(id uint) *lane[T] {
	return (*lane[T])(unsafe.Add(unsafe.Pointer(l), (id+1)*uint(unsafe.Sizeof(*l))))
}

// all yields the lanes whose header is l.
func (l *lane[T]) all(yield func(*lane[T]) bool) {
	for id := range l.n {
		if !yield(l.at(id)) {
			return
		}
	}
}

// limitBits is how many low bits of told hold the limit. The others hold the number of the slice of time in which the
// owner last looked at the lane, or as many of its low bits as there is room for.
const limitBits = 16

// tell writes told.
func (l *lane[T]) tell(slice uint32, limit int) {
	race.Store(&l.told, uint(slice)<<limitBits|uint(limit))
}

// hasLooked reports whether the owner has looked at the lane in a slice of time.
func (l *lane[T]) hasLooked(slice uint32) bool {
	return (race.Load(&l.told)^uint(slice)<<limitBits)>>limitBits == 0
}

// limit is the limit that was told.
func (l *lane[T]) limit() int { return int(race.Load(&l.told) & (1<<limitBits - 1)) }

// load makes p, with n values, the loaded magazine, with all the cells that it may have.
func (l *lane[T]) load(p *parked[T], n uint32) {
	p.n = n
	p.make(int(p.size))
	l.loaded = magazine[T]{cells: p.cells, n: uint(n), p: p}
}

// unload takes the loaded magazine away.
func (l *lane[T]) unload() *parked[T] {
	p := l.loaded.p
	p.n = uint32(l.loaded.n)
	l.loaded = magazine[T]{}
	return p
}

// swap makes the spare magazine the loaded one.
func (l *lane[T]) swap() {
	l.flip()
	l.turned = true
}

// flip is swap for a look, which leaves turned as it is.
func (l *lane[T]) flip() {
	p, n := l.spare, l.spareN
	l.spare, l.spareN = l.loaded.p, uint32(l.loaded.n)
	l.loaded = magazine[T]{cells: p.cells, n: uint(n), p: p}
}

// full reports that the lane trades whole magazines: L2.
func (l *lane[T]) full() bool {
	return l.loaded.p != nil && len(l.loaded.cells) == int(l.loaded.p.size)
}

// magazines is how many the lane has.
func (l *lane[T]) magazines() (n int32) {
	if l.loaded.p != nil {
		n++
	}
	if l.spare != nil {
		n++
	}
	return n
}

// scrub clears the free cells, which may refer to values that left.
func (l *lane[T]) scrub() {
	clear(l.loaded.cells[l.loaded.n:])
	if l.spare != nil {
		clear(l.spare.cells[l.spareN:])
	}
}

// refill brings a value into loaded if the shared tier has one, and reports whether it has. The lane must have cells.
func (l *lane[T]) refill(id int) bool {
	s := l.store
	p, stolen := s.popSome(id, l, l.full())
	if p == nil {
		return false
	}
	n := p.n
	if !l.full() {
		n = min(n, uint32(1+len(l.loaded.cells)/2))
	}
	p.home.took(n, stolen) // C2
	if l.full() {
		old := l.unload()
		clear(old.cells)
		s.push(old)
		l.load(p, n)
	} else {
		rest := p.n - n
		copy(l.loaded.cells, p.cells[rest:p.n])
		clear(p.cells[rest:p.n])
		l.loaded.n = uint(n)
		p.n = rest
		s.push(p)
	}
	return true
}

// spill makes room in loaded if the shared tier has room for what is in it, and reports whether it has.
func (l *lane[T]) spill(id int) bool {
	s := l.store
	if l.full() && (l.spare != nil || s.reserve()) {
		if p := s.popRoom(id, l, true); p != nil {
			if l.spare != nil {
				l.spare.n = l.spareN
				l.spare.home.gave(l.spareN)
				s.push(l.spare)
			}
			l.spare, l.spareN = l.loaded.p, uint32(l.loaded.n)
			l.load(p, 0)
			return true
		}
		if l.spare == nil {
			s.private.Dec()
		}
	}
	return l.give(id, len(l.loaded.cells)/2) > 0
}

// random returns a number below n (multiply-shift; Lemire, "Fast Random Integer
// Generation in an Interval", 2019, without the rejection).
func (l *lane[T]) random(n int) int {
	return int(uint64(l.rng.Next()) * uint64(n) >> 32)
}

// acquire and release bracket the use of a lane for the race detector.
func (l *lane[T]) acquire() { race.Acquire(l) }
func (l *lane[T]) release() { race.ReleaseMerge(l) }
