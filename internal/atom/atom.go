//go:build !plunge_explore

// Package atom is what packages ring and shard use of sync/atomic and sync. Its types
// are aliases and its functions calls that are inlined, so that it costs nothing
// (make asm-check compares the machine code with and without it). With the tag
// plunge_explore the types are others that let package explore decide, before each
// operation, which goroutine goes on.
package atom

import (
	"sync"
	"sync/atomic"
	"unsafe"
)

// Explored reports the build with the tag plunge_explore.
const Explored = false

type (
	// Uint64 is atomic.Uint64.
	Uint64 = atomic.Uint64
	// Mutex is sync.Mutex.
	Mutex = sync.Mutex
)

// The functions are generic for the reason given in package race, and have the
// parameters that sync/atomic's have: P is unsafe.Pointer and I int64.

// LoadPointer is atomic.LoadPointer.
func LoadPointer[P ~unsafe.Pointer](addr *P) unsafe.Pointer {
	return atomic.LoadPointer((*unsafe.Pointer)(unsafe.Pointer(addr)))
}

// StorePointer is atomic.StorePointer.
func StorePointer[P ~unsafe.Pointer](addr *P, p unsafe.Pointer) {
	atomic.StorePointer((*unsafe.Pointer)(unsafe.Pointer(addr)), p)
}

// SwapPointer is atomic.SwapPointer.
func SwapPointer[P ~unsafe.Pointer](addr *P, p unsafe.Pointer) unsafe.Pointer {
	return atomic.SwapPointer((*unsafe.Pointer)(unsafe.Pointer(addr)), p)
}

// LoadInt64 is atomic.LoadInt64.
func LoadInt64[I ~int64](addr *I) int64 {
	return atomic.LoadInt64((*int64)(unsafe.Pointer(addr)))
}

// StoreInt64 is atomic.StoreInt64.
func StoreInt64[I ~int64](addr *I, v int64) {
	atomic.StoreInt64((*int64)(unsafe.Pointer(addr)), v)
}
