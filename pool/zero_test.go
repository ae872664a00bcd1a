package pool_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/pool"
)

// zeroGlobal is a zero pool that is not on the heap.
var zeroGlobal pool.Pool[*item]

// Every method may be a zero pool's first use. The pool then works with the default options and without New.
func TestZeroPool(t *testing.T) {
	withoutCheck(t)
	for name, first := range methods {
		var p pool.Pool[*item]
		first(&p)
		if name == "Close" {
			continue
		}
		p.Clear()
		if v := p.Acquire(); v != nil {
			t.Errorf("after %s, Acquire of an empty pool: got %v, want nil", name, v)
		}
		v := new(item)
		p.Release(v)
		if s := p.Stats(); p.Acquire() != v || s.Idle != 1 || s.MaxIdle != newPool(t, pool.Options[int]{New: func() int { return 0 }}).Cap() {
			t.Errorf("after %s: an object that was released is not handed out, or %+v", name, plain(s))
		}
	}
	v := new(item)
	zeroGlobal.Release(v)
	if zeroGlobal.Acquire() != v {
		t.Error("a package-level variable does not hand out what was released")
	}
}

// zeroPool uses a zero pool of T at once, and again when its Ps have private memory.
func zeroPool[T any](t *testing.T, name string, v T, same func(a, b T) bool) {
	var zero T
	s := struct {
		_     byte
		pools [2]pool.Pool[T]
	}{}
	for i := range s.pools {
		p := &s.pools[i]
		if i == 1 {
			pool.Bag(p).Endow()
		}
		vs := []T{v, v}
		p.AcquireN(vs)
		if !same(vs[0], zero) || !same(vs[1], zero) {
			t.Errorf("%s: AcquireN of an empty pool: got %v, want zero values", name, vs)
		}
		p.ReleaseN([]T{v, v})
		l := p.Borrow()
		if got := p.Acquire(); !same(got, v) || !same(l.Value(), v) {
			t.Errorf("%s: Acquire and Borrow: got %v and %v, want %v", name, got, l.Value(), v)
		}
		l.Release()
		if st := p.Stats(); st.Created != 2 || st.Reused != 2 || st.Idle != 1 || st.InUse != 1 || st.Discarded.Total() != 0 {
			t.Errorf("%s: %+v; want 2 created, 2 reused, 1 idle, 1 in use", name, plain(st))
		}
	}
}

// Zero pools work for each kind of element, as fields and in arrays.
func TestZeroPoolOfAnyType(t *testing.T) {
	withoutCheck(t)
	x := new(int)
	zeroPool(t, "pointer", x, func(a, b *int) bool { return a == b })
	zeroPool(t, "slice", []byte("abc"), func(a, b []byte) bool { return unsafe.SliceData(a) == unsafe.SliceData(b) })
	zeroPool(t, "map", map[string]int{"a": 1}, func(a, b map[string]int) bool { return len(a) == len(b) })
	zeroPool(t, "interface", any(x), func(a, b any) bool { return a == b })
	zeroPool(t, "number", 7, func(a, b int) bool { return a == b })
	zeroPool(t, "byte", byte(7), func(a, b byte) bool { return a == b })
	zeroPool(t, "unsafe.Pointer", unsafe.Pointer(x), func(a, b unsafe.Pointer) bool { return a == b })
	zeroPool(t, "128 bytes", [16]uint64{7}, func(a, b [16]uint64) bool { return a == b })
	zeroPool(t, "boxed", [128]uint64{7}, func(a, b [128]uint64) bool { return a == b })
}

