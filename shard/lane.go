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

// magazine is a LIFO stack of cells[:n], identified by its handle. The cells
// at n and above are free; one may keep what left it last reachable until it is
// used again (see "What is kept alive" in the package comment).
type magazine[T any] struct {
	cells []cell[T]
	n     uint // 0..len(cells)
	h     uint // handle, or none
}

// none is the handle of no magazine; its cells are nil.
const none = ^uint(0)

func (m *magazine[T]) push(v T, stamp int64) {
	m.cells[m.n] = cell[T]{v, stamp}
	m.n++
}

func (m *magazine[T]) pop() (T, int64) {
	m.n--
	c := &m.cells[m.n]
	return c.v, c.stamp
}

// scrub forgets what left the free cells.
func (m *magazine[T]) scrub() { clear(m.cells[m.n:]) }

// lane is what one P has to itself.
//
// L1: loaded, spare and rng are touched only inside a pinned section on the
// lane's P that found the lane through Bag.lanes inside the same section, or,
// once the store is retired and a grace period is over, by the one who retired
// it. gets, puts and n are written by the same, and read by anyone.
//
// The part before spare is one cache line on 64-bit machines, all that a hit
// touches but the cell.
type lane[T any] struct {
	_ cpu.CacheLinePad

	loaded magazine[T] // pops and pushes go here
	gets   uint        // values taken here
	puts   uint        // values put here
	n      uint        // the header: how many lanes follow it, constant. A lane: H1.

	store *store[T] // the store that the lane belongs to. Constant.
	spare magazine[T]
	rng   pcgr.Rand // picks steal victims

	_ cpu.CacheLinePad
}

// Bag.lanes points to a header, which every P reads and nobody writes; the lanes
// follow it. So a hit gets at all it needs with the load of one pointer.

// header returns it, nil for a Bag that was not made.
func (b *Bag[T]) header() *lane[T] { return (*lane[T])(atom.LoadPointer(&b.lanes)) }

// at returns the lane of the P numbered id, below l.n, of the array whose header is
// l.
func (l *lane[T]) at(id uint) *lane[T] {
	return (*lane[T])(unsafe.Add(unsafe.Pointer(l), (id+1)*uint(unsafe.Sizeof(*l))))
}

// swap makes the spare magazine the loaded one.
func (l *lane[T]) swap() { l.loaded, l.spare = l.spare, l.loaded }

// reload makes loaded hold a value: from spare, or else from a ring, its own
// shard's first. It reports whether one was to be had.
func (l *lane[T]) reload(id int) bool {
	s := l.store
	if l.spare.n > 0 {
		l.swap()
		return true
	}
	h, stolen, ok := s.takeFull(s.home(id), l)
	if !ok {
		return false
	}
	if stolen {
		s.shard[s.parked[h].home].stolen.Add(uint64(s.parked[h].n))
	}
	if l.loaded.h != none {
		s.park(l.loaded)
	}
	l.loaded = s.open(h)
	return true
}

// unload makes loaded have room: from spare, or else it trades a full magazine
// for an empty one. false: no magazine is empty anywhere.
func (l *lane[T]) unload(id int) bool {
	s := l.store
	if l.spare.n < uint(len(l.spare.cells)) {
		l.swap()
		return true
	}
	h, ok := s.takeEmpty(s.home(id), l)
	if !ok {
		return false
	}
	if l.spare.h != none {
		s.park(l.spare)
	}
	l.spare, l.loaded = l.loaded, s.open(h)
	return true
}

// random returns a number below n (multiply-shift; Lemire, "Fast Random Integer
// Generation in an Interval", 2019, without the rejection).
func (l *lane[T]) random(n int) int {
	return int(uint64(l.rng.Next()) * uint64(n) >> 32)
}

// acquire and release bracket the use of a lane for the race detector.
func (l *lane[T]) acquire() { race.Acquire(l) }
func (l *lane[T]) release() { race.ReleaseMerge(l) }
