package pool_test

import (
	"bytes"
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// watch collects what a checked pool reports.
type watch struct {
	mu    sync.Mutex
	found []pool.Misuse
}

func (w *watch) on(m pool.Misuse) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.found = append(w.found, m)
}

// take returns what was reported since.
func (w *watch) take() []pool.Misuse {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.found
	w.found = nil
	return found
}

// want checks that one misuse was reported since, with stacks that contain the
// names of functions, or are empty where the name is.
func (w *watch) want(t *testing.T, what string, kind pool.MisuseKind, first, second string) {
	t.Helper()
	found := w.take()
	if len(found) != 1 {
		t.Errorf("%s: got %d reports, want 1: %v", what, len(found), found)
		return
	}
	m := found[0]
	if m.Kind != kind {
		t.Errorf("%s: got a %v, want a %v\n%v", what, m.Kind, kind, m)
	}
	for _, s := range []struct {
		name string
		got  pool.Stack
		want string
	}{{"First", m.First, first}, {"Second", m.Second, second}} {
		if s.want == "" && len(s.got) > 0 || !strings.Contains(s.got.String(), s.want) {
			t.Errorf("%s: %s: got\n%v\nwant a stack with %q", what, s.name, s.got, s.want)
		}
	}
}

// The events of the tests have names of their own, to be found in stacks.

//go:noinline
func acquireHere(p *pool.Pool[*item]) *item { return p.Acquire() }

//go:noinline
func releaseHere(p *pool.Pool[*item], v *item) { p.Release(v) }

//go:noinline
func releaseAgain(p *pool.Pool[*item], v *item) { p.Release(v) }

//go:noinline
func releaseNAgain(p *pool.Pool[*item], v *item) { p.ReleaseN([]*item{v, v}) }

//go:noinline
func borrowHere(p *pool.Pool[*item], use func(l *pool.Lease[*item])) {
	l := p.Borrow()
	use(&l)
}

//go:noinline
func lendHere(p *pool.Pool[*item], v *item, use func(l *pool.Lease[*item])) {
	l := p.Lend(v)
	use(&l)
}

//go:noinline
func endHere(l *pool.Lease[*item]) { l.Release() }

//go:noinline
func discardHere(l *pool.Lease[*item]) { l.Discard() }

// checkedLayouts are the ways in which objects are kept.
var checkedLayouts = map[string]func(o *pool.Options[*item]){
	"rings":     func(*pool.Options[*item]) {},
	"magazines": func(o *pool.Options[*item]) { o.LocalCache, o.Shards = 0, 0 },
	"LIFO":      func(o *pool.Options[*item]) { o.LIFO = true },
	"full":      func(o *pool.Options[*item]) { o.MaxIdle = 1 },
	"hooks": func(o *pool.Options[*item]) {
		o.Reset, o.Retain, o.Validate = func(*item) {}, func(*item) bool { return true }, func(*item) bool { return true }
	},
	"rejecting": func(o *pool.Options[*item]) { o.Retain = func(*item) bool { return false } },
}

// misuseCase is a sequence of calls with one misuse at its end. It returns how
// many objects are held.
type misuseCase struct {
	name          string
	kind          pool.MisuseKind
	first, second string
	do            func(p *pool.Pool[*item]) int
}