// A zero pool of Resetters resets them, but not nil, which it hands out again like the nil of a miss.
func TestZeroPoolResets(t *testing.T) {
	for _, check := range []string{"", "1"} {
		t.Setenv("PLUNGE_CHECK", check)
		t.Setenv("PLUNGE_QUARANTINE", "0")
		var p pool.Pool[*bytes.Buffer]
		for range 200 {
			b := p.Acquire()
			if b == nil {
				b = new(bytes.Buffer)
			}
			if b.Len() != 0 {
				t.Fatalf("check %q: got %q, which was not reset", check, b)
			}
			b.WriteString("used")
			p.Release(b)
		}
		first := p.Acquire()
		if s := p.Stats(); s.Created != 1 {
			t.Errorf("check %q: got %d created, want 1", check, s.Created)
		}
		if p.Acquire() != nil {
			t.Errorf("check %q: an object although none is idle", check)
		}
		p.Release(nil)
		p.ReleaseN([]*bytes.Buffer{first})
		if s := p.Stats(); s.InUse != 0 || s.Discarded.Total() != 0 {
			t.Errorf("check %q: %+v; want none in use and none discarded", check, plain(s))
		}
	}
}

// A checked pool without New accepts objects that its callers make, and finds misuse of them. nil is no object.
func TestZeroPoolChecked(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "1")
	var w watch
	var p pool.Pool[*item]
	if err := p.Init(pool.Options[*item]{OnMisuse: w.on, Quarantine: -1}); err != nil {
		t.Fatal(err)
	}
	if !p.Checked() {
		t.Fatal("PLUNGE_CHECK=1 does not make it a checked pool")
	}
	want := func(what string, kinds ...pool.MisuseKind) {
		t.Helper()
		got := w.take()
		if !slices.EqualFunc(got, kinds, func(m pool.Misuse, k pool.MisuseKind) bool { return m.Kind == k }) {
			t.Errorf("%s: got %v, want %v", what, got, kinds)
		}
	}
	p.Release(nil)
	want("nil that nobody acquired")
	p.Release(new(item))
	want("an object although none is out", pool.ForeignRelease)
	_, _ = p.Acquire(), p.Acquire()
	v := new(item)
	p.Release(v)
	l := p.Lend(new(item))
	l.Release()
	want("the caller's objects")
	p.Release(v)
	want("one of them twice", pool.DoubleRelease)
	if got := []*item{p.Acquire(), p.Acquire()}; !slices.Contains(got, v) || slices.Contains(got, nil) {
		t.Errorf("got %v, want the two objects", got)
	}
	if got := len(p.Holders()); got != 2 {
		t.Errorf("Holders: got %d, want 2", got)
	}
}

// Init gives a zero pool its options, once and before any use. If Init fails it changes nothing.
func TestInit(t *testing.T) {
	withoutCheck(t)
	for name, first := range methods {
		var p pool.Pool[*item]
		first(&p)
		wantInitError(t, &p, pool.Options[*item]{}, "after "+name, "used or initialized before")
	}
	var p pool.Pool[*item]
	wantInitError(t, &p, pool.Options[*item]{MinIdle: 1}, "MinIdle without New", "New")
	wantInitError(t, &p, pool.Options[*item]{MaxIdle: -1}, "MaxIdle", "MaxIdle is -1")
	var l ledger
	o := l.options()
	o.MinIdle = 3
	if err := p.Init(o); err != nil {
		t.Fatalf("Init after one that failed: %v", err)
	}
	l.check(t, &p, 0)
	if p.Len() != 3 || p.Cap() != 64 {
		t.Errorf("got %d idle of %d, want 3 of 64", p.Len(), p.Cap())
	}
	wantInitError(t, &p, o, "again", "used or initialized before")
	wantPanic(t, "Init of nil", func() { _ = (*pool.Pool[*item])(nil).Init(o) }, "nil", "pool: ")
}

func wantInitError(t *testing.T, p *pool.Pool[*item], o pool.Options[*item], what, contains string) {
	t.Helper()
	if err := p.Init(o); !errors.Is(err, pool.ErrOptions) || !strings.Contains(err.Error(), contains) {
		t.Errorf("%s: got error %v, want one with %q", what, err, contains)
	}
}

