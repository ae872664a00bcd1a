//go:build !race

package race

import (
	"sync/atomic"
	"unsafe"
)

// Enabled reports a build with -race.
const Enabled = false

// Acquire orders what follows it after every earlier ReleaseMerge of addr.
func Acquire[T any](*T) {}

// ReleaseMerge orders what came before it ahead of later Acquires of addr.
func ReleaseMerge[T any](*T) {}

// Add adds to a word that only its owner writes and that others may Load.
func Add[N ~uint](p *N, d N) { *p += d }

// Load reads a word that its owner may be adding to. A racing read of a word observes a value that was written to it
// (The Go Memory Model, "Implementation Restrictions for Programs Containing Data Races"). An atomic read is not
// moved across others.
func Load[N ~uint](p *N) N { return N(atomic.LoadUintptr((*uintptr)(unsafe.Pointer(p)))) }

// Store writes a word that only its owner writes and that others may Load.
func Store[N ~uint](p *N, v N) { *p = v }
