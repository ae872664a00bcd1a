package pool_test

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/pool"
)

// saysNil checks that f panics with an error in the words of this package.
func saysNil(t *testing.T, what, want string, f func()) {
	t.Helper()
	how, value := outcome(f)
	err, ok := value.(error)
	if how != "panicked" || !ok || err.Error() != want {
		t.Errorf("%s: %s with %v, want a panic with %q", what, how, value, want)
	}
}

// testNil releases nil to a pool whose hook dereferences it, and makes New return nil.
func testNil[T any](t *testing.T, deref func(T), newT func() T) {
	var none T
	t.Run(fmt.Sprintf("%T", &none), func(t *testing.T) {
		withoutCheck(t)
		for name, o := range map[string]pool.Options[T]{
			"Reset":             {Reset: deref},
			"Retain":            {Retain: func(v T) bool { deref(v); return true }},
			"Reset and Destroy": {Reset: deref, Destroy: deref},
			"Reset and Retain":  {Reset: deref, Retain: func(T) bool { return true }},
		} {
			for _, lanes := range []bool{false, true} {
				o.New = newT
				p := newPool(t, o)
				if lanes {
					pool.Bag(p).Endow()
				}
				fill(p, 3)
				before := p.Stats()
				saysNil(t, name+": Release of nil", "pool: Release of nil", func() { p.Release(none) })
				saysNil(t, name+": ReleaseN of nil", "pool: Release of nil", func() { p.ReleaseN([]T{none}) })
				if got := p.Stats(); got != before {
					t.Errorf("%s: Stats after Release of nil: got %+v, want %+v", name, plain(got), plain(before))
				}
				fill(p, 3)
			}
			o.New = func() T { return none }
			p := newPool(t, o)
			saysNil(t, name+": New returns nil", "pool: New returned nil", func() { p.Acquire() })
			if s := p.Stats(); s.Created != 0 || s.InUse != 0 {
				t.Errorf("%s: Stats after New returned nil: got %+v, want nothing created", name, plain(s))
			}
			o.MinIdle = 1
			saysNil(t, name+": New returns nil for MinIdle", "pool: New returned nil", func() { _, _ = pool.New(o) })
		}
	})
}

func TestNilObjects(t *testing.T) {
	testNil(t, (*bytes.Buffer).Reset, func() *bytes.Buffer { return new(bytes.Buffer) })
	testNil(t, func(m map[string]int) { m["a"] = 1 }, func() map[string]int { return map[string]int{} })
	testNil(t, func(c chan *int) {
		if c == nil {
			close(c)
		}
	}, func() chan *int { return make(chan *int) })
	testNil(t, func(f func()) { f() }, func() func() { return func() {} })
	testNil(t, func(v any) { v.(*bytes.Buffer).Reset() }, func() any { return new(bytes.Buffer) })
	testNil(t, func(p unsafe.Pointer) { *(*byte)(p) = 1 }, func() unsafe.Pointer { return unsafe.Pointer(new(byte)) })
}

// A Resetter is called by the pool itself.
func TestNilResetter(t *testing.T) {
	withoutCheck(t)
	p := pool.Must(pool.NewTyped(func() *bytes.Buffer { return new(bytes.Buffer) }, 0))
	saysNil(t, "NewTyped", "pool: Release of nil", func() { p.Release(nil) })
	q := newPool(t, pool.Options[*bytes.Buffer]{New: func() *bytes.Buffer { return new(bytes.Buffer) }})
	saysNil(t, "Resetter", "pool: Release of nil", func() { q.Release(nil) })
}

// These are no misuse, and work: a nil slice, which is an empty one; zero values of other types; nil, if Reset
// accepts it or the pool has no hooks.
func TestZeroObjects(t *testing.T) {
	withoutCheck(t)
	slices := newPool(t, pool.Options[[]byte]{New: func() []byte { return nil }, Reset: func(s []byte) { clear(s) }})
	slices.Release(slices.Acquire())
	calls := 0
	ints := newPool(t, pool.Options[int]{New: func() int { return 0 }, Reset: func(int) { calls++ }})
	bytes := newPool(t, pool.Options[byte]{New: func() byte { return 0 }, Reset: func(byte) { calls++ }})
	nils := newPool(t, pool.Options[*int]{New: func() *int { return new(int) }, Reset: func(*int) { calls++ }})
	plainNils := newPool(t, pool.Options[*int]{New: func() *int { return nil }})
	for range 100 {
		ints.Release(ints.Acquire())
		bytes.Release(bytes.Acquire())
		nils.Release(nil)
		plainNils.Release(plainNils.Acquire())
	}
	if calls != 300 {
		t.Errorf("got %d calls of Reset, want 300", calls)
	}
	for name, s := range map[string]pool.Stats{"ints": ints.Stats(), "bytes": bytes.Stats(), "nils": plainNils.Stats()} {
		if s.Idle != 1 || s.InUse != 0 || s.Released != 100 || s.Discarded.Total() != 0 {
			t.Errorf("%s: got %+v, want 1 idle, 100 released, none discarded", name, plain(s))
		}
	}
	if s := nils.Stats(); s.Released != 100 || s.Discarded.Total() != 0 {
		t.Errorf("nils: got %+v, want 100 released", plain(s))
	}
}

// A zero value over which Reset panics or exits is lost, like any other value.
func TestZeroIsLost(t *testing.T) {
	withoutCheck(t)
	for _, fail := range []func(){func() { panic("reset") }, runtime.Goexit} {
		p := newPool(t, pool.Options[int]{New: func() int { return 0 }, Reset: func(int) { fail() }})
		v := p.Acquire()
		if how, value := outcome(func() { p.Release(v) }); how == "returned" || how == "panicked" && value != "reset" {
			t.Errorf("Release: %s with %v, want what Reset did", how, value)
		}
		if s := p.Stats(); s.Discarded.Panicked != 1 || s.InUse != 0 || s.Released != 1 {
			t.Errorf("got %+v, want one released and lost", plain(s))
		}
	}
}

func TestCheckedNil(t *testing.T) {
	var w watch
	p := newPool(t, pool.Options[*bytes.Buffer]{
		New: func() *bytes.Buffer { return new(bytes.Buffer) }, Check: true, OnMisuse: w.on,
	})
	p.Release(nil)
	found := w.take()
	if len(found) != 1 || found[0].Kind != pool.ForeignRelease || !found[0].Nil || !strings.Contains(found[0].Error(), "nil was released:\n") {
		t.Errorf("Release of nil: got %v, want it reported", found)
	}
	if s := p.Stats(); s.Idle != 0 || s.Released != 0 {
		t.Errorf("got %+v, want as before", plain(s))
	}
}
