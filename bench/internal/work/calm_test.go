package work

import "testing"

// TestDisturbed: the machine is disturbed where the arithmetic takes longer than its best,
// and not at first.
func TestDisturbed(t *testing.T) {
	defer calmBest.Store(calmBest.Load())
	calmBest.Store(0)
	if disturbed() {
		t.Error("the first time: got disturbed")
	}
	if calmBest.Load() <= 0 {
		t.Errorf("after the first time: got best %d, want what it took", calmBest.Load())
	}
	calmBest.Store(1 << 10) // 1 ns
	if !disturbed() {
		t.Error("after a best of 1 ns: got not disturbed")
	}
	calmBest.Store(1 << 60)
	if disturbed() || calmBest.Load() == 1<<60 {
		t.Errorf("after a best of years: got disturbed, or best %d", calmBest.Load())
	}
}

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