var misuseCases = []misuseCase{
	{
		name: "Release twice", kind: pool.DoubleRelease, first: "releaseHere", second: "releaseAgain",
		do: func(p *pool.Pool[*item]) int { v := p.Acquire(); releaseHere(p, v); releaseAgain(p, v); return 0 },
	},
	{
		name: "Release, ReleaseN", kind: pool.DoubleRelease, first: "releaseHere", second: "releaseAgain",
		do: func(p *pool.Pool[*item]) int {
			a, b := p.Acquire(), p.Acquire()
			releaseHere(p, a)
			p.ReleaseN([]*item{b})
			releaseAgain(p, a)
			return 0
		},
	},
	{
		name: "twice in ReleaseN", kind: pool.DoubleRelease, first: "releaseNAgain", second: "releaseNAgain",
		do: func(p *pool.Pool[*item]) int { releaseNAgain(p, p.Acquire()); return 0 },
	},
	{
		name: "after Close", kind: pool.DoubleRelease, first: "releaseHere", second: "releaseAgain",
		do: func(p *pool.Pool[*item]) int {
			v := p.Acquire()
			p.Close()
			releaseHere(p, v)
			releaseAgain(p, v)
			return 0
		},
	},
	{
		name: "cleared in between", kind: pool.DoubleRelease, first: "releaseHere", second: "releaseAgain",
		do: func(p *pool.Pool[*item]) int {
			v := p.Acquire()
			releaseHere(p, v)
			p.Clear()
			releaseAgain(p, v)
			return 0
		},
	},
	{
		name: "foreign", kind: pool.ForeignRelease, second: "releaseHere",
		do: func(p *pool.Pool[*item]) int { p.Acquire(); releaseHere(p, new(item)); return 1 },
	},
	{
		name: "nil", kind: pool.ForeignRelease, second: "releaseHere",
		do: func(p *pool.Pool[*item]) int { p.Acquire(); releaseHere(p, nil); return 1 },
	},
	{
		name: "Borrow, Release", kind: pool.StillLeased, first: "borrowHere", second: "releaseHere",
		do: func(p *pool.Pool[*item]) int {
			borrowHere(p, func(l *pool.Lease[*item]) { releaseHere(p, l.Value()); endHere(l) })
			return 0
		},
	},
	{
		name: "Lend, Release", kind: pool.StillLeased, first: "lendHere", second: "releaseHere",
		do: func(p *pool.Pool[*item]) int {
			lendHere(p, p.Acquire(), func(l *pool.Lease[*item]) { releaseHere(p, l.Value()) })
			return 1
		},
	},
	{
		name: "Do, Release", kind: pool.StillLeased, first: "TestMisuse", second: "releaseHere",
		do: func(p *pool.Pool[*item]) int {
			_ = p.Do(func(v *item) error { releaseHere(p, v); return nil })
			return 0
		},
	},
	{
		name: "Borrow, Lend", kind: pool.StillLeased, first: "borrowHere", second: "lendHere",
		do: func(p *pool.Pool[*item]) int {
			borrowHere(p, func(l *pool.Lease[*item]) { lendHere(p, l.Value(), func(*pool.Lease[*item]) {}); endHere(l) })
			return 0
		},
	},
	{
		name: "Lend of an idle one", kind: pool.DoubleRelease, first: "releaseHere", second: "lendHere",
		do: func(p *pool.Pool[*item]) int {
			v := p.Acquire()
			releaseHere(p, v)
			lendHere(p, v, func(*pool.Lease[*item]) {})
			return 0
		},
	},
	{
		name: "Lend of a foreign one", kind: pool.ForeignRelease, second: "lendHere",
		do: func(p *pool.Pool[*item]) int { lendHere(p, new(item), func(*pool.Lease[*item]) {}); return 0 },
	},
	{
		name: "lease ended, Release", kind: pool.DoubleRelease, first: "endHere", second: "releaseAgain",
		do: func(p *pool.Pool[*item]) int {
			borrowHere(p, func(l *pool.Lease[*item]) { v := l.Value(); endHere(l); releaseAgain(p, v) })
			return 0
		},
	},
	{
		name: "lease discarded, Release", kind: pool.DoubleRelease, first: "discardHere", second: "releaseAgain",
		do: func(p *pool.Pool[*item]) int {
			borrowHere(p, func(l *pool.Lease[*item]) { v := l.Value(); discardHere(l); releaseAgain(p, v) })
			return 0
		},
	},
}

