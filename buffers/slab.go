package buffers

import (
	"runtime"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"
)

const (
	// slabBytes is the most that is allocated to be carved into buffers.
	slabBytes = 64 << 10

	// maxPieces is the most buffers of a slab: a magazine's worth of package shard.
	maxPieces = 64

	// minPieces is the least that makes a slab worth its while; larger buffers
	// are made singly. BenchmarkMiss has what a miss costs.
	minPieces = 8

	// tinyBytes is the size below which objects without pointers can share one
	// allocation, which runtime.AddCleanup then does not see collected.
	tinyBytes = 16
)

// slabs makes the small buffers of one tier, many at a time.
//
// K1: the pieces of a slab are cut by three-index slices and do not overlap, so an
// append to one cannot reach the next.
//
// K2: a slab lives as long as one of its pieces is reachable, and is counted as long.
type slabs struct {
	size   int // of a piece
	pieces int // of a slab; 1: no slabs
	live   *slabCount
}

// slabCount is apart from the tier, so that a cleanup keeps no pool alive.
type slabCount struct {
	_     [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too
	slabs atomic.Int64
	bytes atomic.Int64
	made  atomic.Uint64
}

func (s *slabs) init(size int) {
	s.size, s.pieces, s.live = size, 1, new(slabCount)
	if n := min(slabBytes/size, maxPieces); n >= minPieces && n*size >= tinyBytes {
		s.pieces = n
	}
}

// carve allocates a slab and fills pieces, two at least, with the first bytes of its
// buffers. The bytes are zero.
func (s *slabs) carve(pieces []*byte) {
	bytes := len(pieces) * s.size
	mem := make([]byte, bytes)
	for i := range pieces {
		pieces[i] = unsafe.SliceData(mem[i*s.size : (i+1)*s.size : (i+1)*s.size]) // K1
	}
	if bytes < tinyBytes {
		return
	}
	live := s.live
	live.slabs.Inc()
	live.bytes.Add(int64(bytes))
	live.made.Inc()
	runtime.AddCleanup(&mem[0], func(bytes int) { // K2
		live.slabs.Dec()
		live.bytes.Sub(int64(bytes))
	}, bytes)
}
