package pool

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// known returns how many headers a knows.
func (a *arrays[E]) known() (n int) {
	if t := a.table.Load(); t != nil {
		for i := range t.slots {
			if x := t.slots[i].Load(); x != nil && x.at != 0 {
				n++
			}
		}
	}
	return n
}

// A table finds each of many headers, and forgets those that are gone, but no others.
func TestArraysOfManyHeaders(t *testing.T) {
	var a arrays[*int]
	const n = 2000
	headers := make([]*[]*int, n)
	for i := range headers {
		headers[i] = new([]*int)
		if a.find(headers[i]) != nil {
			t.Fatalf("header %d: got an array, want none before set", i)
		}
		*headers[i] = make([]*int, i%5)
		a.set(headers[i], *headers[i])
	}
	check := func(when string, step int) {
		t.Helper()
		for i := 0; i < n; i += step {
			x := a.find(headers[i])
			if x == nil || x.cap != i%5 {
				t.Fatalf("%s: header %d: got %v, want an array of %d", when, i, x, i%5)
			}
			if _, _, ok := x.whole(*headers[i]); ok != (i%5 > 0) {
				t.Fatalf("%s: header %d of %d elements: got whole %v", when, i, i%5, ok)
			}
		}
	}
	check("all", 1)
	for i := range headers {
		if i%4 != 0 {
			headers[i] = nil
		}
	}
	for deadline := time.Now().Add(10 * time.Second); a.known() > n/4; runtime.GC() {
		if time.Now().After(deadline) {
			t.Fatalf("got %d known, want the %d that are left", a.known(), n/4)
		}
	}
	check("a quarter", 4)
	for range 3 * n { // the slots of headers that are gone are reused
		s := new([]*int)
		a.set(s, nil)
	}
	if got := len(a.table.Load().slots); got > 32*n {
		t.Errorf("got a table of %d slots for %d headers at a time", got, n)
	}
	check("after others", 4)
	runtime.KeepAlive(headers)
}

// A2: a keeps no array alive. A1: an array at the address of one that is gone is no part of it.
func TestArraysKeepNothing(t *testing.T) {
	var a arrays[[1 << 12]byte]
	s := new([][1 << 12]byte)
	*s = make([][1 << 12]byte, 64)
	a.set(s, *s)
	x := a.find(s)
	at := unsafe.Pointer(unsafe.SliceData(*s))
	part := *s
	if all, front, ok := x.whole(part[3:5]); !ok || front != 3 || cap(all) != 64 || unsafe.Pointer(unsafe.SliceData(all)) != at {
		t.Fatalf("part of an array: got %v, %d in front of it, array of %d", ok, front, cap(all))
	}
	other := make([][1 << 12]byte, 64)
	if _, _, ok := x.whole(other[3:5]); ok {
		t.Error("part of another array: got it taken for one")
	}
	*s, part = nil, nil
	for range 5 {
		runtime.GC()
	}
	if x.self.Value() != nil {
		t.Fatal("got the array kept alive")
	}
	stale := *x
	stale.first = uintptr(unsafe.Pointer(unsafe.SliceData(other))) // as if other had its address
	if _, _, ok := stale.whole(other[3:5]); ok {
		t.Error("array in the place of one that is gone: got it taken for that")
	}
	runtime.KeepAlive(other)
	runtime.KeepAlive(s)
}

// The end of a header does not remove the entry of the header that has its address now.
func TestArraysForgetByNumber(t *testing.T) {
	var a arrays[int]
	s := new([]int)
	*s = make([]int, 3)
	a.set(s, *s)
	old := mark{a.find(s).at, a.find(s).header}
	a.remove(old)
	if a.find(s) != nil {
		t.Error("removed: got it found")
	}
	a.set(s, *s)
	a.remove(old)
	if x := a.find(s); x == nil || x.cap != 3 {
		t.Errorf("an older header of that address removed: got %v, want the younger one's array", x)
	}
}

// Owners of headers read and change their entries at the same time, while the table grows.
func TestArraysConcurrently(t *testing.T) {
	var a arrays[byte]
	var wg sync.WaitGroup
	seed := rand.Uint64()
	for g := range 4 {
		wg.Go(func() {
			rng := rand.New(rand.NewPCG(seed, uint64(g)))
			var mine []*[]byte
			for range 500 {
				if len(mine) == 0 || rng.IntN(3) == 0 {
					mine = append(mine, new([]byte))
				}
				s := mine[rng.IntN(len(mine))]
				x := a.find(s)
				if had := cap(*s); had > 0 && (x == nil || x.cap != had) {
					t.Errorf("seed %d: got %v, want an array of %d", seed, x, had)
				}
				*s = make([]byte, 1+rng.IntN(100))
				a.set(s, *s)
			}
		})
	}
	wg.Wait()
}

// touched finds the last byte that was touched, whatever the size of the elements.
func TestTouched(t *testing.T) {
	for _, n := range []int{0, 1, 1023, 1024, 1025, 5000} {
		s := make([]byte, n)
		if got := touched(s); got != 0 {
			t.Errorf("%d bytes: got %d touched, want 0", n, got)
		}
		for _, at := range []int{0, n / 2, n - 1} {
			if at < 0 || at >= n {
				continue
			}
			s[at] = 1
			if got := touched(s); got <= at || got > n || got > at+1024 {
				t.Errorf("byte %d of %d: got %d touched, want %d or up to 1,023 more", at, n, got, at+1)
			}
			s[at] = 0
		}
	}
	type e [3]int64
	s := make([]e, 1000)
	s[500][2] = 1
	if got := touched(s); got < 501 || got > 501+1024/24+1 {
		t.Errorf("element 500 of 1,000: got %d touched, want 501 or some more", got)
	}
}

func TestSliceBytesOfIdle(t *testing.T) {
	s := make([][3]int64, 2, 10)
	for _, c := range []struct {
		s    *[][3]int64
		want int64
	}{{nil, 0}, {new([][3]int64), 0}, {&s, 240}} {
		if got := sliceBytes(c.s); got != c.want {
			t.Errorf("%v: got %d bytes, want %d", c.s, got, c.want)
		}
	}
}

// The estimate of what uses need decays, and is written only when it changes.
func TestRecent(t *testing.T) {
	const large, small = 64 << 10, 100
	for name, c := range map[string]struct {
		need, used, bytes int64
		fits              bool
		after             int64
	}{
		"small object":       {0, 0, smallBytes, true, 0},
		"as needed":          {large, large, large, true, large},
		"more than ever":     {small, large, 2 * large, true, large},
		"an eighth":          {large, large / 8, large, true, large},
		"less":               {large, large/8 - 1, large, true, large - large/8},
		"needed of late":     {large / 8, small, large, true, large/8 - large/64},
		"not needed of late": {large/8 - 1, small, large, false, large/8 - 1},
	} {
		var r recent
		r.bytes.Store(c.need)
		if got := r.fits(c.used, c.bytes); got != c.fits || r.bytes.Load() != c.after {
			t.Errorf("%s: got %v and an estimate of %d, want %v and %d", name, got, r.bytes.Load(), c.fits, c.after)
		}
	}
	for _, bytes := range []int64{smallBytes + 1, 10000, large, maxBytes} {
		var r recent
		r.fits(bytes, bytes)
		n := 0
		for r.fits(0, bytes) {
			n++
		}
		if n != 16 {
			t.Errorf("object of %d bytes: got %d uses of nothing before it is refused, want 16", bytes, n)
		}
	}
}
