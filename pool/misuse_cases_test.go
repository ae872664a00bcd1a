package pool_test

import (
	"strings"
	"sync"
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

// take returns what was reported since the last call.
func (w *watch) take() []pool.Misuse {
	w.mu.Lock()
	defer w.mu.Unlock()
	found := w.found
	w.found = nil
	return found
}

// want checks that one misuse was reported since the last call. first and second are functions in its stacks; an
// empty name stands for an empty stack.
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

// Each event of the tests has a function of its own, so that stacks show its name.

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

// misuseCase is a sequence of calls with one misuse at its end. It returns how many objects the test still holds.
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
