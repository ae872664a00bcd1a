//go:build race

package race

import (
	"runtime"
	"sync/atomic"
	"unsafe"
)

// Enabled reports a build with -race.
const Enabled = true

// Acquire orders what follows it after every earlier ReleaseMerge of addr.
func Acquire[T any](addr *T) { runtime.RaceAcquire(unsafe.Pointer(addr)) }

// ReleaseMerge orders what came before it ahead of later Acquires of addr.
func ReleaseMerge[T any](addr *T) { runtime.RaceReleaseMerge(unsafe.Pointer(addr)) }

// Add adds to a word that only its owner writes and that others may Load.
func Add[N ~uint](p *N, d N) { atomic.AddUintptr((*uintptr)(unsafe.Pointer(p)), uintptr(d)) }

// Load reads a word that its owner may be adding to.
func Load[N ~uint](p *N) N { return N(atomic.LoadUintptr((*uintptr)(unsafe.Pointer(p)))) }

// Store writes a word that only its owner writes and that others may Load.
func Store[N ~uint](p *N, v N) { atomic.StoreUintptr((*uintptr)(unsafe.Pointer(p)), uintptr(v)) }
