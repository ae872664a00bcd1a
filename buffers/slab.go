package buffers

import (
	"math/bits"
	"runtime"
	"strings"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/shard"
)

const (
	// slabBytes is the most that is allocated to be carved into buffers.
	slabBytes = 64 << 10

	// maxPieces is the most buffers of a slab: a magazine's worth of package shard.
	maxPieces = shard.DefaultMagazine

	// minPieces is the least number of pieces that is worth a slab; larger buffers are made singly.
	// `make bench WORKLOAD=buffers-miss` has what a miss costs.
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
//
// K3: the bytes are zero if the pool promises it. Otherwise they are what was in the memory before: clearing it is
// most of what a make costs.
//
// K4: every buffer is aligned as alignment says.
type slabs struct {
	size   int  // of a piece
	pieces int  // of a slab; 1: no slabs
	zero   bool // K3. Set before the pool is used.
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

// maxAlign is the largest alignment of buffers. The runtime aligns to 8 KiB, but does not promise it.
const maxAlign = 4096

// alignment is the alignment of buffers of a size: the largest power of two that divides the size, up to maxAlign.
func alignment(size int) uintptr { return uintptr(min(size&-size, maxAlign)) }

// memory allocates n bytes, a multiple of size, and returns how many it has allocated: K3, K4.
func (s *slabs) memory(n int) (*byte, int) {
	p := s.allocate(n)
	if uintptr(unsafe.Pointer(p))%alignment(s.size) == 0 {
		return p, n
	}
	// The runtime's size class for n is not a multiple of the alignment. Classes of powers of two are aligned to
	// their size, up to a page.
	n = 1 << bits.Len(uint(n-1))
	return s.allocate(n), n
}

func (s *slabs) allocate(n int) *byte {
	if s.zero || !shared {
		return unsafe.SliceData(make([]byte, n))
	}
	return uncleared(n)
}

// uncleared allocates n bytes without clearing them, by a strings.Builder. The standard library exports no other way
// to such memory.
func uncleared(n int) *byte {
	var b strings.Builder
	b.Grow(n)
	_ = b.WriteByte(0) // always nil. The data of an empty string might be anywhere.
	return unsafe.StringData(b.String())
}

// shared reports that uncleared works with this version of Go: that a Builder's String is
// the very memory of Grow, to its end.
var shared = func() bool {
	const n = 64
	var b strings.Builder
	b.Grow(n)
	_ = b.WriteByte(0)
	first := b.String()
	for b.Len() < n {
		_ = b.WriteByte(0)
	}
	return b.Cap() >= n && unsafe.StringData(first) == unsafe.StringData(b.String())
}()

// carve allocates a slab and fills pieces, two at least, with the first bytes of its
// buffers.
func (s *slabs) carve(pieces []*byte) {
	first, bytes := s.memory(len(pieces) * s.size)
	mem := unsafe.Slice(first, bytes)
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