func TestMisuse(t *testing.T) {
	for layout, set := range checkedLayouts {
		for _, c := range misuseCases {
			t.Run(layout+"/"+c.name, func(t *testing.T) {
				var l ledger
				var w watch
				o := l.options()
				o.Check, o.OnMisuse, o.Name = true, w.on, t.Name()
				set(&o)
				p := newPool(t, o)
				fill(p, 3)
				l.check(t, p, 0)
				held := c.do(p)
				w.want(t, c.name, c.kind, c.first, c.second)
				l.check(t, p, held)
				if got := len(p.Holders()); got != held {
					t.Errorf("Holders: got %d, want %d", got, held)
				}

				// The pool works on, and hands out nothing twice.
				seen := map[*item]bool{}
				for _, v := range acquire(p, 8) {
					if v == nil || seen[v] || v.destroyed.Load() > 0 {
						t.Errorf("Acquire: got %v, which is in use or destroyed", v)
					}
					seen[v] = true
				}
				l.check(t, p, held+8)
				if found := w.take(); len(found) > 0 {
					t.Errorf("got reports of sound calls: %v", found)
				}
			})
		}
	}
}

// TestMisuseLeavesStats compares all statistics, and sees no hook called.
func TestMisuseLeavesStats(t *testing.T) {
	var w watch
	hooks := 0
	count := func(*item) bool { hooks++; return true }
	p := newPool(t, pool.Options[*item]{
		New: func() *item { return new(item) }, Reset: func(v *item) { count(v) }, Retain: count,
		Destroy: func(v *item) { count(v) }, MaxIdle: 2, Check: true, OnMisuse: w.on,
	})
	v, lease := p.Acquire(), p.Borrow()
	releaseHere(p, v)
	before, hooksBefore := p.Stats(), hooks
	releaseAgain(p, v)
	releaseHere(p, new(item))
	releaseHere(p, lease.Value())
	lendHere(p, lease.Value(), func(*pool.Lease[*item]) {})
	if got := len(w.take()); got != 4 {
		t.Errorf("got %d reports, want 4", got)
	}
	if got := p.Stats(); got != before {
		t.Errorf("Stats: got %+v, want them as before %+v", plain(got), plain(before))
	}
	if hooks != hooksBefore {
		t.Errorf("got %d calls of hooks, want none", hooks-hooksBefore)
	}
	lease.Release()
	if got := p.Stats(); got.InUse != 0 || got.Idle != 2 {
		t.Errorf("Stats: got %+v, want 2 idle and none in use", plain(got))
	}
}

func TestMisusePanics(t *testing.T) {
	var l ledger
	o := l.options()
	o.Check, o.Name = true, "panics"
	p := newPool(t, o)
	for _, c := range misuseCases {
		before := pool.Reported()
		how, value := outcome(func() { c.do(p) })
		m, ok := value.(error)
		if how != "panicked" || !ok || !strings.HasPrefix(m.Error(), "pool: "+c.kind.String()+` in pool "panics"`) {
			t.Errorf("%s: %s with %v, want a panic of a Misuse", c.name, how, value)
			continue
		}
		var misuse pool.Misuse
		if !errors.As(m, &misuse) || misuse.Kind != c.kind {
			t.Errorf("%s: got %v, want a Misuse of kind %v", c.name, m, c.kind)
		}
		if !strings.Contains(m.Error(), c.first) || !strings.Contains(m.Error(), c.second) {
			t.Errorf("%s: got\n%v\nwant both stacks", c.name, m)
		}
		if c.name != "twice in ReleaseN" && pool.Reported() != before+1 {
			t.Errorf("%s: got %d reported, want 1", c.name, pool.Reported()-before)
		}
	}
	l.check(t, p, p.Stats().InUse) // destroyed what it says, and nothing twice
}

// TestDoubleReleaseAtOnce releases each object from several goroutines: one of
// them enters, and the others are reported with the stack of that one.
func TestDoubleReleaseAtOnce(t *testing.T) {
	const goroutines = 4
	for layout, set := range checkedLayouts {
		t.Run(layout, func(t *testing.T) {
			var l ledger
			var w watch
			o := l.options()
			o.Check, o.OnMisuse = true, w.on
			set(&o)
			p := newPool(t, o)
			for range 200 {
				v := p.Acquire()
				var barrier, done sync.WaitGroup
				barrier.Add(1)
				for range goroutines {
					done.Go(func() { barrier.Wait(); releaseHere(p, v) })
				}
				barrier.Done()
				done.Wait()
				found := w.take()
				if len(found) != goroutines-1 {
					t.Fatalf("got %d reports, want %d", len(found), goroutines-1)
				}
				for _, m := range found {
					if m.Kind != pool.DoubleRelease || !strings.Contains(m.First.String(), "releaseHere") {
						t.Errorf("got %v, want double releases", m)
					}
				}
				l.check(t, p, 0)
			}
		})
	}
}

