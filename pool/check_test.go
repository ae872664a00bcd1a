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

				// The pool still works, and hands out nothing twice.
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

// TestMisuseLeavesStats checks that misuse changes no statistics and calls no hook.
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
		if c.name != "twice in ReleaseN" && pool.Reported() < before+1 { // leaks of other tests may be among them
			t.Errorf("%s: got %d reported, want 1", c.name, pool.Reported()-before)
		}
	}
	l.check(t, p, p.Stats().InUse) // the pool destroyed as many as it says, and none twice
}

// TestDoubleReleaseAtOnce releases each object from several goroutines. One Release succeeds, and the others are
// reported with its stack.
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

// TestCopiedLease ends a lease a second time, when somebody else has the object.
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

// TestCheckedIsSound acquires and releases in every way, from several goroutines, and expects no report.
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

// TestCheckedAcquireNGoesBack makes New panic in an AcquireN: the objects acquired before are idle again, and
// nobody has them.
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
	t.Setenv("PLUNGE_CHECK", "1")
	if p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, NoCheck: true}); p.Checked() {
		t.Error("PLUNGE_CHECK=1 with NoCheck: got a checked pool")
	}
	t.Setenv("PLUNGE_CHECK", "")
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
	p.Release(new(item)) // not reported
	if p.Holders() != nil {
		t.Error("Holders of an unchecked pool: got some, want nil")
	}
	runtime.KeepAlive(p)
}
