package buffers_test

import (
	"testing"

	"github.com/plungepool/plunge/buffers"
)

// inEight writes n bytes by eight writes to a Buffer of capacity 0. It returns how many buffers that acquired from p:
// one, and another each time that the Buffer grew.
func inEight(t *testing.T, p *buffers.Pool, n int) uint64 {
	t.Helper()
	acquired := func() (sum uint64) {
		s := p.Stats()
		for _, ts := range s.Tiers {
			sum += ts.Pool.Acquired
		}
		return sum + s.Oversized
	}
	before := acquired()
	b := p.NewBuffer(0)
	for i := range 8 {
		_, _ = b.Write(make([]byte, (i+1)*n/8-i*n/8))
	}
	if b.Len() != n {
		t.Fatalf("got length %d, want %d", b.Len(), n)
	}
	b.Release()
	return acquired() - before
}

func skipGuarded(t *testing.T) {
	if buffers.Guard().Enabled {
		t.Skip("the guard build begins with the smallest tier")
	}
}

// Buffers of no given capacity begin with what recent ones needed, and do not grow.
func TestBufferLearns(t *testing.T) {
	skipGuarded(t)
	for _, o := range []buffers.Options{{}, {Zero: true}, {Sizes: []int{100, 700, 1000, 70000}}} {
		for _, c := range []struct{ size, uses int }{{0, 0}, {100, 0}, {288, 1}, {800, 2}, {1500, 2}, {20000, 6}} {
			p := newPool(t, o)
			for range c.uses {
				inEight(t, p, c.size)
			}
			for range 100 {
				if got := inEight(t, p, c.size); got != 1 {
					t.Fatalf("%v: %d bytes after %d Buffers of as many: got %d buffers acquired, want 1", o, c.size, c.uses, got)
				}
			}
			conserved(t, p, 0)
		}
	}
}

// One extraordinary Buffer does not have the others begin with as much, and none is
// remembered for ever.
func TestBufferUnlearns(t *testing.T) {
	skipGuarded(t)
	p := newPool(t, buffers.Options{})
	first := func() int {
		b := p.NewBuffer(0)
		defer b.Release()
		return b.Cap()
	}
	inEight(t, p, 100)
	inEight(t, p, 1<<20)
	if got := first(); got > 512 {
		t.Errorf("after one Buffer of 1 MiB: got capacity %d, want 512 at most", got)
	}
	for range 12 {
		inEight(t, p, 1<<20)
	}
	if got := first(); got != 1<<20 {
		t.Errorf("after 13 Buffers of 1 MiB: got capacity %d, want 1 MiB", got)
	}
	for range 4000 { // one in sixteen halves it
		inEight(t, p, 100)
	}
	if got := first(); got > 512 {
		t.Errorf("after 4,000 of 100 bytes: got capacity %d, want 512 at most", got)
	}
	// Buffers larger than every tier make the others begin with the largest tier, not beyond it.
	for range 30 {
		inEight(t, p, 3<<20)
	}
	if got := first(); got != 1<<20 {
		t.Errorf("after 30 of 3 MiB: got capacity %d, want the largest tier's, 1 MiB", got)
	}
}

// A capacity that is given is no guess: it teaches nothing, and is not changed.
func TestBufferOfGivenCapacity(t *testing.T) {
	skipGuarded(t)
	p := newPool(t, buffers.Options{})
	for range 20 {
		b := p.NewBuffer(1)
		_, _ = b.Write(make([]byte, 20000))
		b.Release()
	}
	if b := p.NewBuffer(0); b.Cap() != 256 {
		t.Errorf("after Buffers of a given capacity: got %d, want 256", b.Cap())
	}
	for range 20 {
		inEight(t, p, 20000)
	}
	if b := p.NewBuffer(1); b.Cap() != 256 {
		t.Errorf("NewBuffer(1) after Buffers of 20,000 bytes: got capacity %d, want 256", b.Cap())
	}
}