// TestCopiedLease ends a lease a second time over an object that somebody else
// has by now.
func TestCopiedLease(t *testing.T) {
	var l ledger
	var w watch
	o := l.options()
	o.Check, o.OnMisuse = true, w.on
	p := newPool(t, o)
	lease := p.Borrow()
	var second pool.Lease[*item]
	reflect.ValueOf(&second).Elem().Set(reflect.ValueOf(&lease).Elem()) // go vet would see an assignment
	lease.Release()
	v := acquireHere(p)
	if v != l.items[0] {
		t.Fatalf("Acquire: got item %d, want 0", v.id)
	}
	endHere(&second)
	w.want(t, "copy released", pool.DoubleRelease, "TestCopiedLease", "endHere")
	l.check(t, p, 1)
	p.Release(v)
	l.check(t, p, 0)
	if found := w.take(); len(found) > 0 {
		t.Errorf("Release: got %v, want it admitted", found)
	}
}

// TestCheckedIsSound runs every way to acquire and release, from several
// goroutines, and wants nothing reported.
func TestCheckedIsSound(t *testing.T) {
	for layout, set := range checkedLayouts {
		var l ledger
		var reports atomic.Int32
		o := l.options()
		o.MinIdle, o.Check, o.OnMisuse = 1, true, func(m pool.Misuse) { reports.Add(1); t.Error(m) }
		set(&o)
		p := newPool(t, o)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				vs := make([]*item, 5)
				for i := range 300 {
					switch (i + g) % 8 {
					case 0:
						p.Release(p.Acquire())
					case 1:
						if v, ok := p.TryAcquire(); ok {
							p.Release(v)
						}
					case 2:
						p.AcquireN(vs)
						p.ReleaseN(vs)
					case 3:
						lease := p.Borrow()
						lease.Release()
						lease.Release()
						lease.Discard()
					case 4:
						lease := p.Lend(p.Acquire())
						f := lease.Release
						f()
					case 5:
						lease := p.Borrow()
						lease.Discard()
						lease.Release()
					case 6:
						_ = p.Do(func(*item) error { return nil })
					case 7:
						p.Clear()
						p.Warm()
						p.Prune(0)
					}
				}
			})
		}
		wg.Wait()
		l.check(t, p, 0)
		if reports.Load() > 0 {
			t.Errorf("%s: got %d reports, want none", layout, reports.Load())
		}
	}
}

// TestCheckedAcquireNGoesBack has New panic in an AcquireN: what had been taken
// is idle again and nobody's.
func TestCheckedAcquireNGoesBack(t *testing.T) {
	f := fault{hook: "New"}
	o := f.options()
	o.Check = true
	p := newPool(t, o)
	fill(p, 3)
	f.arm(2)
	if how, value := outcome(func() { p.AcquireN(make([]*item, 6)) }); how != "panicked" {
		t.Fatalf("AcquireN: %s with %v, want a panic", how, value)
	}
	if got := p.Holders(); len(got) != 0 {
		t.Errorf("Holders: got %v, want none", got)
	}
	f.check(t, p, 0)
	fill(p, 6)
	f.check(t, p, 0)
}

func TestCheckFromEnvironment(t *testing.T) {
	for value, want := range map[string]bool{"1": true, "": false, "0": false} {
		t.Setenv("PLUNGE_CHECK", value)
		p := newPool(t, pool.Options[*bytes.Buffer]{New: func() *bytes.Buffer { return new(bytes.Buffer) }})
		if got := p.Checked(); got != want {
			t.Errorf("PLUNGE_CHECK=%q: Checked: got %v, want %v", value, got, want)
		}
	}
	t.Setenv("PLUNGE_CHECK", "")
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
	p.Release(new(item)) // not reported
	if p.Holders() != nil {
		t.Error("Holders of an unchecked pool: got some, want nil")
	}
	runtime.KeepAlive(p)
}
