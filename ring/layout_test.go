package ring

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/cpu"
)

const line = unsafe.Sizeof(cpu.CacheLinePad{})

// span is a field, or a group of fields that are only read.
type span struct {
	name       string
	start, end uintptr
}

// checkSpans checks that no two spans share a cache line, and that none shares one with memory outside the struct,
// wherever the struct lies.
func checkSpans(t *testing.T, size uintptr, spans []span) {
	t.Helper()
	before := span{name: "the struct's beginning"}
	for _, s := range append(spans, span{"the struct's end", size, size}) {
		if s.start < before.end+line {
			t.Errorf("%s (at %d) is within %d bytes of %s (up to %d)", s.name, s.start, line, before.name, before.end)
		}
		before = s
	}
}

// In a queue of more than 8, head, tail and slots have cache lines of their own. A smaller queue is compact.
func TestHandlesLayout(t *testing.T) {
	for _, n := range capacities {
		r := NewHandles(n)
		base := uintptr(unsafe.Pointer(r.head))
		tail, slots := uintptr(unsafe.Pointer(r.tail))-base, uintptr(unsafe.Pointer(r.slots))-base
		if base%8 != 0 {
			t.Errorf("capacity %d: head is at %d modulo 8", n, base%8)
		}
		if n <= lineWords {
			if tail != 8 || slots != 16 {
				t.Errorf("capacity %d: tail at %d, slots at %d, want 8 and 16", n, tail, slots)
			}
			continue
		}
		checkSpans(t, slots+line, []span{{"tail", tail, tail + 8}})
		if base%64 != 0 || tail < line || slots < tail+line {
			t.Errorf("capacity %d: head at %d modulo 64, tail at %d, slots at %d; want a cache line for each", n, base%64, tail, slots)
		}
	}
	if size := unsafe.Sizeof(Handles{}); size > 48 {
		t.Errorf("Handles takes %d bytes, want at most 48", size)
	}
}

func TestRingLayout(t *testing.T) {
	var r Ring[string]
	checkSpans(t, unsafe.Sizeof(r), []span{
		{"constants", unsafe.Offsetof(r.slots), unsafe.Offsetof(r.lap) + unsafe.Sizeof(r.lap)},
		{"head", unsafe.Offsetof(r.head), unsafe.Offsetof(r.head) + unsafe.Sizeof(r.head)},
		{"tail", unsafe.Offsetof(r.tail), unsafe.Offsetof(r.tail) + unsafe.Sizeof(r.tail)},
	})
	if size := unsafe.Sizeof(r); size > 4*line+64 {
		t.Errorf("Ring takes %d bytes, want at most %d", size, 4*line+64)
	}
}

// Slots are 8-byte aligned, and no call allocates.
func TestSlots(t *testing.T) {
	for _, n := range capacities {
		h := NewHandles(n)
		r := New[byte](n)
		if at := uintptr(unsafe.Pointer(r.slots)) % 8; at != 0 {
			t.Errorf("capacity %d: the slots begin at %d modulo 8", n, at)
		}
		if got := testing.AllocsPerRun(100, func() {
			h.TryPush(1)
			h.Len()
			h.TryPop()
			r.TryPush(1)
			r.Len()
			r.TryPop()
		}); got != 0 {
			t.Errorf("capacity %d: %v allocations", n, got)
		}
	}
}

// In a queue of more than 8, neighbouring positions are on different cache lines. Every position of a lap has a slot
// of its own.
func TestHandlesSpread(t *testing.T) {
	for shift := range 12 {
		n := 1 << shift
		r := NewHandles(n)
		first := uintptr(unsafe.Pointer(r.slots))
		owner := map[uintptr]int{}
		for p := range n {
			at, next := uintptr(unsafe.Pointer(r.slot(uint64(p)))), uintptr(unsafe.Pointer(r.slot(uint64(p+1))))
			if n > 8 && at/64 == next/64 {
				t.Errorf("capacity %d: positions %d and %d share a cache line", n, p, p+1)
			}
			if other, taken := owner[at]; taken || at < first || at > first+uintptr(r.mask)*8 {
				t.Errorf("capacity %d: position %d has word %d, position %d's or none", n, p, (at-first)/8, other)
			}
			owner[at] = p
		}
	}
}

func checkRingSpread[T any](t *testing.T) {
	t.Helper()
	r := New[T](100)
	size := unsafe.Sizeof(slot[T]{})
	for p := range uint64(99) {
		end, next := uintptr(unsafe.Pointer(r.slot(p)))+size-1, uintptr(unsafe.Pointer(r.slot(p+1)))
		if size < 64 && end/64 == next/64 || next-end < 1 || next-(end+1-size) < 64 {
			t.Errorf("slots of %d bytes: position %d ends at byte %d of its line, the next begins %d on", size, p, end%64, next-end)
		}
	}
}

func TestRingSpread(t *testing.T) {
	checkRingSpread[struct{}](t)
	checkRingSpread[uint32](t)
	checkRingSpread[*int](t)
	checkRingSpread[[]byte](t)
	checkRingSpread[[32]byte](t)
	checkRingSpread[[48]byte](t)
	checkRingSpread[[56]byte](t)
	checkRingSpread[[200]byte](t)
}
