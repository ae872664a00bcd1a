package pool_test

import (
	"slices"
	"testing"

	"github.com/plungepool/plunge/pool"
)

func TestHookOrder(t *testing.T) {
	var calls []string
	log := func(hook string) { calls = append(calls, hook) }
	valid, retained := true, true
	p := newPool(t, pool.Options[*item]{
		New:        func() *item { log("New"); return new(item) },
		Reset:      func(*item) { log("Reset") },
		Retain:     func(*item) bool { log("Retain"); return retained },
		Validate:   func(*item) bool { log("Validate"); return valid },
		Destroy:    func(*item) { log("Destroy") },
		LocalCache: -1,
	})
	var v *item
	tests := []struct {
		name string
		call func()
		want []string
	}{
		{"Acquire of a new object", func() { v = p.Acquire() }, []string{"New"}},
		{"Release", func() { p.Release(v) }, []string{"Reset", "Retain"}},
		{"Acquire of an idle object", func() { v = p.Acquire() }, []string{"Validate"}},
		{"Release again", func() { p.Release(v) }, []string{"Reset", "Retain"}},
		{"TryAcquire", func() { v, _ = p.TryAcquire() }, []string{"Validate"}},
		{"ReleaseN", func() { p.ReleaseN([]*item{v}) }, []string{"Reset", "Retain"}},
		{"AcquireN", func() { vs := []*item{nil}; p.AcquireN(vs); v = vs[0] }, []string{"Validate"}},
		{"Lease.Release", func() { l := p.Lend(v); l.Release() }, []string{"Reset", "Retain"}},
		{"Acquire of an invalid object", func() { valid = false; v = p.Acquire(); valid = true }, []string{"Validate", "Destroy", "New"}},
		{"Release of a rejected object", func() { retained = false; p.Release(v); retained = true }, []string{"Reset", "Retain", "Destroy"}},
		{"Lease.Discard", func() { l := p.Borrow(); l.Discard() }, []string{"New", "Destroy"}},
		{"Clear", func() { p.Release(p.Acquire()); p.Clear() }, []string{"New", "Reset", "Retain", "Destroy"}},
		{"Release after Close", func() { v = p.Acquire(); p.Close(); p.Release(v) }, []string{"New", "Reset", "Retain", "Destroy"}},
	}
	for _, test := range tests {
		calls = nil
		test.call()
		if !slices.Equal(calls, test.want) {
			t.Errorf("%s: got hooks %v, want %v", test.name, calls, test.want)
		}
	}
}

// TestHooksSeeTheObject checks that each hook is called with the object that
// the call is about.
func TestHooksSeeTheObject(t *testing.T) {
	var l ledger
	var seen []int
	see := func(v *item) bool { seen = append(seen, v.id); return true }
	o := l.options()
	o.Reset = func(v *item) { see(v) }
	o.Retain, o.Validate = see, see
	p := newPool(t, o)
	held := acquire(p, 3)
	p.ReleaseN(held)
	wantIDs(t, "Reset and Retain", seen, 0, 0, 1, 1, 2, 2)
	seen = nil
	p.AcquireN(held)
	wantIDs(t, "Validate", seen, 0, 1, 2)
	wantIDs(t, "AcquireN", idsOf(held), 0, 1, 2)
	l.check(t, p, 3)
}

// validating returns a pool of n idle items. Validate refuses the items whose ids are in bad.
func validating(t *testing.T, l *ledger, n int, bad ...int) *pool.Pool[*item] {
	o := l.options()
	o.Validate = func(v *item) bool { return !slices.Contains(bad, v.id) }
	p := newPool(t, o)
	fill(p, n)
	return p
}

