package shard

import (
	"fmt"
	"math"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/pin"
)

// Sizes is what the size classes of an allocator have in common: blocks of memory of
// several sizes, a bag for each, kept as the address of the first byte. It must be made
// by NewSizes.
//
// It counts the bytes asked for without a locked instruction on a hit: each P has a row
// of sums to itself.
//
// Y1: a word of a row is written only by GetSized on the P of that row, inside its
// section (D1). Anyone reads it.
type Sizes struct {
	row  unsafe.Pointer // of the P 0. Constant.
	rows uint           // constant
	log  uint           // a row has 1<<log bytes. Constant.

	other SizeOther       // constant
	rest  []atomic.Uint64 // of misses, Ps without a row, and builds without pin.Direct
	mem   []uint64        // the rows
}

// SizeOther is what GetSized and PutSized do where the class does not know.
type SizeOther struct {
	Get func(n int) []byte // in a class without a bag
	Put func(b []byte)     // where the capacity of b is not what the class takes back
}

// SizeClass is what is needed to know of the blocks of one size to get one for some
// lengths. Sizes.Class makes it; a copy is as good.
//
// Y2: the bag holds addresses of size bytes that nobody else has.
type SizeClass struct {
	bag   *Bag[*byte] // nil: SizeOther.Get knows
	back  int         // the capacity that PutSized puts into the bag; or -1, which is none
	row   unsafe.Pointer
	sizes *Sizes
	size  uint32
	low   uint32 // lengths of more, up to size, go to this class
	shift uint32 // of n-1-low, for the step of a length n
	first uint32 // the number of the class's first sum
}

const (
	// SizeSteps is in how many steps the lengths of a size class are told apart.
	SizeSteps = 1 << stepBits
	stepBits  = 3

	// MaxSize is the largest block of a SizeClass.
	MaxSize = 1 << 30

	// anySize is what the compiler knows SizeClass.size not to exceed, at least on 64-bit
	// machines.
	anySize = math.MaxInt & math.MaxUint32

	// rowMargin is how many words the first row is from what others may write: a pair of
	// cache lines.
	rowMargin = 16
)

// NewSizes makes a Sizes for classes of n bags, with rows for ps Ps.
func NewSizes(n, ps int, other SizeOther) *Sizes {
	s := &Sizes{other: other, rest: make([]atomic.Uint64, n*SizeSteps)}
	if pin.Direct && pin.Offset != 0 {
		s.log = 3
		for 1<<s.log < 8*max(n*SizeSteps, rowMargin) {
			s.log++
		}
		s.mem = make([]uint64, ps<<s.log/8+2*rowMargin)
		s.row, s.rows = unsafe.Pointer(&s.mem[rowMargin]), uint(ps)
	}
	return s
}

// Class returns the class of the lengths over low up to size, MaxSize at most, whose
// blocks b holds, the bag number k. The policy of b has neither Prepare nor Admit, and its Miss
// returns a block. It panics if k, low or size are out of range or b prepares or admits.
func (s *Sizes) Class(k int, b *Bag[*byte], low, size int) SizeClass {
	switch {
	case b.admits:
		panic("shard: SizeClass of a Bag that prepares or admits")
	case k < 0 || k >= len(s.rest)/SizeSteps:
		panic(fmt.Sprintf("shard: SizeClass %d of %d", k, len(s.rest)/SizeSteps))
	case low < 0 || low >= size || size > MaxSize:
		panic(fmt.Sprintf("shard: SizeClass of lengths over %d up to %d: up to %d would do", low, size, MaxSize))
	}
	c := SizeClass{bag: b, back: size, sizes: s, size: uint32(size), low: uint32(low), first: uint32(k) * SizeSteps}
	for (size-low-1)>>c.shift >= SizeSteps {
		c.shift++
	}
	if s.rows > 0 {
		c.row = unsafe.Pointer(&s.mem[rowMargin+int(c.first)])
	}
	return c
}

// NoClass returns the class of lengths that SizeOther knows.
func (s *Sizes) NoClass() SizeClass { return SizeClass{back: -1, sizes: s} }

// PutsOther has PutSized leave every block to SizeOther.
func (c *SizeClass) PutsOther() { c.back = -1 }

// Size returns the size of the blocks.
func (c *SizeClass) Size() int { return int(c.size) }

// Step returns how many lengths there are in a step; the first begins at the lowest.
func (c *SizeClass) Step() int { return 1 << c.shift }

// sum is the number of the sum of a length n.
func (c *SizeClass) sum(n int) int {
	return int(uint(c.first) + uint(n-1-int(c.low))>>c.shift%SizeSteps)
}

// Sum returns the bytes asked for by lengths of the step i, 0 to SizeSteps-1.
func (c *SizeClass) Sum(i int) uint64 {
	s := c.sizes
	i += int(c.first)
	n := s.rest[i].Load()
	for id := range int(s.rows) {
		n += stdatomic.LoadUint64(&s.mem[rowMargin+id<<s.log/8+i])
	}
	return n
}

// GetSized returns n bytes of a block of the class, with its capacity, and counts them. n is a
// length of the class, or 0: that is not checked. D1.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func GetSized(c *SizeClass, n int) []byte {
	if pin.Direct {
		m, off := pin.M(), pin.Offset
		b, s := c.bag, c.sizes
		if off != 0 && b != nil {
			oldest := stdatomic.LoadInt64(&b.oldest)
			head := (*lane[*byte])(stdatomic.LoadPointer(&b.lanes))
			id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if id < head.n && id < s.rows {
				l := (*lane[*byte])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
				cells, i := l.loaded.cells, l.loaded.n-1
				if i < uint(len(cells)) && cells[i].stamp >= oldest {
					// Else the compiler would find out by a load, which waits for a cold block.
					if v := cells[i].v; v != nil {
						l.gets++
						l.loaded.n = i
						*(*uint64)(unsafe.Add(c.row, id<<(s.log&63)+uint(n-1-int(c.low))>>(c.shift&63)%SizeSteps*8)) += uint64(n) // Y1
						return (*[anySize]byte)(unsafe.Pointer(v))[:n:c.size]
					}
				}
			}
		}
	}
	return c.get(n)
}

// get is the rest of GetSized.
//
//go:noinline
func (c *SizeClass) get(n int) []byte {
	if c.bag == nil {
		return c.sizes.other.Get(n)
	}
	c.sizes.rest[c.sum(n)].Add(uint64(n))
	return unsafe.Slice(c.bag.getOrMiss(), c.size)[:n]
}

// PutSized puts back the block that b is, or a prefix of it, by its capacity. D1.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func PutSized(c *SizeClass, b []byte) {
	if pin.Direct {
		m, off := pin.M(), pin.Offset
		if off != 0 && c.back == cap(b) {
			bag := c.bag
			stamp := stdatomic.LoadInt64(&bag.stamp) // 0 to have the policy asked
			head := (*lane[*byte])(stdatomic.LoadPointer(&bag.lanes))
			id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if stamp != 0 && id < head.n {
				l := (*lane[*byte])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
				cells, i := l.loaded.cells, l.loaded.n
				if i < uint(len(cells)) {
					x := &cells[i]
					x.stamp = stamp
					l.loaded.n = i + 1
					l.puts++
					x.v = unsafe.SliceData(b)
					return
				}
			}
		}
	}
	c.put(b)
}

// put is the rest of PutSized.
//
//go:noinline
func (c *SizeClass) put(b []byte) {
	if c.back != cap(b) {
		c.sizes.other.Put(b)
		return
	}
	c.bag.putOrOverflow(unsafe.SliceData(b))
}
