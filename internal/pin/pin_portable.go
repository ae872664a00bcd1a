//go:build plunge_portable && !plunge_explore

package pin

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/cpu"
)

// Exclusive reports that several goroutines can hold one number at once.
const Exclusive = false

const slots = 64 // a power of two

// M returns nil: the portable build does not look into the runtime.
func M() unsafe.Pointer { return nil }

// slot counts the sections that have begun and not ended, by phase.
type slot struct {
	_      cpu.CacheLinePad
	active [2]atomic.Int64
	_      cpu.CacheLinePad
}

var (
	sections [slots]slot
	phase    atomic.Uint32 // sections that begin now are counted under phase&1
)

// Pin starts a section and returns a number that tells its slot and phase.
// Goroutines with different stacks mostly get different numbers.
func Pin() int {
	var local byte
	// Fibonacci hashing; stacks are at least 2 KiB apart.
	h := uint32(uintptr(unsafe.Pointer(&local))>>11) * 0x9E3779B9
	i, ph := int(h>>16%slots), int(phase.Load()&1)
	sections[i].active[ph].Add(1)
	return i<<1 | ph
}

// Unpin ends the section that began with the Pin that returned id.
func Unpin[I ~int](id I) { sections[id>>1].active[id&1].Add(-1) }

// Quiesce returns once every section that had begun has ended. The caller
// serializes calls. Sections that begin meanwhile do not delay it for long:
// they are counted under the other phase, as in SRCU (McKenney, "Sleepable
// RCU", 2006). Two rounds, because a section that read the phase before a flip
// may still add itself to the old one.
func Quiesce() {
	for range 2 {
		old := (phase.Add(1) - 1) & 1
		for i := range sections {
			for sections[i].active[old].Load() != 0 {
				runtime.Gosched()
			}
		}
	}
}