// Without New no hook sees nil.
func TestHooksDoNotSeeNil(t *testing.T) {
	withoutCheck(t)
	for _, check := range []bool{false, true} {
		seen := 0
		see := func(v *item) bool {
			if v == nil {
				t.Error("a hook got nil")
			}
			seen++
			return true
		}
		var p pool.Pool[*item]
		err := p.Init(pool.Options[*item]{
			Reset: func(v *item) { see(v) }, Retain: see, Validate: see, Destroy: func(v *item) { see(v) },
			Size: func(v *item) int64 { see(v); return 8 }, MaxIdleBytes: 100, Check: check, Poison: func(v *item) { see(v) }, Quarantine: -1,
		})
		if err != nil {
			t.Fatal(err)
		}
		p.Release(p.Acquire())
		p.Release(p.Acquire())
		if p.Clear(); seen != 0 {
			t.Errorf("hooks ran %d times over nil", seen)
		}
		p.Acquire()
		p.Release(new(item))
		if p.Clear(); seen < 4 {
			t.Errorf("hooks ran %d times over an object, want each", seen)
		}
	}
}

// Of makes a pool that has only New, and panics if that is nil.
func TestOf(t *testing.T) {
	p := pool.Of(func() *item { return &item{id: 5} })
	if v := p.Acquire(); v.id != 5 || p.Cap() != newPool(t, pool.Options[int]{New: func() int { return 0 }}).Cap() {
		t.Errorf("got %v and a bound of %d, want New's object and the default", v, p.Cap())
	}
	wantPanic(t, "Of(nil)", func() { pool.Of[*item](nil) }, "nil", "pool: ")
}

// restored counts the calls of its Reset.
type restored struct {
	owned atomic.Bool
	n     int // only its owner uses it
}

func (r *restored) Reset() { r.n++ }

// If several first uses or calls of Init run at the same time, one of them makes the pool. No object is lost or
// skips its Reset. An Init that comes too late returns an error.
func TestFirstUsesAtOnce(t *testing.T) {
	for _, check := range []string{"", "1"} {
		t.Setenv("PLUNGE_CHECK", check)
		t.Setenv("PLUNGE_QUARANTINE", "0")
		random := seeded(t)
		for round := range 300 {
			const goroutines = 6
			var p pool.Pool[*restored]
			var made, initialized atomic.Int32
			var bound atomic.Int64
			start := make(chan struct{})
			var wg sync.WaitGroup
			for g := range goroutines {
				kind := random.IntN(6)
				wg.Go(func() {
					<-start
					switch kind {
					case 0:
						if p.Init(pool.Options[*restored]{MaxIdle: 100 + g}) == nil {
							initialized.Add(1)
							bound.Store(int64(100 + g))
						}
					case 1:
						_ = p.Stats()
					case 2:
						p.Clear()
					}
					for range 3 {
						v := p.Acquire()
						if v == nil {
							v = new(restored)
							made.Add(1)
						} else if v.n == 0 {
							t.Error("an object was not reset")
						}
						if v.owned.Swap(true) {
							t.Error("an object has two owners")
						}
						v.n = 0
						v.owned.Store(false)
						p.Release(v)
					}
				})
			}
			close(start)
			wg.Wait()
			s := p.Stats()
			if n := initialized.Load(); n > 1 || n == 1 && s.MaxIdle != int(bound.Load()) {
				t.Fatalf("round %d: Init succeeded %d times, the last with a bound of %d; the pool's is %d", round, n, bound.Load(), s.MaxIdle)
			}
			if s.Created != uint64(made.Load()) || s.InUse != 0 || s.Acquired != 3*goroutines || s.Released != 3*goroutines {
				t.Fatalf("round %d: made %d objects; %+v", round, made.Load(), plain(s))
			}
		}
	}
}

// A checked pool records all objects in use, even if SampleHeld is its first use.
func TestSampleHeldFirst(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "1")
	for _, n := range []int{0, 3} {
		var p pool.Pool[*item]
		p.SampleHeld(n)
		vs := acquire(&p, 9) // nil: the pool has no New
		for range vs {
			p.Release(new(item))
		}
		vs = acquire(&p, 9)
		if got, _ := p.Held(); got != len(vs) {
			t.Errorf("SampleHeld(%d): %d held, want %d", n, got, len(vs))
		}
		p.ReleaseN(vs)
	}
}
