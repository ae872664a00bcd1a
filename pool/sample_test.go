package pool_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
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
		if f, _, _ := strings.Cut(m[2], "[...]"); strings.HasSuffix(f, "."+name) {
			k, _ := strconv.Atoi(m[1])
			n += k
		}
	}
	return n
}

//go:noinline
func takes[T any](p *pool.Pool[T]) T { return p.Acquire() }

//go:noinline
func takesN[T any](p *pool.Pool[T], vs []T) { p.AcquireN(vs) }

//go:noinline
func triesToTake[T any](p *pool.Pool[T]) T {
	v, _ := p.TryAcquire()
	return v
}

//go:noinline
func borrows[T any](p *pool.Pool[T]) pool.Lease[T] { return p.Borrow() }

//go:noinline
func does[T any](p *pool.Pool[T], f func()) error { return p.Do(func(T) error { f(); return nil }) }

// testHeld acquires objects in every way, and releases them in every way.
func testHeld[T any](t *testing.T, name string, o pool.Options[T]) {
	t.Helper()
	p := newPool(t, o)
	want := func(when string, wants map[string]int) {
		t.Helper()
		n := 0
		for f, want := range wants {
			n += want
			if got := profiled(t, f); got != want {
				t.Errorf("%s: %s: %d of %s in the profile, want %d", name, when, got, f, want)
			}
		}
		if got, _ := p.Held(); got != n {
			t.Errorf("%s: %s: Held says %d, want %d", name, when, got, n)
		}
	}
	for range 3 { // misses, then hits
		vs := []T{takes(p), takes(p), takes(p)}
		many := make([]T, 5)
		takesN(p, many)
		fill(p, 9)
		vs = append(vs, triesToTake(p))
		l, lent := borrows(p), p.Lend(vs[2])
		discarded := borrows(p)
		want("out", map[string]int{"takes": 3, "takesN": 5, "triesToTake": 1, "borrows": 2})
		if err := does(p, func() {
			want("in Do", map[string]int{"takes": 3, "takesN": 5, "triesToTake": 1, "borrows": 2, "does": 1})
		}); err != nil {
			t.Error(err)
		}
		l.Release()
		lent.Release()
		discarded.Discard()
		want("leases over", map[string]int{"takes": 2, "takesN": 5, "triesToTake": 1, "borrows": 0, "does": 0})
		done := make(chan struct{})
		go func() {
			defer close(done)
			p.Release(vs[0])
			p.Release(vs[1])
			p.ReleaseN(many)
		}()
		<-done
		want("most back", map[string]int{"takes": 0, "takesN": 0, "triesToTake": 1})
		p.Release(vs[3])
		want("all back", map[string]int{"takes": 0, "takesN": 0, "triesToTake": 0, "borrows": 0, "does": 0})
	}
	v := takes(p)
	_ = p.Close()
	u := takes(p)
	want("closed", map[string]int{"takes": 2})
	p.Release(u)
	p.Release(v)
	want("back in a closed pool", map[string]int{"takes": 0})
}

// With SampleHeld 1, and in a checked pool, the profile has every object in use, under the function that called the
// pool, and no object that came back. That holds with any other options.
func TestHeldIsExact(t *testing.T) {
	newItem := func() *item { return new(item) }
	for name, o := range map[string]pool.Options[*item]{
		"plain":    {},
		"Reset":    {Reset: func(*item) {}},
		"Retain":   {Retain: func(v *item) bool { v.uses++; return v.uses%3 != 0 }},
		"Validate": {Validate: func(v *item) bool { v.uses++; return v.uses%3 != 0 }},
		"Destroy":  {Destroy: func(*item) {}, MaxIdle: 4},
		"bytes":    {Size: func(*item) int64 { return 8 }, MaxIdleBytes: 100},
		"shared":   {LocalCache: -1},
		"LIFO":     {LIFO: true},
		"checked":  {Check: true},
	} {
		o.New, o.SampleHeld = newItem, 1
		if name == "Validate" {
			o.New = func() *item { return &item{uses: 1} }
		}
		if name == "checked" {
			o.SampleHeld = 0
		}
		testHeld(t, name, o)
	}
	testHeld(t, "slice", pool.Options[[]byte]{SampleHeld: 1, New: func() []byte { return make([]byte, 64) }})
	testHeld(t, "map", pool.Options[map[string]int]{SampleHeld: 1, New: func() map[string]int { return map[string]int{} }})
	testHeld(t, "interface", pool.Options[any]{SampleHeld: 1, New: func() any { return new(bytes.Buffer) }})
}

