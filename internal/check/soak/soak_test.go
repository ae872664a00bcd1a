package main

import (
	"bytes"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// lockedBuffer is a bytes.Buffer for concurrent writers.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// testConfig is a run short enough for every build's tests.
func testConfig(t *testing.T) config {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return config{
		length:     time.Second,
		seed:       seed,
		goroutines: 200,
		stall:      time.Minute,
		every:      200 * time.Millisecond,
		patience:   time.Minute,
		progress:   new(lockedBuffer),
	}
}

// TestSoak: a second under load balances, and each kind of operation and fault has
// occurred. It is one of the long tests: make soak does the same.
func TestSoak(t *testing.T) {
	if os.Getenv("PLUNGE_STRESS") == "" {
		t.Skip("PLUNGE_STRESS is not set")
	}
	cfg := testConfig(t)
	a := run(cfg)
	for _, what := range a.check() {
		t.Error(what)
	}
	for o, n := range a.ops {
		if n == 0 {
			t.Errorf("operation %s: got none", opNames[o])
		}
	}
	for h, ns := range a.faults {
		for k, n := range ns {
			if n == 0 && h != int(hookDo) { // which is called less often than the others
				t.Errorf("%s in %s: got none", kindNames[k], hookNames[h])
			}
		}
	}
	if a.shortMade == 0 || a.shortDropped == 0 {
		t.Errorf("pools made and dropped: got %d and %d, want some", a.shortMade, a.shortDropped)
	}
	if a.lentPools == 0 || a.lentMade == 0 {
		t.Errorf("pools of resources: got %d with %d resources, want some", a.lentPools, a.lentMade)
	}
	if got := cfg.progress.(*lockedBuffer).String(); strings.Count(got, "operations (") == 0 {
		t.Errorf("progress: got %q, want a line", got)
	}

	name := filepath.Join(t.TempDir(), "account.txt")
	if err := report(a, name); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"result:  everything balances\n", "made by New", "-seed=", "goroutines", "dropped without Close"} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the account does not have %q:\n%s", want, text)
		}
	}
}

// TestLostObject: a run in which one object is taken out of a pool behind the
// users' backs is rejected.
func TestLostObject(t *testing.T) {
	cfg := testConfig(t)
	cfg.length = 100 * time.Millisecond
	cfg.patience = time.Second
	cfg.meanwhile = func(s *soak) {
		for x := (*object)(nil); x == nil; {
			s.try(func() { x = s.taken() })
		}
	}
	a := run(cfg)
	if wrong := strings.Join(a.check(), "\n"); !strings.Contains(wrong, "InUse, the objects held and forgotten") {
		t.Errorf("an object is lost: got %q, want it to be found", wrong)
	}
}

// taken takes an object of the pool with the defaults and tells nobody.
func (s *soak) taken() *object {
	x, _ := s.cores[len(s.cores)-1].p.Load().TryAcquire()
	return x
}

// TestOwners: what must not happen to an object is noticed at once.
func TestOwners(t *testing.T) {
	newUser := func(s *soak) user {
		o := pool.Options[*object]{MaxIdle: 8, Name: "p"}
		c := s.newCore(&o, 1)
		c.rate = 0
		p := pool.Must(pool.New(o))
		c.attach(p)
		return user{core: c, p: p, id: s.ids.Add(1)}
	}
	tests := map[string]struct {
		do   func(u user)
		want string
	}{
		"nothing":             {func(u user) { u.release(u.acquire()) }, ""},
		"released twice":      {func(u user) { x := u.acquire(); u.release(x); u.release(x) }, "Release of object 1 of p: its owner was"},
		"handed out twice":    {func(u user) { x := u.acquire(); u.takes(x) }, "Acquire of object 1 of p: its owner was 1, want 0"},
		"destroyed twice":     {func(u user) { x := u.acquire(); u.gives(x); u.destroy(x); u.destroy(x) }, "Destroy of object 1 of p: its owner was -2, want 0"},
		"used when destroyed": {func(u user) { x := u.acquire(); u.gives(x); u.destroy(x); u.takes(x) }, "Acquire of object 1 of p: its owner was -2"},
		"of another pool":     {func(u user) { u.p.Release(newUser(u.s).acquire()) }, "its owner was"},
		"a panic of another":  {func(u user) { u.s.try(func() { panic("another") }) }, "panic: another"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := &soak{cfg: testConfig(t), start: time.Now()}
			test.do(newUser(s))
			got := strings.Join(s.violations, "\n")
			if !strings.Contains(got, test.want) || test.want == "" && got != "" {
				t.Errorf("got %q, want it to have %q", got, test.want)
			}
			if s.stopped.Load() != (test.want != "") {
				t.Errorf("stopped: got %v with %q", s.stopped.Load(), got)
			}
		})
	}
}

// TestWatchdog: a step that hangs is reported, with others going on beside it.
func TestWatchdog(t *testing.T) {
	cfg := testConfig(t)
	cfg.stall = 300 * time.Millisecond
	s := &soak{cfg: cfg, start: time.Now()}
	stalled := make(chan string, 1)
	s.onStall = func(what string) { stalled <- what }
	quit, hang := make(chan struct{}), make(chan struct{})
	defer close(quit)
	go s.watch(quit)

	busy := s.act(func() (time.Duration, bool) { return time.Millisecond, !s.stopped.Load() })
	select {
	case what := <-stalled:
		t.Fatalf("stalled: got %q, want nothing while all goes on", what)
	case <-time.After(2 * cfg.stall):
	}
	hanging := s.act(func() (time.Duration, bool) { <-hang; return 0, false })
	select {
	case what := <-stalled:
		if !strings.Contains(what, "a step has been running") {
			t.Errorf("stalled: got %q", what)
		}
	case <-time.After(30 * time.Second):
		t.Error("a step that hangs was not noticed")
	}
	close(hang)
	s.stopped.Store(true)
	hanging.wait()
	busy.wait()
}

// TestActor: a step that panics or exits its goroutine is followed by the next.
func TestActor(t *testing.T) {
	s := &soak{cfg: testConfig(t), start: time.Now()}
	var n atomic.Int64
	s.act(func() (time.Duration, bool) {
		switch n.Add(1) {
		case 1:
			panic(injected{hookNew})
		case 2:
			runtime.Goexit()
		}
		return 0, n.Load() < 4
	}).wait()
	if got := n.Load(); got != 4 || len(s.violations) > 0 {
		t.Errorf("steps: got %d and %q, want 4", got, s.violations)
	}
}