func TestValidateDiscardsAndTriesTheNext(t *testing.T) {
	t.Run("Acquire", func(t *testing.T) {
		var l ledger
		p := validating(t, &l, 5, 0, 1, 3)
		wantIDs(t, "Acquire", idsOf(acquire(p, 3)), 2, 4, 5)
		wantIDs(t, "Destroy", l.destroyedIDs(), 0, 1, 3)
		if got := p.Stats(); got.Discarded != (pool.Discards{Invalid: 3}) || got.Reused != 2 || got.Created != 6 {
			t.Errorf("Stats: got %+v, want 3 Invalid, 2 reused, 6 created", plain(got))
		}
		l.check(t, p, 3)
	})
	t.Run("TryAcquire", func(t *testing.T) {
		var l ledger
		p := validating(t, &l, 4, 0, 1, 3)
		v, ok := p.TryAcquire()
		if !ok || v.id != 2 {
			t.Fatalf("TryAcquire: got %v, %v, want item 2", v, ok)
		}
		if v, ok := p.TryAcquire(); ok || v != nil {
			t.Errorf("TryAcquire with only an invalid object left: got %v, %v, want nil, false", v, ok)
		}
		wantIDs(t, "Destroy", l.destroyedIDs(), 0, 1, 3)
		l.check(t, p, 1)
	})
	t.Run("AcquireN", func(t *testing.T) {
		var l ledger
		p := validating(t, &l, 6, 0, 3, 5)
		held := make([]*item, 5)
		p.AcquireN(held)
		wantIDs(t, "AcquireN", idsOf(held), 1, 2, 4, 6, 7)
		wantIDs(t, "Destroy", l.destroyedIDs(), 0, 3, 5)
		l.check(t, p, 5)
	})
	t.Run("private magazines", func(t *testing.T) {
		setProcs(t, 1)
		var l ledger
		o := l.options()
		o.MaxIdle, o.LocalCache = 0, 0
		o.Validate = func(v *item) bool { return v.id%2 == 0 }
		p := newPool(t, o)
		fill(p, 100)
		held := make([]*item, 60)
		p.AcquireN(held)
		for _, v := range held {
			if v.id < 100 && v.id%2 == 1 {
				t.Errorf("AcquireN: got item %d, which is invalid", v.id)
			}
		}
		if got := p.Stats(); got.Discarded != (pool.Discards{Invalid: 50}) || got.Reused != 50 || got.Created != 110 {
			t.Errorf("Stats: got %+v, want 50 Invalid, 50 reused, 110 created", plain(got))
		}
		l.check(t, p, 60)
	})
}

func TestRetainRejects(t *testing.T) {
	var l ledger
	o := l.options()
	o.Reset = func(v *item) { v.uses = -v.uses }
	o.Retain = func(v *item) bool { return v.uses > -3 } // sees what Reset did
	p := newPool(t, o)
	held := acquire(p, 4)
	for _, v := range held {
		v.uses = v.id + 1
	}
	p.Release(held[3])
	p.ReleaseN(held[:3])
	wantIDs(t, "Destroy", l.destroyedIDs(), 2, 3)
	if got := p.Stats(); got.Discarded != (pool.Discards{Rejected: 2}) || got.Released != 4 || got.Idle != 2 {
		t.Errorf("Stats: got %+v, want 2 Rejected, 4 released, 2 idle", plain(got))
	}
	l.check(t, p, 0)
}

func TestDestroyOncePerDiscard(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		var l ledger
		o := l.options()
		o.MaxIdle, o.LocalCache = 16, localCache
		reject := false
		o.Retain = func(*item) bool { return !reject }
		p := newPool(t, o)
		fill(p, 30) // Full
		held := acquire(p, 3)
		reject = true
		p.Release(held[0]) // Rejected
		reject = false
		lease := p.Lend(held[1])
		lease.Discard() // Broken
		lease.Discard()
		lease.Release()
		p.Clear()
		fill(p, 4)
		p.Prune(0)
		fill(p, 4)
		p.Close()
		p.Close()
		p.Clear()
		p.Prune(0)
		p.Release(held[2]) // Closed
		l.check(t, p, 0)
		if got := len(l.destroyedIDs()); got != len(l.items) {
			t.Errorf("LocalCache %d: %d of %d items destroyed, want all", localCache, got, len(l.items))
		}
	}
}

func TestReleaseOfStrangers(t *testing.T) {
	withoutCheck(t)
	var l ledger
	o := l.options()
	o.MaxIdle = 2
	p := newPool(t, o)
	for range 5 {
		p.Release(new(item))
	}
	if got := p.Stats(); got.Idle != 2 || got.InUse != 0 || got.Released != 5 || got.Discarded.Full != 3 {
		t.Errorf("Stats after 5 foreign objects: got %+v, want 2 idle, 0 in use, 5 released, 3 Full", plain(got))
	}
}
