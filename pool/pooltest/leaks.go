package pooltest

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// Pool is what AssertNoLeaks looks at: every *pool.Pool, and whatever else has
// such statistics. Those with Holders and Checked as a *pool.Pool has them are
// asked for stacks.
type Pool interface {
	Stats() pool.Stats
}

// checked is a Pool that may know where its objects were acquired.
type checked interface {
	Checked() bool
	Holders() []pool.Holder
}

// maxShown is how many objects of a pool a failure shows.
const maxShown = 10

// AssertNoLeaks fails the test, and has it go on, for every object that is in use
// at the time of the call: acquired from one of the pools and neither released nor
// discarded. Defer it, or have t.Cleanup call it, to look at the end of a test; and
// give it pools that the test has to itself, for it does not know who acquired an
// object. No call of the pools may be in flight.
//
// For each object of a checked pool (Options.Check, PLUNGE_CHECK=1) it shows where
// that was acquired, and whether it is garbage: it has the collector run to find
// out, and so to have leaks reported to Options.OnMisuse. Of other pools, and of
// objects that cannot be told apart, it says how many are in use.
func AssertNoLeaks(t testing.TB, pools ...Pool) {
	t.Helper()
	collected := false
	for _, p := range pools {
		s := p.Stats()
		if s.InUse == 0 {
			continue
		}
		if !collected {
			collect()
			collected = true
		}
		name := fmt.Sprintf("pool %q", s.Name)
		if s.Name == "" {
			name = strings.TrimPrefix(fmt.Sprintf("%T", p), "*")
		}
		c, ok := p.(checked)
		switch {
		case !ok || !c.Checked():
			t.Errorf("%s: %d objects in use, want 0; set Options.Check, or PLUNGE_CHECK=1 in the environment, to see where they were acquired", name, s.InUse)
		default:
			fail(t, name, s.InUse, c.Holders())
		}
	}
}

// fail reports the objects in use of a checked pool.
func fail(t testing.TB, name string, inUse int, held []pool.Holder) {
	t.Helper()
	for _, h := range held[:min(len(held), maxShown)] {
		state := "is in use"
		if h.Garbage {
			state = "is garbage and was not released"
		}
		t.Errorf("%s: an object %s; it was acquired here:\n%v", name, state, h.Acquired)
	}
	if more := inUse - min(len(held), maxShown); more > 0 {
		t.Errorf("%s: %d objects in use, %d of them not shown", name, inUse, more)
	}
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
