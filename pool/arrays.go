package pool

import (
	"runtime"
	"sync"
	stdatomic "sync/atomic"
	"unsafe"
	"weak"
)

// arrays has an entry for each slice that a pool retained, by the address of its header: the array that the pool
// gave it. A slice alone does not tell how large its array is: elements cut off at the front stay reachable.
//
// A1: an array of the pool begins where the pool allocated it. As long as it lives, whatever points into it is a
// part of it.
//
// A2: arrays keeps alive neither headers nor arrays.
//
// find takes no lock. Only the owner of a header asks about it. Only the owner changes its entry, or the collector
// once the header is gone.
type arrays[E any] struct {
	mu     sync.Mutex
	table  stdatomic.Pointer[table[E]]
	taken  int    // slots of table that are not nil. Guarded by mu.
	header uint64 // numbers the headers. Guarded by mu.
}

// table is a hash table with linear probing, at most half full.
type table[E any] struct {
	slots []stdatomic.Pointer[array[E]]
	shift int // a hash shifted by this is the number of a slot
}

// array is what is known of one array. Constant.
type array[E any] struct {
	at     uintptr // of the header; 0: the header is gone
	header uint64  // its number: another header may get the same at later
	first  uintptr
	cap    int
	self   weak.Pointer[E] // to the first element: A2
}

// find returns what is known of the header's array, or nil.
func (a *arrays[E]) find(s *[]E) *array[E] {
	t := a.table.Load()
	if t == nil {
		return nil
	}
	at := uintptr(unsafe.Pointer(s))
	for i := t.home(at); ; i = (i + 1) % len(t.slots) {
		x := t.slots[i].Load()
		if x == nil || x.at == at {
			return x
		}
	}
}

// home is the slot where the search for at begins.
func (t *table[E]) home(at uintptr) int {
	const golden = 0x9e3779b97f4a7c15 // 2^64 by the golden ratio: Fibonacci hashing
	return int(uint64(at) * golden >> t.shift)
}

// whole returns the array x from its first element on, and how many elements are in front of s. It returns false if
// s is no part of x.
func (x *array[E]) whole(s []E) (all []E, front int, ok bool) {
	if x == nil || x.cap == 0 {
		return nil, 0, false
	}
	at := uintptr(unsafe.Pointer(unsafe.SliceData(s)))
	if at == x.first && cap(s) == x.cap {
		return s[:cap(s)], 0, true
	}
	size := unsafe.Sizeof(s[0])
	if at-x.first >= uintptr(x.cap)*size {
		return nil, 0, false
	}
	first := x.self.Value() // nil if the array is gone and at is in another: A1
	if first == nil {
		return nil, 0, false
	}
	return unsafe.Slice(first, x.cap), int((at - x.first) / size), true
}

// set notes that the header s has the array of all, if all has one.
func (a *arrays[E]) set(s *[]E, all []E) {
	x := &array[E]{at: uintptr(unsafe.Pointer(s)), cap: cap(all)}
	if x.cap > 0 {
		x.first = uintptr(unsafe.Pointer(unsafe.SliceData(all)))
		x.self = weak.Make(unsafe.SliceData(all))
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	slot := a.slot(x.at)
	if old := slot.Load(); old != nil {
		x.header = old.header
		slot.Store(x)
		return
	}
	a.header++
	x.header = a.header
	slot.Store(x)
	a.taken++
	a.watch(s, mark{x.at, x.header})
}

// mark names a header without keeping it alive.
type mark struct {
	at     uintptr
	header uint64
}

// watch removes the entry of a header once the header is gone. A header outside the collector's memory never goes.
func (a *arrays[E]) watch(s *[]E, m mark) {
	defer func() { _ = recover() }() // AddCleanup: not in an allocated block
	runtime.AddCleanup(s, a.remove, m)
}

// remove forgets a header.
func (a *arrays[E]) remove(m mark) {
	a.mu.Lock()
	defer a.mu.Unlock()
	slot := a.slot(m.at)
	if x := slot.Load(); x != nil && x.header == m.header {
		slot.Store(new(array[E])) // not nil: find would stop before the entries behind it
	}
}

// slot returns the slot of the header at at, or a free one. mu is held.
func (a *arrays[E]) slot(at uintptr) *stdatomic.Pointer[array[E]] {
	t := a.table.Load()
	if t == nil || 2*a.taken >= len(t.slots) {
		t = a.grow(t)
	}
	for i := t.home(at); ; i = (i + 1) % len(t.slots) {
		if x := t.slots[i].Load(); x == nil || x.at == at {
			return &t.slots[i]
		}
	}
}

// grow makes a table with room, without the headers that are gone. mu is held.
func (a *arrays[E]) grow(old *table[E]) *table[E] {
	var live []*array[E]
	if old != nil {
		for i := range old.slots {
			if x := old.slots[i].Load(); x != nil && x.at != 0 {
				live = append(live, x)
			}
		}
	}
	t := &table[E]{shift: 64 - 4}
	for 1<<(64-t.shift) < 4*len(live) {
		t.shift--
	}
	t.slots = make([]stdatomic.Pointer[array[E]], 1<<(64-t.shift))
	for _, x := range live {
		i := t.home(x.at)
		for t.slots[i].Load() != nil {
			i = (i + 1) % len(t.slots)
		}
		t.slots[i].Store(x)
	}
	a.taken = len(live)
	a.table.Store(t)
	return t
}
