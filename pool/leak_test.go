package pool_test

import (
	"bytes"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// leakHere acquires an object and forgets it.
//
//go:noinline
func leakHere[T any](p *pool.Pool[T]) { p.Acquire() }

// leakLease borrows one and forgets it.
//
//go:noinline
func leakLease[T any](p *pool.Pool[T]) {
	l := p.Borrow()
	_ = l.Value()
}

// clobber overwrites what dead calls left on the stack.
//
//go:noinline
func clobber() (n byte) {
	var space [4096]byte
	for i := range space {
		n += space[i]
	}
	return n
}

func testLeak[T any](t *testing.T, name string, o pool.Options[T]) {
	t.Helper()
	for _, localCache := range []int{-1, 0} {
		for _, leak := range []struct {
			name string
			f    func(*pool.Pool[T])
		}{{"leakHere", leakHere[T]}, {"leakLease", leakLease[T]}} {
			var w watch
			o.Check, o.OnMisuse, o.LocalCache = true, w.on, localCache
			p := newPool(t, o)
			fill(p, 3)
			kept := p.Acquire()
			for range 4 { // more than were idle
				leak.f(p)
			}
			clobber()
			eventually(t, name+": the leaks reported", func() bool {
				w.mu.Lock()
				defer w.mu.Unlock()
				return len(w.found) >= 4
			})
			for _, m := range w.take() {
				if m.Kind != pool.Leak || !strings.Contains(m.First.String(), leak.name) || len(m.Second) > 0 {
					t.Errorf("%s: got %v, want a leak by %s", name, m, leak.name)
				}
			}
			garbage := 0
			held := p.Holders()
			for _, h := range held {
				if h.Garbage {
					garbage++
				}
			}
			if len(held) != 5 || garbage != 4 || held[0].Garbage || p.Stats().InUse != 5 {
				t.Errorf("%s: got %d holders, %d of them garbage, and %d in use, want 5, 4, 5", name, len(held), garbage, p.Stats().InUse)
			}
			p.Release(kept)
			for range 3 {
				runtime.GC()
			}
			if found := w.take(); len(found) > 0 {
				t.Errorf("%s: got %v, want nothing more", name, found)
			}
			runtime.KeepAlive(p)
		}
	}
}

func TestLeak(t *testing.T) {
	testLeak(t, "pointer", pool.Options[*item]{New: func() *item { return new(item) }})
	testLeak(t, "map", pool.Options[map[string]int]{New: func() map[string]int { return map[string]int{"a": 1} }})
	testLeak(t, "chan", pool.Options[chan *int]{New: func() chan *int { return make(chan *int, 1) }})
	testLeak(t, "interface", pool.Options[any]{New: func() any { return new(bytes.Buffer) }})
	testLeak(t, "unsafe.Pointer", pool.Options[unsafe.Pointer]{New: func() unsafe.Pointer { return unsafe.Pointer(new(item)) }})
}

// TestLeakIsLogged has no handler.
func TestLeakIsLogged(t *testing.T) {
	logged := captureLog(t)
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, Check: true, Name: "logged"})
	leakHere(p)
	eventually(t, "leak logged", func() bool {
		s := logged()
		return strings.Contains(s, "pool=logged") && strings.Contains(s, "leakHere")
	})
	runtime.KeepAlive(p)
}

// TestLeakedAddressIsReused: an object of the user's own at the address of a leaked object is foreign.
// TestRecordIsOfOneObject tests the same before the collector has reported the leak.
func TestLeakedAddressIsReused(t *testing.T) {
	type big [64]*int
	var w watch
	p := newPool(t, pool.Options[*big]{New: func() *big { return new(big) }, Check: true, OnMisuse: w.on})
	seen := map[uintptr]bool{}
	for range 500 {
		seen[uintptr(unsafe.Pointer(p.Acquire()))] = true
	}
	clobber()
	runtime.GC()
	runtime.GC()
	for tries := 0; ; tries++ {
		v := new(big)
		if again := seen[uintptr(unsafe.Pointer(v))]; !again {
			if tries == 100_000 {
				t.Skip("no place was used again")
			}
			continue
		}
		w.take()
		p.Release(v)
		foreign := 0
		for _, m := range w.take() {
			switch m.Kind {
			case pool.ForeignRelease:
				foreign++
			case pool.Leak:
			default:
				t.Errorf("Release: got %v, want a foreign release", m)
			}
		}
		if foreign != 1 {
			t.Errorf("Release of a foreign object in a leaked one's place: got %d reports, want 1", foreign)
		}
		return
	}
}

// TestCheckKeepsNothingAlive drops a checked pool with objects idle and in use.
func TestCheckKeepsNothingAlive(t *testing.T) {
	type node struct {
		p *pool.Pool[*item]
		v *item
	}
	var gone weak.Pointer[node]
	var object weak.Pointer[item]
	func() {
		n := new(node)
		n.p = newPool(t, pool.Options[*item]{
			New:   func() *item { return new(item) },
			Check: true, OnMisuse: func(m pool.Misuse) { t.Errorf("got %v; the pool is gone: %v", m, n) },
		})
		fill(n.p, 10)
		n.v = n.p.Acquire()
		object, gone = weak.Make(n.v), weak.Make(n)
	}()
	clobber()
	eventually(t, "pool, handler and objects collected", func() bool { return gone.Value() == nil && object.Value() == nil })
	runtime.GC()
	runtime.GC()
}

// TestCheckWithGlobals pools objects outside the collector's memory.
func TestCheckWithGlobals(t *testing.T) {
	var w watch
	var next int
	p := newPool(t, pool.Options[*item]{
		New:   func() *item { next++; return &globals[next-1] },
		Check: true, OnMisuse: w.on,
	})
	v := p.Acquire()
	p.Release(v)
	releaseAgain(p, v)
	w.want(t, "global released twice", pool.DoubleRelease, "TestCheckWithGlobals", "releaseAgain")
	releaseHere(p, &globals[1])
	w.want(t, "global that was not handed out", pool.ForeignRelease, "", "releaseHere")
}

var globals [2]item
