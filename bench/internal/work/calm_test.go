package work

import (
	"runtime"
	"testing"
	"time"
)

// TestDisturbed: the machine is disturbed where the counting takes longer than its best,
// and not at first.
func TestDisturbed(t *testing.T) {
	defer calmBest.Store(calmBest.Load())
	calmBest.Store(0)
	if got := disturbed(); got != 0 {
		t.Errorf("the first time: got %v, want 0", got)
	}
	if calmBest.Load() <= 0 {
		t.Errorf("after the first time: got best %d, want what it took", calmBest.Load())
	}
	calmBest.Store(1)
	if got := disturbed(); got < 100 {
		t.Errorf("after a best of 1 ns: got %v, want some thousand", got)
	}
	const wait = time.Millisecond
	start := time.Now()
	if Await(start.Add(wait)); time.Since(start) < wait {
		t.Errorf("after a best of 1 ns: waited for %v, want %v", time.Since(start), wait)
	}
	calmBest.Store(1 << 60)
	if disturbed() != 0 || calmBest.Load() == 1<<60 {
		t.Errorf("after a best of years: got disturbed, or best %d", calmBest.Load())
	}
}

// TestAllocated: what is allocated is seen, and leaving little is told from leaving more.
func TestAllocated(t *testing.T) {
	runtime.GC() // which tells of what was allocated before
	before := Allocated()
	if got := Allocated() - before; got >= littleGarbage {
		t.Errorf("got %d bytes of nothing", got)
	}
	garbage = make([]byte, 2*littleGarbage)
	if got := Allocated() - before; got < littleGarbage {
		t.Errorf("got %d bytes, want %d", got, 2*littleGarbage)
	}
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
