package resource

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/race"
	"github.com/plungepool/plunge/pool"
)

// profiled returns how many records of the profile plunge_held begin with a function of that name.
func profiled(t *testing.T, name string) (n int) {
	t.Helper()
	p := pprof.Lookup("plunge_held")
	if p == nil {
		return 0
	}
	var b bytes.Buffer
	if err := p.WriteTo(&b, 1); err != nil {
		t.Fatal(err)
	}
	// As in "2 @ 0x1 0x2", then a line for each frame: "#	0x1	pkg.name+0x20	file:line".
	for _, m := range regexp.MustCompile(`(?m)^(\d+) @ .*\n#\t\S+\t(\S+)\+0x`).FindAllStringSubmatch(b.String(), -1) {
		if strings.HasSuffix(m[2], "."+name) {
			k, _ := strconv.Atoi(m[1])
			n += k
		}
	}
	return n
}

//go:noinline
func acquires(t *testing.T, p *Pool[*conn]) *Handle[*conn] {
	h, err := p.Acquire(context.Background())
	if err != nil {
		t.Errorf("Acquire: got %v, want a resource", err)
	}
	return h
}

//go:noinline
func triesToAcquire(p *Pool[*conn]) *Handle[*conn] {
	h, _ := p.TryAcquire()
	return h
}

//go:noinline
func does(p *Pool[*conn], fn func()) error {
	return p.Do(context.Background(), func(*conn) error { fn(); return nil })
}

// recorders are the ways to put every loan of a pool into the profile.
var recorders = map[string]func(t *testing.T, s *server, o Options[*conn]) *Pool[*conn]{
	"Stacks": func(t *testing.T, s *server, o Options[*conn]) *Pool[*conn] {
		o.Stacks = true
		return s.on(t, o)
	},
	"PLUNGE_CHECK": func(t *testing.T, s *server, o Options[*conn]) *Pool[*conn] {
		t.Setenv("PLUNGE_CHECK", "1")
		return s.on(t, o)
	},
	"SampleHeld": func(t *testing.T, s *server, o Options[*conn]) *Pool[*conn] {
		t.Setenv("PLUNGE_CHECK", "")
		p := s.on(t, o)
		pool.SampleHeld(1)
		t.Cleanup(func() { pool.SampleHeld(0) })
		return p
	},
}

// The profile has every resource in use, under the function that called the pool, and none that came back. That
// holds with any other options.
func TestHeldIsExact(t *testing.T) {
	hook := func(context.Context, *conn) error { return nil }
	for how, make := range recorders {
		for name, o := range map[string]Options[*conn]{
			"plain":   {},
			"Check":   {Check: hook},
			"Reset":   {Reset: hook},
			"MaxUses": {MaxUses: 5},
			"aged":    {MaxIdleTime: time.Hour, CheckIdle: time.Hour, Check: hook},
		} {
			t.Run(how+"/"+name, func(t *testing.T) {
				o.Max, o.Name = 4, t.Name()
				var s server
				p := make(t, &s, o)
				want := func(when string, acquire, try, do int) {
					t.Helper()
					got := [3]int{profiled(t, "acquires"), profiled(t, "triesToAcquire"), profiled(t, "does")}
					if got != [3]int{acquire, try, do} {
						t.Errorf("%s: the profile has %d, want %d, %d and %d", when, got, acquire, try, do)
					}
				}
				for range 3 { // new resources, then idle ones
					a, b := acquires(t, p), acquires(t, p)
					want("out", 2, 0, 0)
					if err := does(p, func() { want("in Do", 2, 0, 1) }); err != nil {
						t.Error(err)
					}
					a.Release()
					b.Release()
					get(t, p).Release()
					c := triesToAcquire(p)
					want("tried", 0, 1, 0)
					c.Release()
					c.Release()
					want("back", 0, 0, 0)

					all := []*Handle[*conn]{acquires(t, p), acquires(t, p), acquires(t, p), acquires(t, p)}
					waited := acquiring(t, p)
					waiting(t, p, 1)
					all[0].Release()
					d := <-waited
					want("handed to a waiter", 4, 0, 0)
					d.Discard(errBroken)
					all[1].Hijack()
					want("discarded and hijacked", 2, 0, 0)
					all[2].Release()
					all[3].Release()
					want("all back", 0, 0, 0)
				}
				shut := acquires(t, p)
				done := p.Closed
				go func() { _ = p.Close(context.Background()) }()
				until(t, "closed", done)
				want("closed", 1, 0, 0)
				shut.Release()
				want("back in a closed pool", 0, 0, 0)
			})
		}
	}
}

