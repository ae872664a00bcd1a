package peer

import (
	"sync/atomic"
	"testing"
	"unsafe"
)

// TestCounts shows, by the statistics of plunge, that the loops do as much as they return. A warm pool of any kind
// creates no more objects than are held at a time.
func TestCounts(t *testing.T) {
	if got := unsafe.Sizeof(Object{}); got != 64 {
		t.Errorf("an Object has %d bytes, want 64", got)
	}
	loops := map[string]func(p Pool) int{
		"Pair":      func(p Pool) int { return p.Pair(10) },
		"PairReset": func(p Pool) int { return p.PairReset(10) },
		"Scoped":    func(p Pool) int { return p.Scoped(10) },
		"Burst":     func(p Pool) int { return p.Burst(10, 4) },
		"Batch":     func(p Pool) int { return p.Batch(10, 4) },
		"Yielding":  func(p Pool) int { return p.Yielding(10) },
		"Handoff": func(p Pool) int {
			empty, full := make(chan []*Object, 1), make(chan []*Object, 3)
			empty <- make([]*Object, 4)
			go p.Consume(3, full, empty)
			done := p.Produce(3, empty, full)
			<-empty // the consumer is done with all
			return done
		},
	}
	want := map[string]int{"Burst": 12, "Batch": 12, "Handoff": 12}
	for _, e := range Pools() {
		for name, loop := range loops {
			made := new(atomic.Int64)
			p := e.New(Options{Made: made})
			got := loop(p)
			if want := max(want[name], 10); got != want {
				t.Errorf("%s of %s: got %d operations, want %d", name, e.Name, got, want)
			}
			if a, ok := p.(plunge); ok {
				if s := a.p.Stats(); s.Acquired != uint64(got) || s.Released != uint64(got) || s.Created != uint64(made.Load()) {
					t.Errorf("%s of %s: %d operations, %d made, and %v", name, e.Name, got, made.Load(), s)
				}
			}
		}
	}
}

// TestReset shows that every pool hands out a wiped object after PairReset.
func TestReset(t *testing.T) {
	for _, e := range Pools() {
		p := e.New(Options{Reset: true, Made: new(atomic.Int64)})
		p.Scoped(1) // touches an object
		p.PairReset(1)
		a, ok := p.(interface{ get() *Object })
		if !ok {
			t.Fatalf("%s has no get", e.Name)
		}
		if o := a.get(); o.words[0] != 0 {
			t.Errorf("%s: got a used object", e.Name)
		}
	}
}

// TestBound shows that the bounded peers drop objects over MaxIdle.
func TestBound(t *testing.T) {
	for _, e := range Pools() {
		// syncpool has the default bound. puddle bounds the objects in use and idle together, which newPuddlePool
		// sets so that nobody waits.
		if e.Name == "sync.Pool" || e.Name == "syncpool" || e.Name == "syncx.Pool" || e.Name == "puddle" {
			continue
		}
		made := new(atomic.Int64)
		p := e.New(Options{MaxIdle: 8, Made: made})
		for _, f := range []func(n, size int) int{p.Burst, p.Batch} {
			f(16, 16)
			before := made.Load()
			f(16, 16)
			if got := made.Load() - before; got != 8 {
				t.Errorf("%s: a burst of 16 with 8 idle made %d objects, want 8", e.Name, got)
			}
		}
	}
}

// TestOf shows that the pools of any type give back what they took, reset, and
// keep no more than they may.
func TestOf(t *testing.T) {
	for _, e := range Ofs[*Object]() {
		made := new(atomic.Int64)
		p := e.New(OfOptions[*Object]{Options: Options{MaxIdle: 64, Made: made}, New: func() *Object { return new(Object) }, Reset: (*Object).wipe})
		h := p.Get()
		h.V.touch()
		p.Put(h)
		again := p.Get()
		if again.V.words[0] != 0 {
			t.Errorf("%s: got a used object", e.Name)
		}
		if got := made.Load(); got < 1 || got > 2 { // under the race detector sync.Pool drops some
			t.Errorf("%s: got %d objects made, want 1 or 2", e.Name, got)
		}
		p.Put(again)
	}
	for _, e := range Larges() {
		made := new(atomic.Int64)
		if got := e.New(Options{Made: made}).Pair(10); got != 10 || made.Load() == 0 {
			t.Errorf("%s: got %d operations and %d made", e.Name, got, made.Load())
		}
	}
}

// TestForget: Forget drops what the pools of syncx hold. Pools created later work as before.
func TestForget(t *testing.T) {
	made := new(atomic.Int64)
	old := newSyncxPool(Options{Made: made})
	old.put(old.get())
	Forget()
	if got := old.p.Get(); got != nil || len(syncxMade) != 0 {
		t.Errorf("got %v of a pool forgotten, and %d pools known", got, len(syncxMade))
	}
	later := newSyncxPool(Options{Made: made})
	later.put(later.get())
	if got := later.get(); got == nil || len(syncxMade) != 1 {
		t.Errorf("got %v of a later pool, and %d pools known", got, len(syncxMade))
	}
}
