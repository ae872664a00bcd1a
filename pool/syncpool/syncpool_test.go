package syncpool_test

import (
	"bytes"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/race"
	"github.com/plungepool/plunge/pool/syncpool"
)

// object is large enough not to share its block with others.
type object struct {
	n int
	_ [3]*int
}

// Get returns what was put, whatever it is, and New's objects where nothing is left; New may come late and be nil.
func TestGetAndPut(t *testing.T) {
	var nilObject *object
	for _, x := range []any{"a", 42, new(object), nilObject, []byte(nil), struct{}{}} {
		var p syncpool.Pool
		if got := p.Get(); got != nil {
			t.Errorf("Get of an empty pool without New: got %v, want nil", got)
		}
		p.Put(x)
		got := p.Get()
		if s, ok := x.([]byte); ok {
			if b, ok := got.([]byte); !ok || len(b) != len(s) {
				t.Errorf("Get: got %#v, want %#v", got, x)
			}
		} else if got != x {
			t.Errorf("Get: got %#v, want %#v", got, x)
		}
		n := 0
		p.New = func() any { n++; return n }
		if a, b := p.Get(), p.Get(); a != 1 || b != 2 {
			t.Errorf("Get with New: got %v and %v, want 1 and 2", a, b)
		}
		p.New = nil
		if got := p.Get(); got != nil {
			t.Errorf("Get after New was taken away: got %v, want nil", got)
		}
	}
}

// Pools work as literals, fields, and elements of arrays, and Put of nil does nothing.
func TestZeroValues(t *testing.T) {
	s := struct {
		_     byte
		field syncpool.Pool
		array [2]syncpool.Pool
	}{field: syncpool.Pool{New: func() any { return "new" }}}
	for _, p := range []*syncpool.Pool{&s.field, &s.array[0], &s.array[1], {New: func() any { return "new" }}, &packageLevel} {
		p.New = func() any { return "new" }
		p.Put(nil)
		if got := p.Get(); got != "new" {
			t.Errorf("Get after Put(nil): got %v, want New's object", got)
		}
		p.Put("old")
		p.Put(nil)
		if got := p.Get(); got != "old" {
			t.Errorf("Get: got %v, want what was put", got)
		}
	}
}

var packageLevel syncpool.Pool

// A nil pool panics, as sync's does.
func TestNilPool(t *testing.T) {
	var p *syncpool.Pool
	for name, call := range map[string]func(){"Get": func() { p.Get() }, "Put": func() { p.Put("a") }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of a nil pool: no panic", name)
				}
			}()
			call()
		}()
	}
}

// No method of an object is called: a buffer comes back as it was put.
func TestNothingIsReset(t *testing.T) {
	var p syncpool.Pool
	p.Put(bytes.NewBufferString("kept"))
	if b := p.Get().(*bytes.Buffer); b.String() != "kept" {
		t.Errorf("got %q, want the contents kept", b)
	}
}

// Checked mode is not for these pools: what sync.Pool allows is no misuse.
func TestUncheckedAlways(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "1")
	t.Setenv("PLUNGE_QUARANTINE", "nonsense")
	var p syncpool.Pool
	x := new(object)
	p.Put(x)
	p.Put(x)
	if a, b := p.Get(), p.Get(); a != x || b != x {
		t.Error("an object that was put twice does not come back twice")
	}
}

// A hit allocates nothing, and neither does a miss without New.
func TestHitsDoNotAllocate(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var p syncpool.Pool
	p.Put(new(object))
	if n := testing.AllocsPerRun(1000, func() { p.Put(p.Get()) }); n != 0 {
		t.Errorf("Get and Put allocate %v times, want 0", n)
	}
	p.Get()
	if n := testing.AllocsPerRun(100, func() { p.Put(p.Get()) }); n != 0 {
		t.Errorf("a miss and Put of nil allocate %v times, want 0", n)
	}
}

// Objects that are used by many goroutines, from the first use on, have one owner at a time.
func TestStress(t *testing.T) {
	for _, drop := range []bool{false, true} {
		for range 50 {
			p := &syncpool.Pool{New: func() any { return new(object) }, DropOnGC: drop}
			start := make(chan struct{})
			var wg sync.WaitGroup
			for g := range 6 {
				wg.Go(func() {
					<-start
					held := make([]*object, 1+10*(g%2))
					for range 20 {
						for i := range held {
							held[i] = p.Get().(*object)
							held[i].n++
						}
						for _, x := range held {
							if x.n--; x.n != 0 {
								t.Error("an object has two owners")
							}
							p.Put(x)
						}
					}
				})
			}
			close(start)
			if drop {
				runtime.GC()
			}
			wg.Wait()
		}
	}
}

// count makes n objects and returns how many of them have been collected.
func count(p *syncpool.Pool, n int) *atomic.Int32 {
	gone := new(atomic.Int32)
	for range n {
		x := new(object)
		runtime.AddCleanup(x, func(gone *atomic.Int32) { gone.Add(1) }, gone)
		p.Put(x)
	}
	return gone
}

// collect runs collections until ok, or for some seconds.
func collect(ok func() bool) bool {
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
		runtime.GC()
	}
	return true
}

// Nobody keeps alive what was taken out. The pool keeps alive what is idle, unless DropOnGC is set.
func TestCollections(t *testing.T) {
	const n = 300
	var p syncpool.Pool
	taken := count(&p, n)
	for range n {
		p.Get()
	}
	if !collect(func() bool { return taken.Load() >= n-2 }) {
		t.Errorf("%d of %d objects that were taken out are collected", taken.Load(), n)
	}
	idle := count(&p, n)
	for range 4 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
	if got := idle.Load(); got != 0 {
		t.Errorf("%d idle objects were collected, want none without DropOnGC", got)
	}
	runtime.KeepAlive(&p)

	drop := &syncpool.Pool{DropOnGC: true}
	idle = count(drop, n)
	if !collect(func() bool { return idle.Load() >= n-1 }) {
		t.Errorf("%d of %d idle objects are collected with DropOnGC", idle.Load(), n)
	}
	if drop.Get() != nil {
		t.Error("an object is left")
	}
}

// told runs a collection and waits until the pools with DropOnGC were told of it. There is one.
func told() {
	last := syncpool.Last()
	for runtime.GC(); syncpool.Last().Equal(last); {
		time.Sleep(time.Millisecond)
	}
}

// With DropOnGC an object outlives the first collection that finds it idle, and not the second; one that is used in
// between stays.
func TestDropOnGC(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	for _, n := range []int{1, 500} { // without lanes, and with some
		p := syncpool.Pool{DropOnGC: true}
		for range n {
			p.Put("a")
		}
		for range 6 {
			told()
			x := p.Get()
			if x != "a" {
				t.Fatalf("%d objects: got %v after one collection, want one of them", n, x)
			}
			p.Put(x)
		}
		told()
		told()
		if got := p.Get(); got != nil {
			t.Errorf("%d objects: got %v after two collections, want nil", n, got)
		}
	}
}

// A pool that is garbage is collected, with DropOnGC, too.
func TestGarbageIsCollected(t *testing.T) {
	gone := func() *atomic.Int32 {
		p := &syncpool.Pool{DropOnGC: true}
		p.Put("a")
		gone := new(atomic.Int32)
		runtime.AddCleanup(p, func(gone *atomic.Int32) { gone.Add(1) }, gone)
		return gone
	}()
	if !collect(func() bool { return gone.Load() == 1 }) {
		t.Error("a pool with DropOnGC is not collected")
	}
}
