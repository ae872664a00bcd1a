package buffers_test

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/buffers"
)

// aligned checks n buffers of a size, none of which is released.
func aligned(t *testing.T, what string, size, n int, acquire func() []byte) {
	t.Helper()
	want := uintptr(min(size&-size, 4096)) // the largest power of two that divides size
	for i := range n {
		b := acquire()
		if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))); at%want != 0 {
			t.Fatalf("%s: buffer %d of %d bytes is at %#x, want a multiple of %d", what, i, size, at, want)
		}
	}
}

// A buffer's alignment is that of its size, whatever room its tier has.
func TestAlignment(t *testing.T) {
	for _, size := range []int{8, 64, 100, 256, 512, 640, 1000, 1024, 1536, 2048, 4096, 4864, 6784, 8192, 12288, 40000, 65536, 70000} {
		for _, zero := range []bool{false, true} {
			for room := 1; room <= 64; room++ {
				p := newPool(t, buffers.Options{Sizes: []int{size}, MaxIdlePerTier: room, MaxRetainedBytes: -1, Zero: zero})
				aligned(t, fmt.Sprintf("room for %d, Zero %v", room, zero), size, min(200, 1+(1<<18)/size), func() []byte { return p.Acquire(size) })
			}
		}
		for _, room := range []int{0, 1, 3, 5, 7, 100} {
			p, err := buffers.NewFixed(size, room)
			if err != nil {
				t.Fatal(err)
			}
			aligned(t, fmt.Sprintf("Fixed with room for %d", room), size, min(200, 1+(1<<18)/size), p.Acquire)
		}
	}
}
