package pool

import (
	"math/bits"
	"sync"
	"unsafe"
)

// mapPool is what a process-wide pool of maps knows of its objects.
type mapPool[K comparable, V any] struct{ recent recent }

// retain empties m for its next user, or reports false if m is not to be retained. A map that its user has emptied
// does not tell how much of it was used.
func (p *mapPool[K, V]) retain(m map[K]V) bool {
	if m == nil {
		return false
	}
	bytes := mapBytes(m)
	if bytes > maxBytes {
		return false
	}
	if n := len(m); n > 0 && !p.recent.fits(int64(n)*slotBytes[K, V](), bytes) {
		return false
	}
	clear(m)
	return true
}

const (
	groupSlots = 8       // in a group of a map
	tableSlots = 1 << 10 // in the largest table of a map; a larger map has several tables
	largeEntry = 128     // a key or element of more bytes is not in its slot
)

// slotBytes is the memory of a key, its element, and the byte that says whether they exist.
func slotBytes[K comparable, V any]() int64 {
	const pointer = unsafe.Sizeof(uintptr(0))
	var s struct {
		k K
		v V
	}
	n := unsafe.Sizeof(s)
	for _, size := range []uintptr{unsafe.Sizeof(s.k), unsafe.Sizeof(s.v)} {
		if size > largeEntry {
			n -= size - pointer
		}
	}
	return int64(n) + 1
}

// mapBytes is the memory of m's slots, used or not: a map never shrinks. It leaves out large keys and elements,
// which are not in the slots: an idle map has none.
func mapBytes[K comparable, V any](m map[K]V) int64 {
	return int64(mapSlots(*(*unsafe.Pointer)(unsafe.Pointer(&m)), len(m))) * slotBytes[K, V]()
}

// mapSlots returns how many slots the map of n keys at m has.
func mapSlots(m unsafe.Pointer, n int) int {
	if m == nil {
		return 0
	}
	if !mapsKnown() {
		return filledSlots(n)
	}
	return (*mapHeader)(m).slots()
}

// filledSlots is how many slots a map of n keys has at least.
func filledSlots(n int) int { return max(groupSlots, 1<<bits.Len(uint(n+n/7))) }

// mapHeader is how a map begins in internal/runtime/maps.
type mapHeader struct {
	used     uint64
	seed     uintptr
	dir      unsafe.Pointer // to directory's elements, or to the only group
	dirCount int            // 0: no directory
}

// mapTable is how a table begins there. A table that was not split yet stands at several places of the directory,
// one after the other.
type mapTable struct{ _, capacity uint16 }

func (h *mapHeader) slots() int {
	if h.dirCount == 0 {
		return groupSlots
	}
	dir := unsafe.Slice((**mapTable)(h.dir), h.dirCount)
	if len(dir) > maxBytes {
		return len(dir) * tableSlots // over every limit
	}
	slots := 0
	for i, t := range dir {
		if i == 0 || t != dir[i-1] {
			slots += int(t.capacity)
		}
	}
	return slots
}

// mapsKnown reports whether mapHeader fits this version of Go: whether it is right about maps of known sizes. If
// not, a map counts as having the memory that its keys need.
var mapsKnown = sync.OnceValue(func() bool {
	for _, c := range []struct{ keys, dir, slots int }{{0, 0, 8}, {8, 0, 8}, {9, 1, 16}, {100, 1, 128}, {896, 1, 1024}} {
		m := make(map[int]int)
		for i := range c.keys {
			m[i] = i
		}
		if !mapIs(m, c.keys, c.dir, c.slots) {
			return false
		}
	}
	m := make(map[int]int, 1792) // two tables from the start
	return mapIs(m, 0, 2, 2048)
})

// mapIs reports whether m has these numbers of keys, places of a directory and slots. It reads only memory that the
// checks before have proved to be there.
func mapIs(m map[int]int, keys, dir, slots int) bool {
	h := *(**mapHeader)(unsafe.Pointer(&m))
	return h.used == uint64(keys) && h.dirCount == dir && (dir == 0 || h.dir != nil) && h.slots() == slots
}
