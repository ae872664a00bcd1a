package buffers

import (
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/pin"
)

// steps is in how many parts the lengths of a tier are told apart.
const (
	stepBits = 3
	steps    = 1 << stepBits
)

// tally sums the lengths that were asked for, by tier and by part of it, without a locked
// instruction where that can be: each P has a row of its own.
//
// Y1: a word of a row is written only by add on the P of that row, between pin.M and
// the end of the function: a pinned section, as in package shard (see D1 there and
// pin.Offset). Anyone reads it.
type tally struct {
	row  unsafe.Pointer // of the P 0. Constant.
	rows uint           // constant
	bits uint           // a row has 1<<bits words. Constant.

	rest []atomic.Uint64 // from Ps without a row, and in builds without pin.Direct
	mem  []uint64        // the rows
}

// lineWords is how many words a pair of cache lines has: rows of different Ps are that
// far apart.
const lineWords = 16

func (t *tally) init(tiers, ps int) {
	n := tiers * steps
	t.rest = make([]atomic.Uint64, n)
	if pin.Direct && pin.Offset != 0 {
		t.bits = uint(max(log2(n), 0))
		// A row more, so that the last does not end in a line of somebody else's.
		t.mem = make([]uint64, (ps+1)<<t.bits+2*lineWords)
		t.row, t.rows = unsafe.Pointer(&t.mem[lineWords]), uint(ps)
	}
}

// add adds n to the sum i, which must be below tiers*steps.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func (t *tally) add(i, n uint) {
	if pin.Direct {
		m, off := pin.M(), pin.Offset
		if off != 0 {
			id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if id < t.rows {
				*(*uint64)(unsafe.Add(t.row, (id<<t.bits+i)*8)) += uint64(n) // Y1
				return
			}
		}
	}
	t.addRest(i, n)
}

// addRest is add where no row is to be had.
//
//go:noinline
func (t *tally) addRest(i, n uint) { t.rest[i].Add(uint64(n)) }

// sum returns sum i.
func (t *tally) sum(i int) uint64 {
	n := t.rest[i].Load()
	for id := range int(t.rows) {
		n += stdatomic.LoadUint64((*uint64)(unsafe.Add(t.row, (id<<t.bits+i)*8)))
	}
	return n
}
