package ring

import (
	"strings"
	"testing"
)

func TestNewHandles(t *testing.T) {
	for _, c := range []struct{ capacity, want int }{
		{1, 1}, {2, 2}, {3, 4}, {4, 4}, {5, 8}, {7, 8}, {8, 8}, {9, 16}, {1000, 1024}, {1024, 1024}, {1025, 2048},
	} {
		r := NewHandles(c.capacity)
		if got := r.Cap(); got != c.want {
			t.Errorf("NewHandles(%d).Cap() = %d, want %d", c.capacity, got, c.want)
		}
		if got := r.Len(); got != 0 {
			t.Errorf("NewHandles(%d).Len() = %d, want 0", c.capacity, got)
		}
		if h, ok := r.TryPop(); ok {
			t.Errorf("NewHandles(%d).TryPop() = %d, want none", c.capacity, h)
		}
	}
}

func TestPanics(t *testing.T) {
	for _, c := range []struct {
		name string
		f    func()
		want []string
	}{
		{"Handles 0", func() { NewHandles(0) }, []string{"capacity 0", "1..67108864"}},
		{"Handles -1", func() { NewHandles(-1) }, []string{"capacity -1"}},
		{"Handles max", func() { NewHandles(MaxCapacity + 1) }, []string{"capacity 67108865"}},
		{"Ring 0", func() { New[int](0) }, []string{"capacity 0", "1..67108864"}},
		{"Ring -5", func() { New[int](-5) }, []string{"capacity -5"}},
		{"Ring max", func() { New[int](MaxCapacity + 1) }, []string{"capacity 67108865"}},
		{"handle", func() { NewHandles(1).TryPush(MaxHandle + 1) }, []string{"handle 268435455", "268435454"}},
		{"handle max", func() { NewHandles(1).TryPush(1<<32 - 1) }, []string{"handle 4294967295"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := panicOf(c.f)
			if !strings.HasPrefix(got, "ring: ") {
				t.Errorf("panic = %q, want prefix %q", got, "ring: ")
			}
			for _, w := range c.want {
				if !strings.Contains(got, w) {
					t.Errorf("panic = %q, want %q in it", got, w)
				}
			}
		})
	}
}

// A push that panics leaves the queue as it was, even a full one.
func TestHandlePanicChangesNothing(t *testing.T) {
	r := NewHandles(1)
	for range 2 {
		panicOf(func() { r.TryPush(MaxHandle + 1) })
		r.TryPush(MaxHandle)
	}
	if h, ok := r.TryPop(); !ok || h != MaxHandle {
		t.Errorf("TryPop() = %d, %v, want %d, true", h, ok, MaxHandle)
	}
	if h, ok := r.TryPop(); ok {
		t.Errorf("TryPop() = %d, want none", h)
	}
}

// The extremes of a handle do not reach into the lap, in any lap.
func TestHandleBits(t *testing.T) {
	for _, lap := range kinds[0].laps {
		r := newHandlesAt(2, lap)
		for i := range 20 {
			for _, h := range []uint32{0, MaxHandle, uint32(i)} {
				if !r.TryPush(h) {
					t.Fatalf("lap %#x+%d: TryPush(%d) = false", lap, i, h)
				}
				if got, ok := r.TryPop(); !ok || got != h {
					t.Fatalf("lap %#x+%d: TryPop() = %d, %v, want %d", lap, i, got, ok, h)
				}
			}
		}
	}
}

// Hints that lag, as they do when a goroutine is suspended before it moves them, change no answer.
func TestHandlesOldHints(t *testing.T) {
	rnd := newRand(t)
	for _, lap := range kinds[0].laps {
		for _, n := range []int{1, 2, 8, 64} {
			for back := range uint64(70) {
				r := newHandlesAt(n, lap)
				start := r.tail.Load()
				m := model{cap: r.Cap()}
				for range 100 {
					m.step(t, r, rnd.IntN(2) == 0, rnd.Uint32N(MaxHandle+1))
					if t.Failed() {
						t.Fatalf("lap %#x, capacity %d, hints back by %d", lap, n, back)
					}
					r.head.Store(start + m.popped - min(back, m.popped))
					r.tail.Store(start + m.pushed - min(back, m.pushed))
					if got, want := r.Len(), len(m.q); back <= window && got != want {
						t.Fatalf("lap %#x, capacity %d, hints back by %d: Len() = %d, want %d", lap, n, back, got, want)
					}
				}
			}
		}
	}
}

// A goroutine that filled or emptied a slot and was suspended before it moved the hint hinders nobody. Nor do as many
// of them as H4 allows.
func TestHandlesStalled(t *testing.T) {
	for _, lap := range kinds[0].laps {
		r := newHandlesAt(64, lap)
		for i := range uint32(window) {
			p := r.tail.Load() + uint64(i)
			if !r.slot(p).CompareAndSwap(r.lap(p)+none, r.lap(p)+uint64(i)) {
				t.Fatal("the slot is not free")
			}
			if got, want := r.Len(), int(i)+1; got != want {
				t.Fatalf("Len() = %d, want %d", got, want)
			}
		}
		for i := uint32(window); i < 64; i++ {
			if !r.TryPush(i) {
				t.Fatalf("TryPush(%d) = false", i)
			}
		}
		if r.TryPush(64) {
			t.Fatal("TryPush(64) = true, want full")
		}
		for i := range uint64(window) {
			p := r.head.Load() + i
			if !r.slot(p).CompareAndSwap(r.lap(p)+i, r.lap(p)+nextLap+none) {
				t.Fatal("the slot is not full")
			}
			if got, want := r.Len(), 63-int(i); got != want {
				t.Fatalf("Len() = %d, want %d", got, want)
			}
		}
		for i := uint32(window); i < 64; i++ {
			if h, ok := r.TryPop(); !ok || h != i {
				t.Fatalf("TryPop() = %d, %v, want %d", h, ok, i)
			}
		}
		if h, ok := r.TryPop(); ok {
			t.Fatalf("TryPop() = %d, want empty", h)
		}
	}
}

// checkHandles checks H2, H3 and H4 at rest, after pushed pushes and popped pops from start.
func checkHandles(t testing.TB, r *Handles, start, pushed, popped uint64) {
	t.Helper()
	tail, head := start+pushed, start+popped
	if lag := int64(tail - r.tail.Load()); lag < 0 || lag > window {
		t.Errorf("the tail hint lags by %d, want 0..%d", lag, window)
	}
	if lag := int64(head - r.head.Load()); lag < 0 || lag > window {
		t.Errorf("the head hint lags by %d, want 0..%d", lag, window)
	}
	for p := head; p != head+uint64(r.Cap()); p++ {
		w := r.slot(p).Load()
		if filled := int64(p-tail) < 0; w&^none != r.lap(p) || (w&none != none) != filled {
			t.Errorf("head %#x, tail %#x: position %#x has word %#x, filled should be %v", head, tail, p, w, filled)
		}
	}
}
