package shard

import (
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/pin"
)

// Tally is a number of sums that GetTallied adds to without a locked instruction on a
// hit: each P has a row of them to itself. It must be made by NewTally.
//
// Y1: a word of a row is written only by GetTallied on the P of that row, inside its
// section (D1). Anyone reads it.
type Tally struct {
	row  unsafe.Pointer // of the P 0. Constant.
	rows uint           // constant
	bits uint           // a row has 1<<bits words. Constant.

	rest []atomic.Uint64 // of misses, Ps without a row, and builds without pin.Direct
	mem  []uint64        // the rows
}

// tallyMargin is how many words the first row is from what others may write: a pair of
// cache lines.
const tallyMargin = 16

// NewTally makes a Tally of n sums, with rows for ps Ps.
func NewTally(n, ps int) *Tally {
	t := &Tally{rest: make([]atomic.Uint64, n)}
	if pin.Direct && pin.Offset != 0 {
		for 1<<t.bits < max(n, tallyMargin) {
			t.bits++
		}
		t.mem = make([]uint64, ps<<t.bits+2*tallyMargin)
		t.row, t.rows = unsafe.Pointer(&t.mem[tallyMargin]), uint(ps)
	}
	return t
}

// Add adds n to sum i, by a locked instruction.
//
//go:noinline
func (t *Tally) Add(i, n uint) { t.rest[i].Add(uint64(n)) }

// Sum returns sum i.
func (t *Tally) Sum(i int) uint64 {
	n := t.rest[i].Load()
	for id := range int(t.rows) {
		n += stdatomic.LoadUint64(&t.mem[tallyMargin+id<<t.bits+i])
	}
	return n
}

// GetTallied is Get(b), and adds n to sum i of t, which must be one of its sums: that is
// not checked. A hit takes 1 ns longer than that of Get. D1.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func GetTallied[E any](b *Bag[*E], t *Tally, i, n uint) (v *E) {
	if pin.Direct {
		m, off := pin.M(), pin.Offset
		oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a zero Bag
		if off != 0 && oldest != 0 {
			head := (*lane[*E])(stdatomic.LoadPointer(&b.lanes))
			id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if id < head.n && id < t.rows {
				l := (*lane[*E])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
				cells, k := l.loaded.cells, l.loaded.n-1
				if k < uint(len(cells)) && cells[k].stamp >= oldest {
					l.gets++
					*(*uint64)(unsafe.Add(t.row, (id<<(t.bits&63)+i)*8)) += uint64(n) // Y1
					v = cells[k].v
					l.loaded.n = k
					return v
				}
			}
		}
	}
	t.Add(i, n)
	return b.getOrMiss()
}
