package pool_test

import "testing"

// TestResize: objects over the new bound are destroyed and counted under Full, and the counts still add up.
func TestResize(t *testing.T) {
	l := new(ledger)
	p := newPool(t, l.options())
	fill(p, 50)
	if got := p.Resize(20); got != 30 {
		t.Errorf("Resize from 50 idle to 20: got %d, want 30", got)
	}
	l.check(t, p, 0)
	if s := p.Stats(); s.Discarded.Full != 30 || s.MaxIdle != 20 || s.Idle != 20 {
		t.Errorf("Stats: got Full %d, MaxIdle %d, Idle %d, want 30, 20, 20", s.Discarded.Full, s.MaxIdle, s.Idle)
	}
	p.Resize(0)
	fill(p, 3)
	l.check(t, p, 0)
	if got := p.Len(); got != 0 {
		t.Errorf("Len at bound 0: got %d, want 0", got)
	}
	p.Resize(100)
	fill(p, 90)
	l.check(t, p, 0)
	if got := p.Len(); got != 90 {
		t.Errorf("Len at bound 100 of 90 objects: got %d, want 90", got)
	}
	for _, n := range []int{-1, 1 << 30} {
		if how, _ := outcome(func() { p.Resize(n) }); how != "panicked" {
			t.Errorf("Resize(%d): %s, want a panic", n, how)
		}
	}
}
