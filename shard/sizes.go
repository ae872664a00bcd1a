package shard

import (
	"fmt"
	"math"
	"math/bits"
	"sync"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/pin"
)

// Sizes are the size classes of an allocator: blocks of memory of several sizes, with a bag for each size that
// holds the addresses of their first bytes. It must be made by NewSizes.
//
// It counts the bytes asked for without a locked instruction on a hit: each P has its own row
// of sums. There are rows once a bag has private memory.
type Sizes struct {
	// Y1: a word of a row is written only by GetSized on the P of that row, inside its section (D1). Anyone reads it.
	//
	// Y2: rows never go away. If more are needed, new ones are made, and a sum adds up all of them. A class's row is
	// set before its rows says that it is there.

	log   uint32          // a row has 1<<log bytes. Constant.
	other SizeOther       // constant
	rest  []atomic.Uint64 // sums of misses, of Ps without a row, and of builds without pin.Direct

	mu      sync.Mutex
	rows    uintptr      // how many the latest are. Guarded by mu.
	made    [][]uint64   // rows, each time that some were made. Guarded by mu.
	classes []*SizeClass // guarded by mu
}

// SizeOther has what GetSized and PutSized call for what a class does not serve.
type SizeOther struct {
	Get func(n int) []byte // for a class without a bag
	Put func(b []byte)     // for a b whose capacity is not what the class takes back
}

// SizeClass serves a range of lengths with blocks of one size. Sizes.Class makes it. It must not be copied.
type SizeClass struct {
	// Y3: the bag holds addresses of size bytes that nobody else has.

	bag   *Bag[*byte]    // nil: SizeOther.Get serves
	back  int            // the capacity that PutSized puts into the bag; or -1, which is none
	row   unsafe.Pointer // of P 0: Y2
	rows  uintptr        // Sizes.rows. Accessed by sync/atomic; written under Sizes.mu.
	sizes *Sizes
	log   uint32 // Sizes.log
	size  uint32
	low   uint32 // the class has the lengths above this, up to size
	shift uint32 // of n-1-low, for the step of a length n
	first uint32 // the number of the class's first sum
}

const (
	// SizeSteps is the number of steps into which the lengths of a size class are divided.
	SizeSteps = 1 << stepBits
	stepBits  = 3

	// MaxSize is the largest block of a SizeClass.
	MaxSize = 1 << 30

	// anySize bounds SizeClass.size in a way that the compiler can prove, at least on 64-bit machines.
	anySize = math.MaxInt & math.MaxUint32

	// rowMargin is how many words the first row is from what others may write: a pair of
	// cache lines.
	rowMargin = 16
)

// NewSizes makes a Sizes for classes of n bags.
func NewSizes(n int, other SizeOther) *Sizes {
	s := &Sizes{other: other, rest: make([]atomic.Uint64, n*SizeSteps), log: 3}
	for 1<<s.log < 8*max(n*SizeSteps, rowMargin) {
		s.log++
	}
	return s
}

// Class returns class number k, for the lengths over low up to size, MaxSize at most. b holds its blocks. The policy
// of b has neither Prepare nor Admit, and its Miss returns a block. It panics if k, low or size are out of range or b
// prepares or admits.
func (s *Sizes) Class(k int, b *Bag[*byte], low, size int) *SizeClass {
	if !b.plain {
		panic("shard: SizeClass of a Bag that prepares or admits")
	}
	return s.ClassToGet(k, b, low, size)
}

// ClassToGet returns a class as Class does, for a b that may prepare and admit. If it does, call PutsOther on the
// class, so that PutSized leaves every block to SizeOther.
func (s *Sizes) ClassToGet(k int, b *Bag[*byte], low, size int) *SizeClass {
	switch {
	case k < 0 || k >= len(s.rest)/SizeSteps:
		panic(fmt.Sprintf("shard: SizeClass %d of %d", k, len(s.rest)/SizeSteps))
	case low < 0 || low >= size || size > MaxSize:
		panic(fmt.Sprintf("shard: SizeClass of lengths over %d up to %d: up to %d would do", low, size, MaxSize))
	}
	c := &SizeClass{bag: b, back: size, sizes: s, log: s.log, size: uint32(size), low: uint32(low), first: uint32(k) * SizeSteps}
	c.shift = uint32(bits.TrailingZeros(uint(SizeStep(low, size))))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.classes = append(s.classes, c)
	if n := len(s.made); n > 0 {
		c.row, c.rows = s.rowOf(c, s.made[n-1]), s.rows
	}
	return c
}

// NoClass returns the class of lengths that SizeOther serves.
func (s *Sizes) NoClass() *SizeClass { return &SizeClass{back: -1, sizes: s} }

// PutsOther has PutSized leave every block to SizeOther. It is called before any use.
func (c *SizeClass) PutsOther() { c.back = -1 }

// Size returns the size of the blocks.
func (c *SizeClass) Size() int { return int(c.size) }

// Bag returns the bag of the blocks; nil in NoClass.
func (c *SizeClass) Bag() *Bag[*byte] { return c.bag }

// SizeStep returns how many lengths one step has, in the class of the lengths over low up to size.
func SizeStep(low, size int) int {
	step := 1
	for (size-low-1)/step >= SizeSteps {
		step *= 2
	}
	return step
}

// Step is SizeStep of the class.
func (c *SizeClass) Step() int { return 1 << c.shift }

// rowOf returns where the sums of P 0 for the class are in rows.
func (s *Sizes) rowOf(c *SizeClass, rows []uint64) unsafe.Pointer {
	return unsafe.Pointer(&rows[rowMargin+int(c.first)])
}

// grow makes rows for n Ps.
func (s *Sizes) grow(n int) {
	if !pin.Direct || pin.Offset == 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if uintptr(n) <= s.rows {
		return
	}
	rows := make([]uint64, n<<s.log/8+2*rowMargin)
	s.made = append(s.made, rows)
	s.rows = uintptr(n)
	for _, c := range s.classes {
		stdatomic.StorePointer(&c.row, s.rowOf(c, rows))
		stdatomic.StoreUintptr(&c.rows, s.rows) // Y2
	}
}

// sum is the number of the sum that counts a length n.
func (c *SizeClass) sum(n int) int {
	return int(uint(c.first) + uint(n-1-int(c.low))>>c.shift%SizeSteps)
}

// Sum returns the bytes asked for by lengths of the step i, 0 to SizeSteps-1.
func (c *SizeClass) Sum(i int) uint64 {
	s := c.sizes
	i += int(c.first)
	n := s.rest[i].Load()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, rows := range s.made {
		for at := rowMargin + i; at < len(rows)-rowMargin; at += 1 << s.log / 8 {
			n += stdatomic.LoadUint64(&rows[at])
		}
	}
	return n
}

// get is the rest of GetSized.
//
//go:noinline
func (c *SizeClass) get(n int) []byte {
	if c.bag == nil {
		return c.sizes.other.Get(n)
	}
	if ps := c.bag.Lanes(); uintptr(ps) > stdatomic.LoadUintptr(&c.rows) {
		c.sizes.grow(ps)
	}
	c.sizes.rest[c.sum(n)].Add(uint64(n))
	return unsafe.Slice(c.bag.getOrMiss(), c.size)[:n]
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
