package pool_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// methods are the methods that may be the first use of a pool.
var methods = map[string]func(p *pool.Pool[*item]){
	"Acquire":    func(p *pool.Pool[*item]) { p.Acquire() },
	"TryAcquire": func(p *pool.Pool[*item]) { p.TryAcquire() },
	"AcquireN":   func(p *pool.Pool[*item]) { p.AcquireN(make([]*item, 3)) },
	"Release":    func(p *pool.Pool[*item]) { p.Release(new(item)) },
	"ReleaseN":   func(p *pool.Pool[*item]) { p.ReleaseN([]*item{new(item), nil}) },
	"Borrow":     func(p *pool.Pool[*item]) { p.Borrow() },
	"Do":         func(p *pool.Pool[*item]) { _ = p.Do(func(*item) error { return nil }) },
	"Clear":      func(p *pool.Pool[*item]) { p.Clear() },
	"Prune":      func(p *pool.Pool[*item]) { p.Prune(0) },
	"Len":        func(p *pool.Pool[*item]) { p.Len() },
	"Stats":      func(p *pool.Pool[*item]) { p.Stats() },
	"Cap":        func(p *pool.Pool[*item]) { p.Cap() },
	"Warm":       func(p *pool.Pool[*item]) { p.Warm() },
	"Resize":     func(p *pool.Pool[*item]) { p.Resize(p.Cap()) },
	"Checked":    func(p *pool.Pool[*item]) { p.Checked() },
	"Holders":    func(p *pool.Pool[*item]) { p.Holders() },
	"Inspect":    func(p *pool.Pool[*item]) { p.Inspect() },
	"Bag":        func(p *pool.Pool[*item]) { pool.Bag(p) },
	"Close":      func(p *pool.Pool[*item]) { p.Close() },
}

// wantPanic checks that f panics with a message that has one of the prefixes, and not by a memory fault.
func wantPanic(t *testing.T, name string, f func(), contains string, prefixes ...string) {
	t.Helper()
	how, value := outcome(f)
	if how != "panicked" {
		t.Errorf("%s: %s, want a panic", name, how)
		return
	}
	if _, fault := value.(runtime.Error); fault {
		t.Errorf("%s: got the runtime's panic %q, want one that says what is wrong", name, value)
		return
	}
	message := fmt.Sprint(value)
	for _, prefix := range prefixes {
		if strings.HasPrefix(message, prefix) && strings.Contains(message, contains) {
			return
		}
	}
	t.Errorf("%s: got panic %q, want a prefix of %q and %q in it", name, message, prefixes, contains)
}

func TestNilPool(t *testing.T) {
	for name, f := range methods {
		wantPanic(t, name, func() { f(nil) }, "nil", "pool: ")
	}
	var p *pool.Pool[*item]
	wantPanic(t, "Lend", func() { p.Lend(nil) }, "nil", "pool: ")
	wantPanic(t, "AcquireN(nil)", func() { p.AcquireN(nil) }, "nil", "pool: ")
	wantPanic(t, "ReleaseN(nil)", func() { p.ReleaseN(nil) }, "nil", "pool: ")
}

// TestPanicsLeaveNothingPinned makes the first use of a pool panic, because of a bad value in the environment. Then
// it stops the world, which would wait for ever for a goroutine that is still pinned.
func TestPanicsLeaveNothingPinned(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "1")
	t.Setenv("PLUNGE_QUARANTINE", "many")
	for name, f := range methods {
		p := new(pool.Pool[*item])
		for range 3 {
			wantPanic(t, name, func() { f(p) }, "PLUNGE_QUARANTINE", "pool: bad options")
			runtime.GC()
		}
		t.Setenv("PLUNGE_QUARANTINE", "0")
		if how, v := outcome(func() { p.Release(p.Acquire()) }); how != "returned" {
			t.Errorf("%s: after the first use failed another %s: %v", name, how, v)
		}
		t.Setenv("PLUNGE_QUARANTINE", "many")
	}
}
