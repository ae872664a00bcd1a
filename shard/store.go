package shard

import (
	stdatomic "sync/atomic"
	"unsafe"

	"github.com/dgryski/go-pcgr"
	"go.uber.org/atomic"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/ring"
)

// store is everything that holds values: the lanes, the shards' rings and the
// magazines that move between them. A Bag replaces its store as a whole to
// empty it.
//
// B2: every magazine is in exactly one place: loaded or spare in a lane, in one
// of its home shard's two rings, or in the hands of one pinned section.
//
// B3: a magazine enters only the rings of its home shard, and each of these has
// room for all of that shard's magazines. So giving one back cannot fail.
type store[T any] struct {
	geometry
	lane   []lane[T]   // the header, then one a P, at least one
	shard  []shard     // by number
	parked []parked[T] // by handle: what a magazine is while no lane has it
}

// parked is a magazine in a ring. Whoever took its handle from the ring owns
// it, and the ring's own ordering makes the fields visible.
type parked[T any] struct {
	cells []cell[T] // nil until first used
	n     uint32
	home  uint32 // constant
}

// shard is a pair of rings of magazines' handles, and the counters of those who
// have no lane.
type shard struct {
	_ [0]stdatomic.Int64 // aligns the counters to 8 bytes on 32-bit machines, too

	full  *ring.Handles // magazines with at least one value
	empty *ring.Handles // magazines with none

	_      cpu.CacheLinePad
	gets   atomic.Uint64 // by goroutines without a lane
	puts   atomic.Uint64 // by goroutines without a lane
	stolen atomic.Uint64 // values taken from here by others
	_      cpu.CacheLinePad
}

// newStore makes an empty store. Magazines get their memory at their first use;
// those of one value at once, up to a limit, for a small piece each would cost
// more than it saves.
func newStore[T any](g geometry) *store[T] {
	s := &store[T]{
		geometry: g,
		lane:     make([]lane[T], 1+max(g.lanes, 1)),
		shard:    make([]shard, g.shards),
		parked:   make([]parked[T], g.magazines),
	}
	for i := range s.lane {
		l := &s.lane[i]
		l.store, l.loaded.h, l.spare.h = s, none, none
		l.rng = pcgr.New(int64(i)+1, int64(i))
	}
	s.lane[0].n = uint(g.lanes)
	each := (g.magazines + g.shards - 1) / max(g.shards, 1)
	for i := range s.shard {
		s.shard[i].full = ring.NewHandles(each)
		s.shard[i].empty = ring.NewHandles(each)
	}
	var slab []cell[T]
	if g.ahead || uintptr(g.magazines)*unsafe.Sizeof(cell[T]{}) <= maxSlabBytes && g.size == 1 {
		slab = make([]cell[T], g.magazines*g.size)
	}
	for h := range s.parked {
		if slab != nil {
			s.parked[h].cells = slab[h*g.size : (h+1)*g.size : (h+1)*g.size]
		}
		// Neighbours, of which two share a cache line, are at home in one shard: with
		// every other one in another, bursts over a magazine's edge on two cores took
		// up to 4 % longer.
		home := int(uint64(h) * uint64(g.shards) / uint64(g.magazines))
		s.parked[h].home = uint32(home)
		s.shard[home].empty.TryPush(uint32(h))
	}
	return s
}

// header returns what Bag.lanes points to.
func (s *store[T]) header() *lane[T] { return &s.lane[0] }

// home returns the shard of the P or the goroutine numbered id.
func (s *store[T]) home(id int) int { return int(uint(id) % uint(s.shards)) }

// makeCells makes the cells of a magazine, some bytes behind the start of their memory, which is
// often 8 bytes into a page, and so is the number of every P: a processor takes a load for one of what
// was stored just before where the addresses agree in their lower 12 bits, and the hit after a Put
// waits for that number. At the start, one magazine of 128 pointers in seven took 1.05 to 1.1 times as
// long for a hit, and one in 200 up to 2.2 times (measured on two cores of Zen 3).
func makeCells[T any](size int) []cell[T] {
	front := 0
	if size >= leastFront && unsafe.Sizeof(*new(T)) >= unsafe.Sizeof(uintptr(0)) { // of smaller ones it would be much of their memory
		front = (frontBytes-1)/int(unsafe.Sizeof(cell[T]{})) + 1
	}
	return make([]cell[T], front+size)[front:]
}