// Goroutines take, pass on and release objects in all ways, while sampling is switched on and off and to other
// rates. Each object has one holder at a time, and nothing is left in the profile.
func TestHeldStress(t *testing.T) {
	withoutCheck(t)
	l := new(ledger)
	o := l.options()
	o.LocalCache, o.Name, o.SampleHeld = 0, "stress", 3
	o.Shards = 0
	p := newPool(t, o)
	defer pool.SampleHeld(0)
	end := time.Now().Add(300 * time.Millisecond)
	handed := make(chan *item, 16)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			many := make([]*item, 20)
			for time.Now().Before(end) {
				for range 100 {
					v := p.Acquire()
					v.uses++ // the race detector sees a second holder
					handed <- v
					v = <-handed
					v.uses++
					p.Release(v)
				}
				p.AcquireN(many)
				p.ReleaseN(many)
				l := p.Borrow()
				l.Value().uses++
				l.Discard()
				if v, ok := p.TryAcquire(); ok {
					v.uses++
					p.Release(v)
				}
			}
		})
	}
	all.Go(func() {
		for i := 0; time.Now().Before(end); i++ {
			pool.SampleHeld(i % 4)
			time.Sleep(time.Duration(i%7) * time.Millisecond)
			p.Clear()
		}
	})
	all.Wait()
	l.check(t, p, 0)
	if n, _ := p.Held(); n != 0 {
		t.Errorf("%d held after all came back, want 0", n)
	}
}

// If objects have no identity nothing is recorded, and nothing breaks.
func TestHeldWithoutIdentity(t *testing.T) {
	p := newPool(t, pool.Options[int]{SampleHeld: 1, New: func() int { return 7 }})
	q := newPool(t, pool.Options[any]{SampleHeld: 1, New: func() any { return 7 }})
	p.Release(takes(p))
	v := takes(q)
	if n := profiled(t, "takes"); n != 0 {
		t.Errorf("%d in the profile, want none", n)
	}
	q.Release(v)
}

// SampleHeld n records about one in n.
func TestHeldSample(t *testing.T) {
	withoutCheck(t)
	const n, every = 30_000, 20
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, SampleHeld: every, MaxIdle: n})
	fill(p, n/2)
	vs := acquire(p, n)
	// The standard deviation is 38.
	if got, _ := p.Held(); got < n/every-300 || got > n/every+300 {
		t.Errorf("%d of %d recorded, want about one in %d", got, n, every)
	}
	p.ReleaseN(vs)
	if got, _ := p.Held(); got != 0 {
		t.Errorf("%d recorded after all came back, want 0", got)
	}
}

// Sampling of a pool made without SampleHeld is switched on and off during its use. A pool without a name is not
// switched. A pool with Options.SampleHeld goes on sampling.
func TestSampleHeldSwitches(t *testing.T) {
	withoutCheck(t)
	o := pool.Options[*item]{New: func() *item { return new(item) }}
	unnamed := newPool(t, o)
	o.Name = "held"
	p := newPool(t, o)
	o.SampleHeld = 1
	always := newPool(t, o)
	defer pool.SampleHeld(0)
	for range 10_000 { // so that Ps get private memory
		p.Release(p.Acquire())
	}
	before := takes(p)
	for range 3 {
		pool.SampleHeld(1)
		vs := acquire(p, 5)
		p.Release(vs[0])
		vs = append(vs, takes(unnamed), takes(always))
		for i, c := range []struct {
			p    *pool.Pool[*item]
			want int
		}{{p, 4}, {unnamed, 0}, {always, 1}} {
			if got, _ := c.p.Held(); got != c.want {
				t.Errorf("on: pool %d has %d, want %d", i, got, c.want)
			}
		}
		pool.SampleHeld(0)
		if got, _ := p.Held(); got != 0 {
			t.Errorf("off: %d held, want 0", got)
		}
		if got, _ := always.Held(); got != 1 {
			t.Errorf("off: %d held where the options say 1, want 1", got)
		}
		p.ReleaseN(vs[1:5])
		unnamed.Release(vs[5])
		always.Release(vs[6])
	}
	p.Release(before)
	defer func() {
		if recover() == nil {
			t.Error("SampleHeld(-1) did not panic")
		}
	}()
	pool.SampleHeld(-1)
}

