package shard

import (
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/ring"
)

// shard is a number of magazines, and the counters of goroutines that have no lane. Its magazines that are not in
// lanes are in three rings.
type shard[T any] struct {
	empty   ring.Handles // with no value
	partial ring.Handles // with some
	full    ring.Handles // with as many as they have room for

	parked []parked[T] // by handle
	index  int         // in the store's table. Constant.

	_ cpu.CacheLinePad
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	gets   atomic.Uint64 // by goroutines without a lane
	puts   atomic.Uint64 // by goroutines without a lane
	moved  atomic.Int64  // values that lanes and housekeepers brought here, less those that they took
	stolen atomic.Uint64 // values taken from here by those whose home is another shard
	misses atomic.Uint64 // values that Policy.Miss made for those whose home is this
	low    atomic.Int64  // the least values held since Low looked

	_ cpu.CacheLinePad
}

// parked is the form of a magazine in a ring, or as the spare of a lane. Whoever took its handle from the ring owns
// it, and the ring's own ordering makes the fields visible. The cells at n and above are free, and zero in a ring.
type parked[T any] struct {
	cells []cell[T] // as many as were ever needed
	home  *shard[T] // constant
	n     uint32
	size  uint32 // values that it has room for. Constant.
	h     uint32 // handle, constant
}

// newShard makes a shard of n magazines of size values, which all together have room for total.
func newShard[T any](index, n, size, total int) *shard[T] {
	sh := &shard[T]{index: index, parked: make([]parked[T], n)}
	sh.empty.Init(n)
	sh.partial.Init(min(n, max(1, (size-1)*n))) // magazines of one value are never in it
	sh.full.Init(n)
	var cells []cell[T]
	if size == 1 { // one allocation for each would cost more than it saves
		cells = make([]cell[T], n)
	}
	for h := range sh.parked {
		p := &sh.parked[h]
		p.home, p.h = sh, uint32(h)
		p.size = uint32(min(size, total-h*size))
		if cells != nil {
			p.cells = cells[h : h+1 : h+1]
		}
		sh.empty.TryPush(p.h)
	}
	return sh
}

// held is how many values the shard has, those in hands included, at about this moment. Puts are
// read before gets, so that it is not too many.
func (sh *shard[T]) held() int64 {
	n := int64(sh.puts.Load()) + sh.moved.Load()
	return n - int64(sh.gets.Load())
}

// C2: a value in a lane is never counted as held here. So what Bag.sample counts beyond what is held in shards is in
// lanes, or on its way. A value that comes from outside is counted by Bag first. One that leaves is counted before it
// is anywhere else.

// gave counts n values that a lane or a housekeeper brought.
func (sh *shard[T]) gave(n uint32) { sh.moved.Add(int64(n)) }

// took counts n values that a lane or a housekeeper took. stolen tells that this is not the taker's home shard.
func (sh *shard[T]) took(n uint32, stolen bool) {
	sh.moved.Sub(int64(n))
	sh.sink(n, stolen)
}

// sink lowers low to what is held, after n values were taken.
func (sh *shard[T]) sink(n uint32, stolen bool) {
	if stolen {
		sh.stolen.Add(uint64(n))
	}
	for held := max(sh.held(), 0); ; {
		if low := sh.low.Load(); held >= low || sh.low.CompareAndSwap(low, held) {
			return
		}
	}
}

// pop takes a magazine from a ring of the shard, or returns nil.
func (sh *shard[T]) pop(r *ring.Handles) *parked[T] {
	h, ok := r.TryPop()
	if !ok {
		return nil
	}
	return &sh.parked[h]
}

// popSome takes a magazine with values, one that is full if there is a choice and whole is set.
func (sh *shard[T]) popSome(whole bool) *parked[T] {
	first, second := &sh.partial, &sh.full
	if whole {
		first, second = second, first
	}
	if p := sh.pop(first); p != nil {
		return p
	}
	return sh.pop(second)
}

// popRoom takes a magazine without values or, unless it has to be empty, with room.
func (sh *shard[T]) popRoom(empty bool) *parked[T] {
	if p := sh.pop(&sh.empty); p != nil || empty {
		return p
	}
	return sh.pop(&sh.partial)
}

// push puts a value into a magazine that has room. Only for its owner.
func (p *parked[T]) push(v T, stamp int64) {
	p.make(int(p.n) + 1)
	p.cells[p.n] = cell[T]{v, stamp}
	p.n++
}

// pop takes the value that was put last. Only for its owner.
func (p *parked[T]) pop() (v T, stamp int64) {
	p.n--
	c := &p.cells[p.n]
	v, stamp = c.v, c.stamp
	*c = cell[T]{}
	return v, stamp
}

// make makes cells for n values at least, of which p.n are held.
func (p *parked[T]) make(n int) {
	if n <= len(p.cells) {
		return
	}
	cells := makeCells[T](min(int(p.size), max(n, 2*len(p.cells))))
	copy(cells, p.cells[:p.n])
	p.cells = cells
}

// makeCells makes the cells of a magazine, some bytes behind the start of their memory. That start is often 8 bytes
// into a page, and so is the number of every P. A processor mistakes a load for one of what was just stored if the
// addresses agree in their lower 12 bits, and the hit after a Put waits for that number. With cells at the start, one
// magazine of 128 pointers in seven takes 1.05 to 1.1 times as long for a hit, and one in 200 up to 2.2 times
// (measured on two cores of Zen 3).
func makeCells[T any](size int) []cell[T] {
	front := 0
	if size >= leastFront && unsafe.Sizeof(*new(T)) >= unsafe.Sizeof(uintptr(0)) { // smaller ones: too much memory
		front = (frontBytes-1)/int(unsafe.Sizeof(cell[T]{})) + 1
	}
	return make([]cell[T], front+size)[front:]
}
