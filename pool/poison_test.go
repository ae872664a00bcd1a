package pool_test

import (
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

type request struct {
	path  string
	count int
}

// poisoning are the options of a checked pool whose objects are poisoned.
func poisoning(w *watch) pool.Options[*request] {
	return pool.Options[*request]{
		New:    func() *request { return new(request) },
		Reset:  func(r *request) { *r = request{} },
		Poison: func(r *request) { r.path = "released" },
		Check:  true, OnMisuse: w.on, MaxIdleTime: -1,
	}
}

//go:noinline
func releaseRequest(p *pool.Pool[*request], r *request) { p.Release(r) }

// used checks that one use after release was reported.
func (w *watch) used(t *testing.T, what, by string) {
	t.Helper()
	found := w.take()
	if len(found) != 1 || found[0].Kind != pool.UseAfterRelease || !strings.Contains(found[0].First.String(), by) || found[0].Changed != -1 {
		t.Errorf("%s: got %v, want a use after release by %s", what, found, by)
	}
}

func TestPoison(t *testing.T) {
	for _, lifo := range []bool{false, true} {
		var w watch
		o := poisoning(&w)
		o.LIFO = lifo
		p := newPool(t, o)
		r := p.Acquire()
		p.Release(r)
		if r.path != "released" {
			t.Errorf("after Release: got path %q, want it poisoned", r.path)
		}
		if again := p.Acquire(); again != r || again.path != "" {
			t.Errorf("Acquire: got %p with path %q, want %p as Reset leaves it", again, again.path, r)
		}
		releaseRequest(p, r)
		r.count++ // written by its last holder
		if again := p.Acquire(); again == r || again.count != 0 {
			t.Error("Acquire: got the object that is used by somebody else")
		}
		w.used(t, "Acquire", "releaseRequest")
		if s := p.Stats(); s.Discarded.Invalid != 1 || s.InUse != 1 || s.Idle != 0 {
			t.Errorf("got %+v, want one Invalid, one in use", plain(s))
		}
	}
}

// Changed memory is found in whatever way the object leaves the pool.
func TestPoisonIsLookedAt(t *testing.T) {
	for what, leave := range map[string]func(p *pool.Pool[*request]){
		"Acquire":    func(p *pool.Pool[*request]) { p.Acquire() },
		"TryAcquire": func(p *pool.Pool[*request]) { p.TryAcquire() },
		"AcquireN":   func(p *pool.Pool[*request]) { p.AcquireN(make([]*request, 3)) },
		"Borrow":     func(p *pool.Pool[*request]) { l := p.Borrow(); l.Release() },
		"Clear":      func(p *pool.Pool[*request]) { p.Clear() },
		"Prune":      func(p *pool.Pool[*request]) { p.Prune(0) },
		"Resize":     func(p *pool.Pool[*request]) { p.Resize(0) },
		"Close":      func(p *pool.Pool[*request]) { p.Close() },
	} {
		var w watch
		destroyed := 0
		o := poisoning(&w)
		o.Destroy = func(*request) { destroyed++ }
		p := newPool(t, o)
		r := p.Acquire()
		releaseRequest(p, r)
		r.path = "mine"
		leave(p)
		w.used(t, what, "releaseRequest")
		if s := p.Stats(); destroyed != int(s.Discarded.Total()) || destroyed != 1 {
			t.Errorf("%s: got %d destroyed, %d discarded, want 1", what, destroyed, s.Discarded.Total())
		}
	}
}

// Without OnMisuse Acquire panics, and nothing is lost.
func TestPoisonPanics(t *testing.T) {
	var w watch
	o := poisoning(&w)
	o.OnMisuse = nil
	p := newPool(t, o)
	r, other := p.Acquire(), p.Acquire()
	p.Release(other)
	releaseRequest(p, r)
	r.count = 9
	how, value := outcome(func() { p.Acquire() })
	if m, ok := value.(pool.Misuse); how != "panicked" || !ok || m.Kind != pool.UseAfterRelease || !strings.Contains(m.Error(), "the object was released:\ngithub.com/plungepool/plunge/pool_test.releaseRequest\n") {
		t.Errorf("Acquire: %s with %v, want a Misuse", how, value)
	}
	if got := p.Acquire(); got != other {
		t.Error("Acquire: want the sound object")
	}
	if s := p.Stats(); s.InUse != 1 || s.Idle+int(s.Discarded.Invalid) != 1 {
		t.Errorf("got %+v, want one in use and one idle or invalid", plain(s))
	}
}

// If Reset fails at Acquire the object is lost, and the panic reaches the caller.
func TestPoisonResetPanics(t *testing.T) {
	var w watch
	fail := false
	o := poisoning(&w)
	o.Reset = func(*request) {
		if fail {
			panic("reset")
		}
	}
	p := newPool(t, o)
	p.Release(p.Acquire())
	fail = true
	if how, value := outcome(func() { p.Acquire() }); how != "panicked" || value != "reset" {
		t.Errorf("Acquire: %s with %v, want Reset's panic", how, value)
	}
	if s := p.Stats(); s.Discarded.Panicked != 1 || s.InUse != 0 || s.Idle != 0 {
		t.Errorf("got %+v, want one Panicked", plain(s))
	}
}

func TestPoisonOfSlices(t *testing.T) {
	var w watch
	p := newPool(t, pool.Options[[]byte]{
		New: func() []byte { return make([]byte, 10) }, Check: true, OnMisuse: w.on,
		Poison: func(s []byte) {
			for i := range s {
				s[i] = 0xff
			}
		},
	})
	s := p.Acquire()
	p.Release(s)
	s[3] = 3
	p.Acquire()
	w.used(t, "Acquire", "TestPoisonOfSlices")
}

// Quarantine: the objects released last are idle, but not handed out.
func TestQuarantine(t *testing.T) {
	t.Setenv("PLUNGE_QUARANTINE", "")
	var l ledger
	var w watch
	o := l.options()
	o.MaxIdle, o.Check, o.OnMisuse = 1000, true, w.on
	p := newPool(t, o)
	released := map[*item]int{}
	for i := range 300 {
		v := p.Acquire()
		if at, ok := released[v]; ok && i-at <= pool.DefaultQuarantine {
			t.Fatalf("Acquire %d: got what was released %d Releases ago, want more than %d", i, i-at, pool.DefaultQuarantine)
		}
		released[v] = i
		p.Release(v)
		l.check(t, p, 0)
	}
	const all = pool.DefaultQuarantine + 1
	if s := p.Stats(); s.Created != all || s.Idle != all || p.Len() != all || s.Released != 300 {
		t.Errorf("got %+v, want %d created and idle", plain(s), all)
	}
	if _, ok := p.TryAcquire(); !ok {
		t.Error("TryAcquire: got none, want the one that is not in quarantine")
	}
	if _, ok := p.TryAcquire(); ok {
		t.Error("TryAcquire: got one in quarantine")
	}
	l.check(t, p, 1)
	if n := p.Clear(); n != all-1 || p.Len() != 0 {
		t.Errorf("Clear: got %d and %d left, want %d and 0", n, p.Len(), all-1)
	}
	l.check(t, p, 1)
	fill(p, 10)
	if n := p.Prune(0); n != 10 {
		t.Errorf("Prune: got %d, want 10", n)
	}
	fill(p, 10)
	p.Close()
	l.check(t, p, 1)
	if found := w.take(); len(found) > 0 {
		t.Errorf("got %v, want nothing reported", found)
	}
}

// Acquire returns objects that MinIdle made. A full pool reuses the oldest. Quarantine has the size of the option.
func TestQuarantineOptions(t *testing.T) {
	for _, c := range []struct {
		quarantine, maxIdle, minIdle, created int
		env                                   string
		lifo                                  bool
	}{
		{0, 100, 0, 65, "", false},
		{0, 100, 5, 60, "", false}, // 5 more by MinIdle
		{3, 100, 0, 4, "", false},
		{-1, 100, 0, 1, "", false},
		{0, 100, 0, 1, "0", false},
		{0, 100, 0, 8, "7", false},
		{2, 100, 0, 3, "7", false},
		{0, 100, 0, 1, "", true},
		{0, 8, 0, 8, "", false},
		{0, 1, 0, 1, "", false},
	} {
		t.Setenv("PLUNGE_QUARANTINE", c.env)
		p := newPool(t, pool.Options[*item]{
			New: func() *item { return new(item) }, Check: true, Quarantine: c.quarantine,
			MaxIdle: c.maxIdle, MinIdle: c.minIdle, LIFO: c.lifo,
		})
		for range 200 {
			p.Release(p.Acquire())
		}
		if s := p.Stats(); int(s.Created) != c.created || s.Discarded.Total() != 0 {
			t.Errorf("%+v: got %+v, want %d created", c, plain(s), c.created)
		}
	}
	t.Setenv("PLUNGE_QUARANTINE", "many")
	if _, err := pool.New(pool.Options[int]{New: newInt, Check: true}); err == nil || !strings.Contains(err.Error(), `PLUNGE_QUARANTINE is "many"`) {
		t.Errorf("PLUNGE_QUARANTINE=many: got %v, want an error", err)
	}
}

func TestShortMaxIdleTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		30:                   "pool: bad options: MaxIdleTime is 30ns; want 1ms or more (30*time.Second?), or 0 for the default, or a negative one for no limit",
		1:                    "pool: bad options: MaxIdleTime is 1ns; want 1ms or more (1*time.Second?), or 0 for the default, or a negative one for no limit",
		time.Millisecond - 1: "pool: bad options: MaxIdleTime is 999.999µs; want 1ms or more, or 0 for the default, or a negative one for no limit",
	} {
		if _, err := pool.New(pool.Options[int]{New: newInt, MaxIdleTime: d}); err == nil || err.Error() != want {
			t.Errorf("MaxIdleTime %d: got %v, want %q", d, err, want)
		}
	}
	for _, d := range []time.Duration{time.Millisecond, 0, -1, -30} {
		if _, err := pool.New(pool.Options[int]{New: newInt, MaxIdleTime: d}); err != nil {
			t.Errorf("MaxIdleTime %v: got %v, want a pool", d, err)
		}
	}
}

