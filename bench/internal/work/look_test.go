package work

import (
	"runtime"
	"testing"
	"time"
)

// TestLookAt: each core's look takes its time, and that of more is the longest; that of none is no look.
func TestLookAt(t *testing.T) {
	if got := LookAt(0); got != (Look{}) {
		t.Errorf("no core: got %v", got)
	}
	for _, cores := range []int{1, AllCores()} {
		start := time.Now()
		got, took := LookAt(cores), time.Since(start)
		if got.Word <= 0 || got.Sums <= 0 || got.Word+got.Sums > 2*took || (got.Line > 0) != (cores > 1) {
			t.Errorf("%d cores: got %v in %v", cores, got, took)
		}
	}
}

// TestCalm: a core is calm where nothing took much longer than at best, of what is known.
func TestCalm(t *testing.T) {
	best := Look{1000, 2000, 3000}
	for _, c := range []struct {
		look Look
		want bool
	}{
		{best, true},
		{Look{500, 500, 500}, true},
		{Look{1000 + 10*wordWithin, 2000 + 20*sumsWithin, 3000 + 30*lineWithin}, true},
		{Look{1001 + 10*wordWithin, 2000, 3000}, false},
		{Look{1000, 2001 + 20*sumsWithin, 3000}, false},
		{Look{1000, 2000, 3001 + 30*lineWithin}, false},
		{Look{1000, 2000, 0}, true}, // one core
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

// TestWorst: each thing by itself is the longest.
func TestWorst(t *testing.T) {
	a, b := Look{1, 20, 3}, Look{10, 2, 30}
	if got, want := a.Worst(b), (Look{10, 20, 30}); got != want || a.Worst(Look{}) != a {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestBest: each thing by itself is the shortest, of the line that of calm cores, and no look takes no part.
func TestBest(t *testing.T) {
	calm, near, one := Look{1000, 1000, 300}, Look{1900, 1900, 100}, Look{1001, 999, 0}
	for _, c := range []struct{ a, b, want Look }{
		{calm, Look{}, calm},
		{Look{}, calm, calm},
		{calm, near, calm},
		{near, calm, calm},
		{near, one, Look{1001, 999, 0}}, // which tells that the cores were not calm
		{calm, one, Look{1000, 999, 300}},
		{one, calm, Look{1000, 999, 300}},
		{calm, Look{1100, 1100, 200}, Look{1000, 1000, 200}},
		{Look{1100, 1100, 200}, calm, Look{1000, 1000, 200}},
	} {
		if got := c.a.Best(c.b); got != c.want {
			t.Errorf("%v and %v: got %v, want %v", c.a, c.b, got, c.want)
		}
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
	const some = 64 << 10
	runtime.GC() // which tells of what was allocated before
	before := Allocated()
	if got := Allocated() - before; got >= some {
		t.Errorf("got %d bytes of nothing", got)
	}
	garbage = make([]byte, 2*some)
	if got := Allocated() - before; got < some {
		t.Errorf("got %d bytes, want %d", got, 2*some)
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
