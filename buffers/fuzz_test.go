package buffers_test

import (
	"bytes"
	"testing"

	"github.com/plungepool/plunge/buffers"
)

// FuzzPool runs the operations that ops encodes, four bytes each: Acquire, AcquireZeroed,
// Grow, appends within the capacity, Release of a prefix, of a suffix and of something
// foreign, Clear. What is held keeps its contents; lengths and capacities are the
// tiers'; the counts are exact after each step.
func FuzzPool(f *testing.F) {
	f.Add(uint8(0), []byte("a\x00\x01\x00a\x00\x02\x00g\x01\x05\x00r\x00\x00\x00r\x00\x00\x00"))
	f.Add(uint8(1), []byte("z\x00\xff\x00a\x03\x02\x10p\x01\x05\x00s\x00\x07\x00r\x01\x00\x00c\x00\x00\x00"))
	f.Add(uint8(6), []byte("a\x00\xff\xffg\x00\xff\xffr\x00\x80\x00f\x00\x07\x00a\x00\xff\x7f"))
	f.Add(uint8(11), bytes.Repeat([]byte("a\x00\x40\x00z\x01\x41\x00g\x02\x10\x01r\x01\x01\x00"), 20))
	f.Fuzz(func(t *testing.T, setup uint8, ops []byte) {
		o := buffers.Options{MinSize: 32, MaxSize: 8192, MaxIdleTime: -1, Zero: setup&1 != 0}
		if setup&2 != 0 {
			o.MinSize, o.MaxSize, o.Sizes = 0, 0, []int{7, 32, 33, 500, 1024, 9000}
		}
		if setup&4 != 0 {
			o.MaxRetainedBytes = 20000
		}
		if setup&8 != 0 {
			o.MaxIdlePerTier = 2
		}
		p := newPool(t, o)
		fuzzPool(t, p, o, ops)
	})
}

// want is a buffer that is held, and what must be in it.
type want struct{ b, copy []byte }

func fuzzPool(t *testing.T, p *buffers.Pool, o buffers.Options, ops []byte) {
	var held []want
	foreign := uint64(0)
	isTier := map[int]bool{}
	largest := 0
	for _, ts := range p.Stats().Tiers {
		isTier[ts.Size] = true
		largest = ts.Size
	}
	lost := 0 // buffers of tiers that did not come back whole
	inUse := func() int {
		n := lost
		for _, h := range held {
			if isTier[cap(h.b)] {
				n++
			}
		}
		return n
	}
	for step := byte(1); len(ops) >= 4 && step < 200; step++ {
		op, i, n := ops[0], int(ops[1]), int(ops[2])|int(ops[3])<<8
		ops = ops[4:]
		n %= 20000
		if len(held) > 0 {
			i %= len(held)
		}
		switch {
		case op == 'a' || op == 'z' || len(held) == 0:
			b := p.Acquire(n)
			if op == 'z' {
				p.Release(b)
				b = p.AcquireZeroed(n)
			}
			if len(b) != n || n <= largest && !isTier[cap(b)] || n > largest && cap(b) != n {
				t.Fatalf("Acquire(%d): got len %d, cap %d", n, len(b), cap(b))
			}
			if op == 'z' || o.Zero {
				for k, c := range b {
					if c != 0 {
						t.Fatalf("byte %d of zeroed %d: got %d", k, n, c)
					}
				}
			}
			for k := range b[:cap(b)] {
				b[:cap(b)][k] = step
			}
			held = append(held, want{b, bytes.Clone(b)})
		case op == 'g':
			h := &held[i]
			n %= 3000
			h.b = p.Grow(h.b, n)
			if cap(h.b)-len(h.b) < n {
				t.Fatalf("Grow by %d: got len %d, cap %d", n, len(h.b), cap(h.b))
			}
			h.b = append(h.b, bytes.Repeat([]byte{step}, n)...)
			h.copy = append(h.copy, bytes.Repeat([]byte{step}, n)...)
		case op == 'c':
			p.Clear()
		case op == 'f':
			b := make([]byte, n)
			if n > 0 && n <= largest && !isTier[cap(b)] {
				p.Release(b)
				foreign++
			}
		default:
			h := held[i]
			held = append(held[:i], held[i+1:]...)
			b := h.b
			if op == 's' && !p.Checked() && len(b) > 1 && !isTier[cap(b)-1] && isTier[cap(b)] { // a suffix
				b = b[1:]
				foreign++
				lost++
			}
			p.Release(b[:min(n, len(b))])
		}
		for k, h := range held {
			if !bytes.Equal(h.b, h.copy) {
				t.Fatalf("step %d: buffer %d of %d bytes has changed", step, k, len(h.b))
			}
		}
		s := p.Stats()
		got := 0
		for _, ts := range s.Tiers {
			got += ts.Pool.InUse
		}
		if got != inUse() || s.Foreign != foreign {
			t.Fatalf("step %d, %q: got %d in use, Foreign %d, want %d, %d", step, op, got, s.Foreign, inUse(), foreign)
		}
		bounded(t, p, o)
	}
}
