package pool_test

import (
	"fmt"
	"math/bits"
	"runtime"
	"testing"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// grown appends n elements to a slice.
func grown[E any](s *[]E, n int) *[]E {
	var e E
	for range n {
		*s = append(*s, e)
	}
	return s
}

// A queue whose elements were taken from the front keeps nothing reachable, whether its array is the pool's or
// append's, and however many elements are left.
func TestSliceCutFromFront(t *testing.T) {
	type e *item
	const n = 64
	for _, own := range []bool{false, true} {
		for _, left := range []int{0, 1, 3, 16, n} {
			t.Run(fmt.Sprintf("own=%v/left=%d", own, left), func(t *testing.T) {
				withoutCheck(t)
				p := pool.Slices[e](1)
				p.Clear()
				if own {
					p.Release(grown(p.Acquire(), n))
				}
				s := p.Acquire()
				var queued [n]weak.Pointer[item]
				for i := range queued {
					v := new(item)
					queued[i] = weak.Make(v)
					*s = append(*s, e(v))
				}
				for len(*s) > left {
					*s = (*s)[1:]
				}
				p.Release(s)
				eventually(t, "elements collected", func() bool {
					for _, w := range queued {
						if w.Value() != nil {
							return false
						}
					}
					return true
				})
				s = p.Acquire()
				if own && (cap(*s) < n || cap(*s) > 2*n) {
					t.Errorf("capacity of the next use: got %d, want that of the array, %d or a little more", cap(*s), n)
				}
				for i, v := range (*s)[:cap(*s)] {
					if v != nil {
						t.Errorf("element %d: got a reference, want it cleared", i)
					}
				}
			})
		}
	}
}

// The array of a slice that was cut is not retained if its size is not known.
func TestSliceCutOfLargeArray(t *testing.T) {
	type e [16]int64
	for _, left := range []int{0, 1, 10, 16, 1024, 4096} {
		withoutCheck(t)
		p := pool.Slices[e](1)
		p.Clear()
		s := p.Acquire()
		*s = make([]e, 1<<16) // 8 MiB
		array := weak.Make(&(*s)[0])
		*s = (*s)[len(*s)-left:]
		p.Release(s)
		eventually(t, fmt.Sprintf("array cut to the last %d collected", left), func() bool { return array.Value() == nil })
		runtime.KeepAlive(s)
	}
}

// Whatever part of its array a slice has when it comes back, the next user gets the whole array, and no use
// allocates.
func TestSliceComesBackWhole(t *testing.T) {
	type e *item
	withoutCheck(t)
	p := pool.Slices[e](1)
	p.Clear()
	s := make([]e, 100) // a header from elsewhere becomes the pool's
	p.Release(&s)
	if p.Acquire() != &s {
		t.Fatal("got another slice, want the one that was released")
	}
	first := &s[:1][0]
	whole := cap(s)
	p.Release(&s)
	for name, cut := range map[string]func(s []e) []e{
		"all":              func(s []e) []e { return s },
		"front":            func(s []e) []e { return s[7:] },
		"all of it":        func(s []e) []e { return s[len(s):] },
		"to the very end":  func(s []e) []e { return s[:cap(s)][cap(s):] },
		"end":              func(s []e) []e { return s[:3:3] },
		"both":             func(s []e) []e { return s[10:20:30] },
		"nothing, at once": func(s []e) []e { return s[:0:0] },
	} {
		cycle := func() {
			s := grown(p.Acquire(), 90)
			*s = cut(*s)
			p.Release(s)
		}
		cycle()
		s := p.Acquire()
		if got := &(*s)[:1][0]; len(*s) != 0 || cap(*s) != whole || got != first {
			t.Errorf("%s: got length %d and capacity %d at %p, want 0 and %d at %p", name, len(*s), cap(*s), got, whole, first)
		}
		p.Release(s)
		if got := testing.AllocsPerRun(100, cycle); got != 0 {
			t.Errorf("%s: got %v allocations a use, want 0", name, got)
		}
	}
}

// The pool neither clears nor hands out an array that a user keeps or has from elsewhere.
func TestSliceArraysOfOthers(t *testing.T) {
	type e int
	withoutCheck(t)
	p := pool.Slices[e](1)
	p.Clear()
	p.Release(grown(p.Acquire(), 10))

	s := grown(p.Acquire(), 10)
	kept := *s
	kept[9] = e(12)
	*s = nil
	p.Release(s)
	if s = grown(p.Acquire(), 10); &(*s)[0] == &kept[0] || kept[9] != e(12) {
		t.Error("array that the user kept: got it cleared or handed out")
	}

	other := make([]e, 5, 10)
	other[4] = e(34)
	*s = other
	p.Release(s)
	if s = grown(p.Acquire(), 10); &(*s)[0] == &other[0] || other[4] != e(34) {
		t.Error("array from elsewhere: got it cleared or handed out")
	}
	p.Release(s)

	p = pool.Slices[e](1)
	s = grown(p.Acquire(), 10)
	two := *s
	p.Release(s)
	p.Release(&two) // the same array under another header: dropped, or at least not handed out twice
	s, u := grown(p.Acquire(), 10), grown(p.Acquire(), 10)
	if &(*s)[0] == &(*u)[0] {
		t.Error("array released under two headers: got it handed out twice")
	}
}

var global []int

// A header that the collector does not know, and elements without size.
func TestSliceOddities(t *testing.T) {
	withoutCheck(t)
	p := pool.Slices[int](1)
	p.Clear()
	for range 3 {
		global = append(global[:0], 1, 2, 3)
		p.Release(&global)
		if s := p.Acquire(); s != &global || len(*s) != 0 || cap(*s) < 3 {
			t.Errorf("a package-level slice: got %p of length %d and capacity %d, want %p, 0 and 3 or more", s, len(*s), cap(*s), &global)
		}
	}
	withoutCheck(t)
	none := pool.Slices[struct{}](1)
	none.Clear()
	s := grown(none.Acquire(), 1<<20)
	none.Release(s)
	if got := none.Acquire(); got != s || len(*got) != 0 {
		t.Errorf("elements without size: got length %d, want the same slice, empty", len(*got))
	}
}

// Slices of 1 MiB are retained, and none larger.
func TestSliceBytesOfPool(t *testing.T) {
	withoutCheck(t)
	p := pool.Slices[int](1)
	const size = bits.UintSize / 8
	most := (1 << 20) / size
	for _, c := range []struct{ n, capacity int }{{most, most}, {most, most + 1}, {1, most + 1}, {0, 16 * most}} {
		p.Clear()
		s := make([]int, c.n, c.capacity)
		p.Release(&s)
		if got, want := p.Len() == 1, c.capacity <= most; got != want {
			t.Errorf("%d of %d elements of %d bytes: retained: got %v, want %v", c.n, c.capacity, size, got, want)
		}
	}
}

// After one large use 16 small uses get the large array, and the next is the last.
func TestSliceShrinks(t *testing.T) {
	type row struct {
		_ [4]string
		_ [24]int64
	}
	withoutCheck(t)
	p := pool.Slices[row](1)
	p.Clear()
	before := p.Stats().Discarded.Rejected
	s := grown(p.Acquire(), 3000)
	*s = (*s)[:cap(*s)]
	p.Release(s)
	for i := range 17 {
		s := grown(p.Acquire(), 3)
		if cap(*s) < 3000 {
			t.Fatalf("small use %d: got capacity %d, want the large array still", i, cap(*s))
		}
		p.Release(s)
	}
	if got := p.Stats().Discarded.Rejected - before; got != 1 || p.Len() != 0 {
		t.Errorf("after 17 small uses: got %d rejected, %d idle, want 1 and 0", got, p.Len())
	}
	for range 100 {
		p.Release(grown(p.Acquire(), 3))
	}
	if s := p.Acquire(); cap(*s) < 3 || cap(*s) > 16 {
		t.Errorf("after 100 more: got capacity %d, want about 3", cap(*s))
	}
	if got := p.Stats().Discarded.Rejected - before; got != 1 {
		t.Errorf("after 100 more: got %d rejected, want 1", got)
	}
}

// A large array stays if every tenth use needs it, even if users empty it themselves.
func TestSliceOfMixedUses(t *testing.T) {
	type e *int
	withoutCheck(t)
	p := pool.Slices[e](1)
	p.Clear()
	x := new(int)
	fill := func(n int) {
		s := p.Acquire()
		for range n {
			*s = append(*s, e(x))
		}
		*s = (*s)[:0]
		p.Release(s)
	}
	fill(10000)
	if s := p.Acquire(); cap(*s) < 10000 {
		t.Fatalf("emptied by its user: got capacity %d, want 10,000 or more", cap(*s))
	} else {
		p.Release(s)
	}
	before := p.Stats().Discarded.Rejected
	for i := range 900 {
		n := 3
		if i%10 == 0 {
			n = 10000
		}
		fill(n)
	}
	if got := p.Stats().Discarded.Rejected - before; got != 0 {
		t.Errorf("one use in ten of 10,000: got %d rejected, want 0", got)
	}
	for i, v := range (*p.Acquire())[:10000] {
		if v != nil {
			t.Fatalf("element %d: got a reference, want it cleared", i)
		}
	}
}
