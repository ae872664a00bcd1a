package ring_test

import (
	"fmt"

	"github.com/plungepool/plunge/ring"
)

// Handles as a free list: whoever pops an index owns that buffer until the index is pushed back.
func ExampleHandles() {
	buffers := make([][512]byte, 4)
	free := ring.NewHandles(len(buffers))
	for i := range buffers {
		free.TryPush(uint32(i))
	}

	h, ok := free.TryPop()
	if !ok {
		fmt.Println("all buffers are in use")
		return
	}
	n := copy(buffers[h][:], "hello")
	fmt.Printf("buffer %d: %s, %d free\n", h, buffers[h][:n], free.Len())
	free.TryPush(h)
	fmt.Printf("%d of %d free\n", free.Len(), free.Cap())
	// Output:
	// buffer 0: hello, 3 free
	// 4 of 4 free
}

// What finds no room is refused; the rest comes out in order.
func ExampleRing() {
	r := ring.New[string](3)
	for _, s := range []string{"a", "b", "c", "d"} {
		if !r.TryPush(s) {
			fmt.Println("no room for", s)
		}
	}
	for s, ok := r.TryPop(); ok; s, ok = r.TryPop() {
		fmt.Println(s)
	}
	// Output:
	// no room for d
	// a
	// b
	// c
}
