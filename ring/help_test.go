package ring

import "testing"

// H4: whoever finds window positions done beyond a hint moves it before it goes
// on, so that a hint that others left behind never lags by more.
func TestHandlesHelp(t *testing.T) {
	for _, lap := range kinds[0].laps {
		r := newHandlesAt(64, lap)
		start := r.tail.Load()
		pushed, popped := uint64(0), uint64(0)
		check := func() {
			t.Helper()
			checkHandles(t, r, start, pushed, popped)
			if t.Failed() {
				t.Fatalf("lap %#x: after %d pushes and %d pops", lap, pushed, popped)
			}
		}
		for range 3 { // rounds
			for range window { // as by goroutines that were suspended before they moved the hint
				p := start + pushed
				r.slot(p).Store(r.lap(p) + pushed)
				pushed++
			}
			check()
			for r.TryPush(uint32(pushed)) {
				pushed++
				check()
			}
			for range window {
				p := start + popped
				r.slot(p).Store(r.lap(p) + nextLap + none)
				popped++
			}
			check()
			for {
				if _, ok := r.TryPop(); !ok {
					break
				}
				popped++
				check()
			}
			if popped != pushed {
				t.Fatalf("lap %#x: %d pushes and %d pops", lap, pushed, popped)
			}
		}
	}
}

// Where calls overlap Len may see the two ends at different instants: the head
// beyond the tail, or further behind it than there is room. It stays in 0..Cap.
func TestLenOfDifferentInstants(t *testing.T) {
	for _, lap := range kinds[0].laps {
		for _, n := range []int{1, 2, 8, 64} {
			r := newHandlesAt(n, lap)
			end := r.head.Load()
			r.head.Store(end + 3)
			if got := r.Len(); got != 0 {
				t.Errorf("capacity %d: Len() = %d with the head beyond the tail, want 0", n, got)
			}
			r.head.Store(end)
			r.tail.Store(end + 2*uint64(r.Cap()) + 3)
			if got := r.Len(); got != r.Cap() {
				t.Errorf("capacity %d: Len() = %d with the tail two laps on, want %d", n, got, r.Cap())
			}
		}
	}
	for _, lap := range kinds[1].laps {
		for _, n := range []int{1, 2, 3, 8, 1000} {
			r := newAt[int](n, lap)
			end := r.head.Load()
			r.head.Store(r.next(end))
			if got := r.Len(); got != 0 {
				t.Errorf("Ring, capacity %d: Len() = %d with the head beyond the tail, want 0", n, got)
			}
			r.head.Store(end)
			r.tail.Store(end + 2*r.lap)
			if got := r.Len(); got != n {
				t.Errorf("Ring, capacity %d: Len() = %d with the tail two laps on, want %d", n, got, n)
			}
		}
	}
}
