package pooltest

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// Pool is a pool that AssertNoLeaks can check: a *pool.Pool, *buffers.Pool, *buffers.Fixed or *resource.Pool, or
// another type with a method Stats() pool.Stats or InUse() int. If it has the methods Checked and Holders of
// *pool.Pool, stacks are shown. If it has Inspect, uses after release are found.
type Pool any

type (
	counted interface{ Stats() pool.Stats }
	inUse   interface{ InUse() int }
	named   interface{ Name() string }

	// checked is a Pool that may know where its objects were acquired.
	checked interface {
		Checked() bool
		Holders() []pool.Holder
	}
	inspected interface{ Inspect() []pool.Misuse }
)

// maxShown is how many groups of objects of a pool a failure shows.
const maxShown = 10

// AssertNoLeaks calls t.Errorf if objects of the pools are in use: acquired, and neither released nor discarded.
// Defer it, or call it in t.Cleanup, to check at the end of a test. Give it pools that only this test uses,
// because it cannot tell who acquired an object. No call of the pools may be in flight.
//
// For a checked pool (Options.Check, PLUNGE_CHECK=1) it shows where the objects were acquired, equal stacks
// once, and which of them are garbage. It runs the garbage collector to find that out; so leaks are also
// reported to Options.OnMisuse. For other pools, and for objects without identity, it shows how many are in use.
// It also fails the test for idle objects of a checked pool that were used after their release: see
// pool.Options.Poison.
func AssertNoLeaks(t testing.TB, pools ...Pool) {
	t.Helper()
	collected := false
	for _, p := range pools {
		if i, ok := p.(inspected); ok {
			for _, m := range i.Inspect() {
				t.Errorf("%v", m)
			}
		}
		name, n, ok := state(p)
		if !ok {
			t.Errorf("%T is no pool: it has neither Stats() pool.Stats nor InUse() int", p)
		}
		if n == 0 {
			continue
		}
		if !collected {
			collect()
			collected = true
		}
		c, ok := p.(checked)
		switch {
		case !ok || !c.Checked():
			t.Errorf("%s: %d objects in use, want 0; set Options.Check, or PLUNGE_CHECK=1 in the environment, to see where they were acquired", name, n)
		default:
			fail(t, name, n, c.Holders())
		}
	}
}

// state returns what to call a pool, and how many of its objects are in use.
func state(p Pool) (name string, n int, ok bool) {
	switch q := p.(type) {
	case counted:
		s := q.Stats()
		name, n, ok = s.Name, s.InUse, true
	case inUse:
		n, ok = q.InUse(), true
	}
	if q, is := p.(named); is && name == "" {
		name = q.Name()
	}
	if name == "" {
		return strings.TrimPrefix(fmt.Sprintf("%T", p), "*"), n, ok
	}
	return fmt.Sprintf("pool %q", name), n, ok
}

// fail reports the objects in use of a checked pool.
func fail(t testing.TB, name string, inUse int, held []pool.Holder) {
	t.Helper()
	shown := 0
	for range maxShown {
		if len(held) == 0 {
			break
		}
		h := held[0]
		same := func(o pool.Holder) bool { return o.Garbage == h.Garbage && slices.Equal(o.Acquired, h.Acquired) }
		n := len(held)
		held = slices.DeleteFunc(held, same)
		n -= len(held)
		shown += n
		t.Errorf("%s: %s:\n%v", name, describe(n, h.Garbage), h.Acquired)
	}
	if more := inUse - shown; more > 0 {
		t.Errorf("%s: %d objects in use, %d of them not shown", name, inUse, more)
	}
}

// describe says what n objects with the same stack are.
func describe(n int, garbage bool) string {
	switch {
	case n == 1 && garbage:
		return "an object is garbage and was not released; it was acquired here"
	case n == 1:
		return "an object is in use; it was acquired here"
	case garbage:
		return fmt.Sprintf("%d objects are garbage and were not released; they were acquired here", n)
	}
	return fmt.Sprintf("%d objects are in use; they were acquired here", n)
}

// collect runs the collector until what was garbage before the call has been
// found, and its cleanups have most likely run.
func collect() {
	type sentinel struct{ _ *int }
	for range 2 {
		done := make(chan struct{})
		runtime.AddCleanup(new(sentinel), func(done chan struct{}) { close(done) }, done)
		runtime.GC()
		select {
		case <-done:
		case <-time.After(time.Second):
		}
	}
}