// The report of a foreign object names the checked pool that it belongs to.
func TestForeignNamesTheOwner(t *testing.T) {
	var l ledger
	var w watch
	o := l.options()
	o.Check, o.OnMisuse, o.Name = true, w.on, "its own"
	own := newPool(t, o)
	o.Name = "other"
	other := newPool(t, o)
	v := acquireHere(own)
	releaseHere(other, v)
	for _, m := range w.take() {
		if m.Kind != pool.ForeignRelease || m.Owner != "its own" || m.Part || !strings.Contains(m.First.String(), "acquireHere") ||
			!strings.Contains(m.Error(), `in pool "other"`+"\n"+`the object is one of pool "its own", used last:`) {
			t.Errorf("got %v, want the owner's name", m)
		}
	}
	own.Release(v)
	other.Release(new(item))
	if found := w.take(); len(found) != 1 || found[0].Owner != "" || len(found[0].First) != 0 {
		t.Errorf("got %v, want one report that names nobody", found)
	}
	l.check(t, own, 0)
}

// Stacks begin with the user's function, also where the call was deferred.
func TestStackBegins(t *testing.T) {
	var l ledger
	var w watch
	o := l.options()
	o.Check, o.OnMisuse = true, w.on
	p := newPool(t, o)
	v := p.Acquire()
	p.Release(v)
	func() {
		defer p.Release(v)
	}()
	func() {
		defer func() { _ = recover() }()
		defer p.Release(v)
		panic("fault")
	}()
	p.ReleaseN([]*item{v})
	for i, m := range w.take() {
		for _, s := range []pool.Stack{m.First, m.Second} {
			if !strings.HasPrefix(s.String(), "github.com/plungepool/plunge/pool_test.TestStackBegins") {
				t.Errorf("report %d: got\n%v\nwant it to begin with this test", i, s)
			}
		}
	}
	go p.Release(v) // no frame is the user's
	eventually(t, "go Release reported", func() bool {
		found := w.take()
		return len(found) == 1 && strings.Contains(found[0].Second.String(), "Release")
	})
}
