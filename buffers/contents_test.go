package buffers_test

import (
	"runtime"
	"testing"

	"github.com/plungepool/plunge/buffers"
)

// soil leaves memory full of ones behind, of the sizes that a miss allocates.
func soil() {
	for range 3 {
		var held [][]byte
		for size := 256; size <= 1<<20; size *= 2 {
			for range min(1<<20/size, 64) {
				b := make([]byte, size)
				for i := range b {
					b[i] = 0xff
				}
				held = append(held, b)
			}
		}
		runtime.KeepAlive(held)
		runtime.GC()
	}
}

// written returns how many bytes of b, up to its capacity, are not zero.
func written(b []byte) (n int) {
	for _, c := range b[:cap(b)] {
		if c != 0 {
			n++
		}
	}
	return n
}

// TestZeroOfNewBuffers shows that buffers are zero where that is promised when nobody had
// them before, though the memory they are made of has been used.
func TestZeroOfNewBuffers(t *testing.T) {
	zero := newPool(t, buffers.Options{Zero: true})
	plain := newPool(t, buffers.Options{})
	grpc, arrow := plain.GRPC(), plain.Arrow()
	for name, f := range map[string]func(size int) []byte{
		"Zero":          zero.Acquire,
		"GRPC":          func(size int) []byte { return *grpc.Get(size) },
		"AcquireZeroed": func(size int) []byte { return plain.AcquireZeroed(size)[:size:size] },
		"Arrow":         func(size int) []byte { return arrow.Allocate(size)[:size:size] },
	} {
		soil()
		for size := 200; size <= 2<<20; size *= 2 {
			for range 20 {
				if b := f(size); written(b) != 0 {
					t.Fatalf("%s of %d bytes: got %d bytes that are not zero", name, size, written(b))
				}
			}
		}
	}
}

// TestNewBuffersAreApart shows that buffers made on a miss are nobody else's: what is
// written to one over its whole capacity stays, whatever is made and collected
// meanwhile.
func TestNewBuffersAreApart(t *testing.T) {
	p := newPool(t, buffers.Options{MinSize: 8})
	var held [][]byte
	for size := 1; size <= 1<<20; size *= 2 {
		for range min(200, 4<<20/size) {
			b := p.Acquire(size)
			b = b[:cap(b)]
			for i := range b {
				b[i] = byte(len(held))
			}
			held = append(held, b)
		}
	}
	soil()
	for i, b := range held {
		for j := range b {
			if b[j] != byte(i) {
				t.Fatalf("buffer %d of %d bytes: got %#x at %d, want %#x", i, cap(b), b[j], j, byte(i))
			}
		}
	}
}
