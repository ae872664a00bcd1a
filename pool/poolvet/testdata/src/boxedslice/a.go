package boxedslice

import (
	"sync"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/syncpool"
)

type chunk []byte

var (
	std  sync.Pool
	sp   syncpool.Pool
	any1 *pool.Pool[any]
	ints *pool.Pool[[]int]
	bufs *buffers.Pool
)

func put(b []byte) {
	std.Put(b) // want `a \[\]byte in an interface takes an allocation at every Put: pool a \*\[\]byte, or use package buffers`
}

func prefix(b []byte) {
	std.Put(b[:0]) // want `a \[\]byte in an interface`
}

func deferred(c chunk) {
	defer sp.Put(c) // want `a chunk in an interface takes an allocation at every Put: pool a \*chunk, or use package buffers`
}

func release(n []int) {
	any1.Release(n) // want `a \[\]int in an interface takes an allocation at every Release: pool a \*\[\]int, or use pool.Slices`
}

func lend(b []byte) {
	l := any1.Lend(b) // want `allocation at every Lend`
	l.Release()
}

// No finding from here on.

func pointer(b []byte) { std.Put(&b) }

func boxed(v any, b []byte) {
	std.Put(v)
	std.Put(nil)
	sp.Put(any(b))
	std.Put([4]byte{})
}

func typed(b []byte, n []int) {
	ints.Release(n)
	bufs.Release(b)
}

type mine struct{}

func (mine) Put(x any) {}

func other(b []byte) { mine{}.Put(b) }