// The profile ignores objects that are released twice or were never acquired.
func TestHeldMisuse(t *testing.T) {
	withoutCheck(t)
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, SampleHeld: 1})
	v, u := takes(p), takes(p)
	p.Release(v)
	p.Release(v)
	p.Release(new(item))
	p.Release(nil)
	if got := profiled(t, "takes"); got != 1 {
		t.Errorf("%d in the profile, want the one that is out", got)
	}
	a, b := takes(p), takes(p)
	p.ReleaseN([]*item{a, b, u})
	if got, _ := p.Held(); got != 0 {
		t.Errorf("%d held, want 0", got)
	}
}

//go:noinline
func dropsOne[T any](p *pool.Pool[T]) { p.Acquire() }

// An object that was dropped leaves the profile when it is collected. All records of a pool leave with the pool.
func TestHeldIsWeak(t *testing.T) {
	for _, check := range []bool{false, true} {
		o := pool.Options[*item]{New: func() *item { return new(item) }, SampleHeld: 1, LogHeld: time.Hour, Check: check, OnMisuse: func(pool.Misuse) {}}
		p := newPool(t, o)
		kept := takes(p)
		for range 10 {
			dropsOne(p)
		}
		clobber()
		eventually(t, "the dropped ones gone", func() bool { return profiled(t, "dropsOne") == 0 })
		if got := profiled(t, "takes"); got != 1 {
			t.Errorf("checked %v: %d in the profile, want the one that is held", check, got)
		}
		runtime.KeepAlive(p)
		p = nil
		eventually(t, "the pool's gone", func() bool { return profiled(t, "takes") == 0 })
		runtime.KeepAlive(kept)
	}
}

// A pool has at most LimitHeld objects in the profile, counts the others, and goes on when there is room again.
func TestHeldIsBounded(t *testing.T) {
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, SampleHeld: 1})
	vs := acquire(p, pool.LimitHeld+10)
	if n, dropped := p.Held(); n != pool.LimitHeld || dropped != 10 {
		t.Errorf("%d held, %d dropped; want %d and 10", n, dropped, pool.LimitHeld)
	}
	p.ReleaseN(vs)
	v := p.Acquire()
	if n, dropped := p.Held(); n != 1 || dropped != 10 {
		t.Errorf("then: %d held, %d dropped; want 1 and 10", n, dropped)
	}
	p.Release(v)
}

// Only objects in use for longer than LogHeld are logged, once, with their stacks.
func TestLogHeld(t *testing.T) {
	logged := captureLog(t)
	synctest.Test(t, func(t *testing.T) {
		p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, SampleHeld: 1, LogHeld: time.Minute, Name: "long"})
		v, u := takes(p), takes(p)
		for range 20 {
			time.Sleep(30 * time.Second)
			p.Release(p.Acquire())
		}
		p.Release(v)
		p.Release(u)
		_ = p.Close()
		time.Sleep(time.Hour)
	})
	s := logged()
	if n := strings.Count(s, "out for long"); n != 2 {
		t.Errorf("logged %d times, want 2:\n%s", n, s)
	}
	if !strings.Contains(s, "pool=long for=1m") || !strings.Contains(s, "pool_test.takes") {
		t.Errorf("got the log\n%s", s)
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
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, SampleHeld: 1})
	vs := []*item{takes(p), takes(p), takes(p)}
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
	out, err := exec.Command(tool, "tool", "pprof", "-top", file).CombinedOutput()
	if err != nil || !regexp.MustCompile(`(?m)^\s*3\s.*pool_test\.takes`).Match(out) {
		t.Errorf("go tool pprof: %v\n%s", err, out)
	}
	p.ReleaseN(vs)
}

// SampleHeld and LogHeld that make no sense are errors that name the field.
func TestSampleOptions(t *testing.T) {
	for field, o := range map[string]pool.Options[int]{
		"SampleHeld": {SampleHeld: -1},
		"LogHeld":    {LogHeld: -1},
		"LogHeld is": {LogHeld: 5},
	} {
		o.New = func() int { return 0 }
		if _, err := pool.New(o); err == nil || !strings.Contains(fmt.Sprint(err), field) {
			t.Errorf("%s: got %v", field, err)
		}
	}
}