// acquiring acquires on a goroutine of its own.
func acquiring(t *testing.T, p *Pool[*conn]) <-chan *Handle[*conn] {
	ch := make(chan *Handle[*conn], 1)
	go func() { ch <- acquires(t, p) }()
	return ch
}

// Sampling is switched on and off while resources are in use and change hands. Then nothing is left in the profile,
// and calls take the fast path again.
func TestSampleHeldSwitches(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	defer pool.SampleHeld(0)
	var s server
	p := s.on(t, Options[*conn]{Max: 4, Name: t.Name()})
	unnamed := s.on(t, Options[*conn]{Max: 4})
	before := acquires(t, p)
	for range 3 {
		pool.SampleHeld(1)
		a, b, c := acquires(t, p), acquires(t, p), acquires(t, unnamed)
		if got := profiled(t, "acquires"); got != 2 || p.ways.Load() != recording || p.Holders() != nil {
			t.Errorf("on: %d in the profile, want those of the pool that has a name: 2", got)
		}
		a.Release()
		pool.SampleHeld(0)
		if got := profiled(t, "acquires"); got != 0 || p.ways.Load() != direct|plain {
			t.Errorf("off: %d in the profile, ways %b, want none", got, p.ways.Load())
		}
		b.Release()
		c.Release()
		before.Release()
		before = acquires(t, p) // its slot may have an old record
		pool.SampleHeld(1)
		before.Discard(nil)
		before = acquires(t, p)
		if got := profiled(t, "acquires"); got != 1 {
			t.Errorf("on again: %d in the profile, want 1", got)
		}
		pool.SampleHeld(0)
	}
	before.Release()

	end := time.Now().Add(stressTime())
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				h := get(t, p)
				h.Value().owner.Store(int64(i))
				if n%64 == 0 {
					runtime.Gosched()
				}
				if got := h.Value().owner.Load(); got != int64(i) {
					t.Errorf("goroutine %d has what is %d's too", i, got)
				}
				if n%512 == 0 {
					h.Discard(nil)
				} else {
					h.Release()
				}
			}
		})
	}
	for i := 0; time.Now().Before(end); i++ {
		pool.SampleHeld(i % 4)
		time.Sleep(time.Duration(i%7) * 100 * time.Microsecond)
	}
	all.Wait()
	pool.SampleHeld(1)
	p.mu.Lock()
	if n := len(p.holders.all); n != 0 || p.holders.profiled != 0 {
		t.Errorf("%d records, %d in the profile after all came back, want none", n, p.holders.profiled)
	}
	p.mu.Unlock()
	pool.SampleHeld(0)
	shutDown(t, p, nil)
	shutDown(t, unnamed, nil)
}

// SampleHeld n records about one in n.
func TestSampleHeldIsASample(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	defer pool.SampleHeld(0)
	const n, every = 20_000, 20
	p, err := New(Options[*conn]{Max: n, Name: t.Name(), New: func(context.Context) (*conn, error) { return new(conn), nil }})
	if err != nil {
		t.Fatal(err)
	}
	h := get(t, p)
	h.Release()
	pool.SampleHeld(every)
	recorded := 0
	for range n {
		h := get(t, p)
		recorded += profiledBy(p)
		h.Release()
	}
	if recorded < n/every-300 || recorded > n/every+300 { // the standard deviation is 31
		t.Errorf("%d of %d recorded, want about one in %d", recorded, n, every)
	}
}

