package work

import (
	"runtime"
	"testing"
	"time"
)

// TestLookAt: each core's look takes its time, and that of more is the longest.
func TestLookAt(t *testing.T) {
	for _, cores := range []int{1, min(runtime.GOMAXPROCS(0), runtime.NumCPU())} {
		start := time.Now()
		got, took := LookAt(cores), time.Since(start)
		if got.Word <= 0 || got.Sums <= 0 || got.Word+got.Sums > 2*took {
			t.Errorf("%d cores: got %v in %v", cores, got, took)
		}
	}
}

// TestCalm: a core is calm where both things took not much longer than at best, and where nothing
// is known.
func TestCalm(t *testing.T) {
	best := Look{1000, 2000}
	for _, c := range []struct {
		look Look
		want bool
	}{
		{best, true},
		{Look{500, 500}, true},
		{Look{1000 + 10*wordWithin, 2000 + 20*sumsWithin}, true},
		{Look{1001 + 10*wordWithin, 2000}, false},
		{Look{1000, 2001 + 20*sumsWithin}, false},
		{Look{}, true},
	} {
		if got := c.look.Calm(best); got != c.want {
			t.Errorf("%v of %v: got calm %v, want %v", c.look, best, got, c.want)
		}
		if !c.look.Calm(Look{}) {
			t.Errorf("%v: got not calm where nothing is known", c.look)
		}
	}
}

// TestWorst: each thing by itself is the longest, or the shortest, and no look takes part in the best.
func TestWorst(t *testing.T) {
	a, b := Look{1, 20}, Look{10, 2}
	if got, want := a.Worst(b), (Look{10, 20}); got != want || a.Worst(Look{}) != a {
		t.Errorf("worst: got %v, want %v", got, want)
	}
	if got, want := a.Best(b), (Look{1, 2}); got != want || a.Best(Look{}) != a || (Look{}).Best(a) != a {
		t.Errorf("best: got %v, want %v", got, want)
	}
}

// TestSum: sum takes part in all of its sums.
func TestSum(t *testing.T) {
	if got, want := sum(1), uint64(1+3+(2^5)+3+7+(4^9)+5+11+(6^13)); got != want {
		t.Errorf("got %d, want %d", got, want)
	}
}

// TestAllocated: what is allocated is seen, and leaving little is told from leaving more.
func TestAllocated(t *testing.T) {
	runtime.GC() // which tells of what was allocated before
	before := Allocated()
	if got := Allocated() - before; got >= LittleGarbage {
		t.Errorf("got %d bytes of nothing", got)
	}
	garbage = make([]byte, 2*LittleGarbage)
	if got := Allocated() - before; got < LittleGarbage {
		t.Errorf("got %d bytes, want %d", got, 2*LittleGarbage)
	}
}

// TestTouch: a case with a heap has so much memory touched, and all of that is garbage.
func TestTouch(t *testing.T) {
	const heap = 1 << 20
	runtime.GC()
	before := Allocated()
	leave := Case{Heap: heap}.Enter()
	if got := Allocated() - before; got < (1+touched)*heap {
		t.Errorf("got %d bytes allocated, want %d and more", got, (1+touched)*heap)
	}
	leave()
}

// garbage keeps the compiler from leaving an allocation out.
var garbage []byte

// TestStacks: down calls its function once, at another place for another depth.
func TestStacks(t *testing.T) {
	calls := 0
	for _, depth := range []int{0, 1, stackPlaces - 1} {
		down(depth, func() { calls++ })
	}
	if calls != 3 {
		t.Errorf("got %d calls, want 3", calls)
	}
}
