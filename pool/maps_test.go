package pool

import (
	"fmt"
	"runtime"
	"testing"
	"unsafe"
)

// v is the element type of the tests that do not need another.
type v int

// oneMap is Maps[int, v](1) as what it is a conversion of. So the compiler need not make a Pool of that type of map,
// which takes seconds.
type oneMap struct{ *Pool[unsafe.Pointer] }

func newOneMap() oneMap {
	p := oneMap{mapsOf[int, v](1)}
	p.Clear()
	return p
}

func (p oneMap) Acquire() map[int]v {
	m := p.Pool.Acquire()
	return *(*map[int]v)(unsafe.Pointer(&m))
}

func (p oneMap) Release(m map[int]v) { p.Pool.Release(*(*unsafe.Pointer)(unsafe.Pointer(&m))) }

func mapOf[V any](n int) map[int]V {
	m := make(map[int]V)
	for i := range n {
		m[i] = *new(V)
	}
	return m
}

// The layout of maps is known in this version of Go. If this test fails, correct mapHeader and mapTable: without
// them a map whose user has deleted its keys counts as small.
func TestMapsKnown(t *testing.T) {
	if !mapsKnown() {
		t.Errorf("%s has maps of another layout", runtime.Version())
	}
}

// mapBytes is the amount by which the heap grows, and stays the same when the map is emptied.
func TestMapBytes(t *testing.T) {
	type k16 [2]uint64
	for _, n := range []int{0, 5, 8, 9, 100, 800, 2000, 20000, 200000} {
		m := mapOf[int64](n)
		got := mapBytes(m)
		if least := int64(n) * int64(2*unsafe.Sizeof(n)+1); got < least || got > 8*17 && got > 5*least {
			t.Errorf("map of %d keys: got %d bytes, want %d to %d", n, got, least, 5*least)
		}
		for i := range n {
			delete(m, i)
		}
		if after := mapBytes(m); after != got {
			t.Errorf("map of %d keys, emptied: got %d bytes, want %d as before", n, after, got)
		}
		if filled := filledSlots(n); filled < n || filled > max(8, 3*n) {
			t.Errorf("filledSlots(%d): got %d, want %d to %d", n, filled, n, max(8, 3*n))
		}
	}
	if got := mapBytes[int, int](nil); got != 0 {
		t.Errorf("nil: got %d bytes, want 0", got)
	}
	for _, c := range []struct{ got, want int64 }{
		{slotBytes[int64, int64](), 17},
		{slotBytes[k16, struct{}](), 17}, // an empty element at the end is padded to 8 bytes
		{slotBytes[[128]byte, [128]byte](), 257},
		{slotBytes[[129]byte, int32](), int64(unsafe.Sizeof(uintptr(0))) + 5},
	} {
		if c.got < c.want || c.got > c.want+8 {
			t.Errorf("slot: got %d bytes, want %d, with padding up to 8 more", c.got, c.want)
		}
	}
}

// A map of a million slots is dropped even if its user has deleted the keys.
func TestMapEmptiedByItsUser(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // maps from elsewhere are released to the pool
	p := newOneMap()
	m := mapOf[v](1_000_000)
	for i := range m {
		delete(m, i)
	}
	p.Release(m)
	if p.Len() != 0 {
		t.Error("a map of a million slots: got it retained")
	}

	m = mapOf[v](8000)
	for range 100 { // the pool cannot know how much of it they use
		clear(m)
		p.Release(m)
		if p.Len() != 1 {
			t.Fatal("a map of 8,000 slots that its users empty: got it dropped")
		}
		m = p.Acquire()
	}
}

// After a large use at most 16 small uses get the large map. Then it is dropped.
func TestMapShrinks(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // maps from elsewhere are released to the pool
	p := newOneMap()
	use := func(n int) int64 {
		m := p.Acquire()
		had := mapBytes(m)
		for i := range n {
			m[i] = 0
		}
		p.Release(m)
		return had
	}
	use(16000)
	refused := p.Stats().Discarded.Rejected
	uses := 0
	for use(3) >= 16000 {
		uses++
	}
	if uses < 8 || uses > 17 { // it has up to two and a half times the slots that its keys need
		t.Errorf("got %d small uses of the large map, want 8 to 17", uses)
	}
	if got := p.Stats().Discarded.Rejected - refused; got != 1 {
		t.Errorf("small uses: got %d maps rejected, want 1", got)
	}
	for range 100 {
		if had := use(3); had > 8*17 {
			t.Fatalf("small use: got a map of %d bytes", had)
		}
	}
}

// The bound is in bytes, whatever the keys and elements are.
func TestMapBound(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // maps from elsewhere are released to the pool
	t.Run("a pool", func(t *testing.T) { testMapBound(t, newOneMap()) })
	t.Run("small", func(t *testing.T) { testMapBound(t, new(mapKeeper[struct{}])) })
	t.Run("large", func(t *testing.T) { testMapBound(t, new(mapKeeper[[128]byte])) })
}

// mapKeeper keeps one map if mapPool retains it. A Pool would do the same, but the compiler takes a second for each type of map.
type mapKeeper[V any] struct {
	pool mapPool[int, V]
	n    int
}

func (k *mapKeeper[V]) Clear() int { k.n = 0; return 0 }
func (k *mapKeeper[V]) Len() int   { return k.n }

func (k *mapKeeper[V]) Release(m map[int]V) {
	if k.pool.retain(m) {
		k.n = 1
	}
}

func testMapBound[V any](t *testing.T, p interface {
	Clear() int
	Release(m map[int]V)
	Len() int
},
) {
	for _, n := range []int{0, 1, 100, 1000, 4000, 30000, 200000} {
		p.Clear()
		m := mapOf[V](n)
		bytes := mapBytes(m)
		p.Release(m)
		if got, want := p.Len() == 1, bytes <= 1<<20; got != want {
			t.Errorf("map of %d keys, %d bytes: retained: got %v, want %v", n, bytes, got, want)
		}
		if n == 200000 && p.Len() != 0 {
			t.Errorf("map of %d keys of %s: got it retained", n, fmt.Sprintf("%T", m))
		}
	}
	p.Release(nil)
	if p.Len() != 0 {
		t.Error("nil: got it retained")
	}
}