// profiledBy returns how many records of a pool are in the profile.
func profiledBy(p *Pool[*conn]) int {
	p.holders.mu.Lock()
	defer p.holders.mu.Unlock()
	return p.holders.profiled
}

// A pool has at most pool.LimitHeld records in the profile. With Stacks it knows the other holders all the same.
func TestHeldIsBounded(t *testing.T) {
	const more = 10
	for how, make := range recorders {
		t.Run(how, func(t *testing.T) {
			var s server
			p := make(t, &s, Options[*conn]{Max: pool.LimitHeld + more, Name: t.Name()})
			var all []*Handle[*conn]
			for range pool.LimitHeld + more {
				all = append(all, get(t, p))
			}
			want := pool.LimitHeld + more
			if how == "SampleHeld" {
				want = 0
			}
			if got := profiledBy(p); got != pool.LimitHeld || len(p.Holders()) != want {
				t.Errorf("%d in the profile, %d holders, want %d and %d", got, len(p.Holders()), pool.LimitHeld, want)
			}
			for _, h := range all {
				h.Release()
			}
			h := get(t, p)
			if got := profiledBy(p); got != 1 {
				t.Errorf("%d in the profile after all came back, want the one that is out", got)
			}
			h.Release()
		})
	}
}

//go:noinline
func dropsOne(p *Pool[*conn]) {
	if h, err := p.Acquire(context.Background()); err == nil {
		h.Value().owner.Store(1)
	}
}

// A resource whose Handle was dropped stays in the profile, because it never comes back. All records of a pool
// leave with the pool.
func TestHeldIsWeak(t *testing.T) {
	for how, make := range recorders {
		t.Run(how, func(t *testing.T) {
			t.Setenv("PLUNGE_CHECK", "")
			var leaked atomic.Bool
			var s server
			var p *Pool[*conn]
			p = make(t, &s, Options[*conn]{Max: 4, Name: t.Name(), OnLeak: func(pool.Misuse) {
				if p != nil { // so that it leads to the pool
					leaked.Store(true)
				}
			}})
			dropsOne(p)
			runtime.GC()
			runtime.GC()
			if how != "SampleHeld" {
				until(t, "the leak reported", func() bool { runtime.GC(); return leaked.Load() })
			}
			if got := profiled(t, "dropsOne"); got != 1 {
				t.Errorf("%d in the profile after the Handle was collected, want 1", got)
			}
			runtime.KeepAlive(p)
			p = nil
			until(t, "the pool's gone", func() bool { runtime.GC(); return profiled(t, "dropsOne") == 0 })
		})
	}
}

// go tool pprof can read the profile, and shows the user's function on top.
func TestHeldForPprof(t *testing.T) {
	if race.Enabled || testing.Short() {
		t.Skip("once is enough")
	}
	tool, err := exec.LookPath("go")
	if err != nil {
		t.Skip(err)
	}
	var s server
	p := s.on(t, Options[*conn]{Max: 4, Stacks: true})
	var all []*Handle[*conn]
	for range 3 {
		all = append(all, acquires(t, p))
	}
	file := filepath.Join(t.TempDir(), "held")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := pprof.Lookup("plunge_held").WriteTo(f, 0); err != nil {
		t.Error(err)
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	raw, err := exec.Command(tool, "tool", "pprof", "-raw", file).CombinedOutput()
	// As in "3: 1 2 3" of locations, and "1: 0x4f M=1 package.function file:line".
	m := regexp.MustCompile(`(?m)^\s+3: (\d+) `).FindSubmatch(raw)
	if err != nil || m == nil || !regexp.MustCompile(`(?m)^\s+`+string(m[1])+`: 0x\S+ (M=\d+ )?\S+resource\.acquires `).Match(raw) {
		t.Errorf("go tool pprof -raw: %v\n%s\nwant 3 of acquires", err, raw)
	}
	for _, h := range all {
		h.Release()
	}
}