// open returns the magazine with handle h, whose owner the caller is.
func (s *store[T]) open(h uint32) magazine[T] {
	p := &s.parked[h]
	if p.cells == nil {
		size := s.size
		if int(h) == s.magazines-1 {
			size = s.last
		}
		p.cells = makeCells[T](size)
	}
	return magazine[T]{cells: p.cells, n: uint(p.n), h: uint(h)}
}

// park puts a magazine back into its home shard's ring. An empty one forgets
// what left it.
func (s *store[T]) park(m magazine[T]) {
	p := &s.parked[m.h]
	p.n = uint32(m.n)
	r := s.shard[p.home].full
	if m.n == 0 {
		m.scrub()
		r = s.shard[p.home].empty
	}
	r.TryPush(uint32(m.h)) // B3
}

// takeFull takes a magazine with a value: its own shard's if it can, else it
// steals the first that it finds from a random shard on. l is the caller's lane
// or nil.
func (s *store[T]) takeFull(home int, l *lane[T]) (h uint32, stolen, ok bool) {
	if h, ok := s.shard[home].full.TryPop(); ok {
		return h, false, true
	}
	for i := range s.others(home, l) {
		if h, ok := s.shard[i].full.TryPop(); ok {
			return h, true, true
		}
	}
	return 0, false, false
}

// takeEmpty takes a magazine without values, in the same order.
func (s *store[T]) takeEmpty(home int, l *lane[T]) (uint32, bool) {
	if h, ok := s.shard[home].empty.TryPop(); ok {
		return h, true
	}
	for i := range s.others(home, l) {
		if h, ok := s.shard[i].empty.TryPop(); ok {
			return h, true
		}
	}
	return 0, false
}

// others yields the shards other than home once each, from a random one on.
func (s *store[T]) others(home int, l *lane[T]) func(func(int) bool) {
	return func(yield func(int) bool) {
		n := len(s.shard)
		if n == 1 {
			return
		}
		i := home
		if l != nil {
			i = l.random(n)
		}
		for range n {
			if i != home && !yield(i) {
				return
			}
			if i++; i == n {
				i = 0
			}
		}
	}
}

// sharedGet takes a value without private magazines: the way of Ps beyond the
// array after GOMAXPROCS has grown, of bags without private magazines, and of
// the portable build. Pinned.
func (s *store[T]) sharedGet(home int, l *lane[T]) (v T, stamp int64, ok bool) {
	h, stolen, ok := s.takeFull(home, l)
	if !ok {
		return v, 0, false
	}
	if stolen {
		s.shard[s.parked[h].home].stolen.Inc()
	}
	m := s.open(h)
	v, stamp = m.pop()
	if m.n > 0 { // else park scrubs it
		m.cells[m.n] = cell[T]{}
	}
	s.park(m)
	return v, stamp, true
}

// sharedPut is its counterpart. With magazines of more than one value it looks
// for a magazine that has room before it starts an empty one, so that it does
// not use them up at one value each. Pinned.
func (s *store[T]) sharedPut(home int, l *lane[T], v T, stamp int64) bool {
	if s.size > 1 && (s.topUp(home, v, stamp) || len(s.shard) > 1 && s.topUp((home+1)%len(s.shard), v, stamp)) {
		return true
	}
	if h, ok := s.takeEmpty(home, l); ok {
		m := s.open(h)
		m.push(v, stamp)
		s.park(m)
		return true
	}
	if s.size > 1 {
		for i := range s.others(home, l) {
			if s.topUp(i, v, stamp) {
				return true
			}
		}
	}
	return false
}

// topUp adds the value to the next magazine in shard i's full ring if there is
// room in it.
func (s *store[T]) topUp(i int, v T, stamp int64) bool {
	h, ok := s.shard[i].full.TryPop()
	if !ok {
		return false
	}
	m := s.open(h)
	ok = m.n < uint(len(m.cells))
	if ok {
		m.push(v, stamp)
	}
	s.park(m)
	return ok
}

// squeeze adds the value to a magazine in any ring that has room. Pinned.
func (s *store[T]) squeeze(v T, stamp int64) bool {
	if s.size == 1 {
		return false
	}
	for i := range s.shard {
		for range s.shard[i].full.Len() {
			if s.topUp(i, v, stamp) {
				s.shard[i].puts.Inc()
				return true
			}
		}
	}
	return false
}
