package ring

import (
	"runtime"
	"testing"
	"weak"
)

func TestNew(t *testing.T) {
	for _, n := range []int{1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 1000, 1024} {
		r := New[int](n)
		if got := r.Cap(); got != n {
			t.Errorf("New(%d).Cap() = %d", n, got)
		}
		for i := range n {
			if got := r.Len(); got != i {
				t.Errorf("capacity %d: Len() = %d, want %d", n, got, i)
			}
			if !r.TryPush(i) {
				t.Errorf("capacity %d: TryPush number %d = false", n, i)
			}
		}
		if r.TryPush(n) {
			t.Errorf("capacity %d: TryPush when full = true", n)
		}
		for i := range n {
			if v, ok := r.TryPop(); !ok || v != i {
				t.Errorf("capacity %d: TryPop() = %d, %v, want %d", n, v, ok, i)
			}
		}
		if v, ok := r.TryPop(); ok || v != 0 {
			t.Errorf("capacity %d: TryPop() when empty = %d, %v", n, v, ok)
		}
	}
}

// R2: the stamps that a slot takes in turn differ, whatever the capacity, and across the wrap.
func TestStampsDiffer(t *testing.T) {
	for n := 1; n <= 70; n++ {
		for _, lap := range kinds[1].laps {
			r := newAt[int](n, lap)
			p := r.head.Load()
			for range 5 * n {
				free, full, next := p, p+1, p+r.lap
				if free == full || full == next || free == next || int64(next-full) < 0 {
					t.Fatalf("capacity %d: stamps %#x, %#x, %#x", n, free, full, next)
				}
				s := r.slot(p)
				if got := s.stamp.Load(); got != free {
					t.Fatalf("capacity %d: free slot of %#x has stamp %#x", n, p, got)
				}
				r.TryPush(1)
				if got := s.stamp.Load(); got != full {
					t.Fatalf("capacity %d: full slot of %#x has stamp %#x", n, p, got)
				}
				r.TryPop()
				if got := s.stamp.Load(); got != next {
					t.Fatalf("capacity %d: freed slot of %#x has stamp %#x", n, p, got)
				}
				p = r.next(p)
			}
		}
	}
}

// While a push is half done, pops behind it report empty. Once it is complete all values come out in order.
func TestStalledPush(t *testing.T) {
	for _, lap := range kinds[1].laps {
		r := newAt[int](3, lap)
		p := r.tail.Load()
		r.tail.Store(r.next(p)) // claimed
		if !r.TryPush(2) || !r.TryPush(3) {
			t.Error("TryPush behind a stalled push = false, want room")
		}
		if r.TryPush(4) {
			t.Error("TryPush = true, want full: the claimed slot counts")
		}
		if v, ok := r.TryPop(); ok {
			t.Errorf("TryPop() = %d, want empty", v)
		}
		if got := r.Len(); got != 3 {
			t.Errorf("Len() = %d, want 3", got)
		}
		s := r.slot(p)
		s.value = 1
		s.stamp.Store(p + 1)
		for want := 1; want <= 3; want++ {
			if v, ok := r.TryPop(); !ok || v != want {
				t.Errorf("TryPop() = %d, %v, want %d", v, ok, want)
			}
		}
	}
}

// While a pop is half done, pushes that come to its slot report full. Once it is complete they succeed.
func TestStalledPop(t *testing.T) {
	for _, lap := range kinds[1].laps {
		r := newAt[int](2, lap)
		r.TryPush(1)
		r.TryPush(2)
		p := r.head.Load()
		r.head.Store(r.next(p)) // claimed
		if v, ok := r.TryPop(); !ok || v != 2 {
			t.Errorf("TryPop() behind a stalled pop = %d, %v, want 2", v, ok)
		}
		if r.TryPush(3) {
			t.Error("TryPush = true, want full")
		}
		if v, ok := r.TryPop(); ok {
			t.Errorf("TryPop() = %d, want empty", v)
		}
		if got := r.Len(); got != 0 {
			t.Errorf("Len() = %d, want 0", got)
		}
		r.slot(p).stamp.Store(p + r.lap)
		for want := 3; want <= 4; want++ {
			if !r.TryPush(want) {
				t.Errorf("TryPush(%d) = false", want)
			}
		}
		for want := 3; want <= 4; want++ {
			if v, ok := r.TryPop(); !ok || v != want {
				t.Errorf("TryPop() = %d, %v, want %d", v, ok, want)
			}
		}
	}
}

// The ring keeps nothing alive that has been popped (R4).
func TestNoReferenceLeft(t *testing.T) {
	type object struct{ _ [64]byte }
	r := New[*object](3)
	var weaks []weak.Pointer[object]
	for range 5 { // more than a lap
		func() {
			v := new(object)
			weaks = append(weaks, weak.Make(v))
			r.TryPush(v)
			if got, ok := r.TryPop(); !ok || got != v {
				t.Errorf("TryPop() = %p, %v, want %p", got, ok, v)
			}
		}()
	}
	runtime.GC()
	for i, w := range weaks {
		if w.Value() != nil {
			t.Errorf("object %d is still reachable", i)
		}
	}
	for p := range r.n {
		if v := r.slot(p).value; v != nil {
			t.Errorf("slot %d still holds %p", p, v)
		}
	}
	runtime.KeepAlive(r)
}

// The ring keeps alive what it holds: slots are seen by the garbage collector.
func TestHeldIsReachable(t *testing.T) {
	r := New[*[1 << 10]int](100)
	for i := range 100 {
		v := new([1 << 10]int)
		v[i] = i
		r.TryPush(v)
	}
	runtime.GC()
	var garbage []*[1 << 10]int
	for range 200 {
		g := new([1 << 10]int)
		for i := range g {
			g[i] = -1
		}
		garbage = append(garbage, g)
	}
	for i := range 100 {
		if v, ok := r.TryPop(); !ok || v[i] != i {
			t.Fatalf("TryPop() number %d: not what was pushed", i)
		}
	}
	runtime.KeepAlive(garbage)
}

func TestElementSizes(t *testing.T) {
	testElement(t, struct{}{})
	testElement(t, byte(7))
	testElement(t, [3]byte{1, 2, 3})
	testElement(t, "text")
	testElement(t, [200]int{199: 1})
	testElement(t, any(1.5))
	testElement(t, [4096]byte{4095: 9})
}

func testElement[T comparable](t *testing.T, v T) {
	t.Helper()
	for n := 1; n <= 9; n++ {
		r := New[T](n)
		for range 3 {
			for range n {
				if !r.TryPush(v) {
					t.Fatalf("%T, capacity %d: TryPush = false", v, n)
				}
			}
			for range n {
				if got, ok := r.TryPop(); !ok || got != v {
					t.Fatalf("%T, capacity %d: TryPop() = %v, %v", v, n, got, ok)
				}
			}
		}
	}
}

// checkRing checks the stamps and R4 at rest.
func checkRing[T comparable](t testing.TB, r *Ring[T], held int) {
	t.Helper()
	var zero T
	p := r.head.Load()
	for i := range int(r.n) {
		s := r.slot(p)
		want := p
		if i < held {
			want = p + 1
		} else if s.value != zero {
			t.Errorf("position %#x is free and holds %v", p, s.value)
		}
		if got := s.stamp.Load(); got != want {
			t.Errorf("position %#x has stamp %#x, want %#x", p, got, want)
		}
		p = r.next(p)
	}
}
