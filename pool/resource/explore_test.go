//go:build plunge_explore

package resource

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/check/explore"
)

// program is the operations of some threads, separated by spaces, on a pool:
//
//	a  Acquire and Release           c  the same with a context, which
//	d  Acquire and Discard           x  cancels
//	t  TryAcquire and Release        h  Acquire and Hijack
//	s  the sweep of the ages         C  Close     D  Drain
//	1  Resize(1)                     2  Resize(2)
//
// A further thread runs what the pool starts: hooks and the timer.
type program struct {
	ops  string
	max  int
	idle int  // resources idle at the start
	fail int  // so many calls of New fail at first
	hook byte // c: with Check, r: with Reset
	bad  int  // so many calls of that hook fail at first
}

// exploration is one run of a program.
type exploration struct {
	program
	p        *Pool[int]
	ctx      context.Context
	cancel   context.CancelFunc
	running  int
	made     int
	failed   int
	found    int         // failed calls of Check or Reset
	holders  map[int]int // by resource: a thread + 1
	closes   bool
	err      error
	acquired uint64
}

func (e *exploration) fault(format string, args ...any) {
	if e.err == nil {
		e.err = fmt.Errorf(format, args...)
	}
}

func (pr program) explore(t *testing.T, c explore.Config) explore.Result {
	t.Helper()
	res, err := explore.Run(c, func() explore.Program {
		e := &exploration{program: pr, holders: map[int]int{}}
		return e.setup()
	})
	if err != nil {
		t.Fatalf("%+v: %v", pr, err)
	}
	return res
}

func (e *exploration) setup() explore.Program {
	explored.started, explored.clock = nil, 0
	e.ctx, e.cancel = context.WithCancel(context.Background())
	e.closes = strings.ContainsAny(e.ops, "CD")
	hook := func(context.Context, int) error {
		if e.found < e.bad {
			e.found++
			return errBroken
		}
		return nil
	}
	o := Options[int]{Max: e.max, New: func(context.Context) (int, error) {
		if e.failed < e.fail {
			e.failed++
			return 0, errBroken
		}
		e.made++
		return e.made, nil
	}}
	switch e.hook {
	case 'c':
		o.Check = hook
	case 'r':
		o.Reset = hook
	}
	p, err := New(o)
	if err != nil {
		panic(err)
	}
	e.p = p
	for range e.idle {
		p.mu.Lock()
		s := p.occupy()
		e.made++
		s.value = e.made
		p.count.created++
		p.born(s)
		s.become(idle)
		p.place(s)
		p.unlock()
	}
	var threads []func()
	for i, ops := range strings.Fields(e.ops) {
		e.running++
		threads = append(threads, func() {
			for _, o := range ops {
				e.do(o, i+1)
			}
			e.running--
		})
	}
	threads = append(threads, func() { // hooks, the timer
		for {
			explore.Block(func() bool { return len(explored.started) > 0 || e.running == 0 })
			if len(explored.started) == 0 {
				return
			}
			fn := explored.started[0]
			explored.started = explored.started[1:]
			fn()
		}
	})
	return explore.Program{Threads: threads, Check: e.check}
}

func (e *exploration) do(o rune, id int) {
	p := e.p
	bg := context.Background()
	switch o {
	case 'a', 'c', 'd', 'h':
		ctx := bg
		if o == 'c' {
			ctx = e.ctx
		}
		h, err := p.Acquire(ctx)
		if err != nil {
			expected := o == 'c' && errors.Is(err, context.Canceled) || e.closes && errors.Is(err, ErrClosed) ||
				e.fail > 0 && errors.Is(err, errBroken)
			if !expected {
				e.fault("Acquire: %v", err)
			}
			return
		}
		e.use(h, o, id)
	case 't':
		if h, ok := p.TryAcquire(); ok {
			e.use(h, o, id)
		}
	case 'x':
		e.cancel()
	case 's':
		p.mu.Lock()
		if p.idle.head.Load()&slow == 0 {
			p.restore(p.seize())
		}
		p.unlock()
	case 'C', 'D':
		end := p.Close
		if o == 'D' {
			end = p.Drain
		}
		if err := end(bg); err != nil {
			e.fault("Close or Drain: %v", err)
		}
	case '1', '2':
		p.Resize(int(o - '0'))
	}
}

// use uses a loan.
func (e *exploration) use(h *Handle[int], o rune, id int) {
	e.acquired++
	v := h.slot.value
	if other := e.holders[v]; other != 0 {
		e.fault("resource %d is lent to threads %d and %d at once", v, other-1, id-1)
	}
	e.holders[v] = id
	h.slot.word.Load() // other threads may run here
	delete(e.holders, v)
	switch o {
	case 'd':
		h.Discard(nil)
	case 'h':
		h.Hijack()
	default:
		h.Release()
	}
}

// check looks at the pool at the end.
func (e *exploration) check() error {
	e.cancel()
	if e.err != nil {
		return e.err
	}
	p := e.p
	st := p.Stats()
	resized := strings.ContainsAny(e.ops, "12")
	switch {
	case st.Waiting != 0 || st.InUse != 0 || st.Live != st.Idle:
		return fmt.Errorf("something is left: %+v", st)
	case st.Created != st.Closed+st.Hijacked+uint64(st.Idle):
		return fmt.Errorf("something is lost: %+v", st)
	case st.Acquired != e.acquired:
		return fmt.Errorf("%d acquired, counted %d", e.acquired, st.Acquired)
	case !resized && st.Peak > e.max || st.Live > st.Max:
		return fmt.Errorf("over the limit: %+v", st)
	case p.Closed() && st.Live != 0:
		return fmt.Errorf("closed, and alive: %+v", st)
	case !p.Closed() && (p.idle.head.Load()&slow != 0 || p.depth() != st.Idle):
		return fmt.Errorf("%d on the stack of %+v", p.depth(), st)
	}
	return nil
}

// Every schedule of releases, cancels and closes, of a failing New and waiters, and at the limit. Nobody waits for
// ever, nothing is lost or lent twice, and the counts are right.
func TestExplore(t *testing.T) {
	total := explore.Result{Complete: true}
	full := os.Getenv("PLUNGE_EXPLORE") == "full"
	suite := func(what string, preemptions int, ps ...program) {
		if full && preemptions >= 0 {
			preemptions++
		}
		c := explore.Config{Preemptions: preemptions}
		sum := explore.Result{Complete: true}
		for _, p := range ps {
			sum.Add(p.explore(t, c))
		}
		t.Logf("%s; %v; %d programs: %v", what, c, len(ps), sum)
		total.Add(sum)
	}
	suite("idle ones", 3,
		program{ops: "a a", max: 2, idle: 2}, program{ops: "a t", max: 2, idle: 2}, program{ops: "aa ta", max: 2, idle: 2}, program{ops: "a s", max: 2, idle: 2}, program{ops: "a a a", max: 2, idle: 2})
	suite("release against waiters", 2,
		program{ops: "a a", max: 1, idle: 1}, program{ops: "a a a", max: 1, idle: 1}, program{ops: "aa aa", max: 1, idle: 1},
		program{ops: "a t a", max: 1, idle: 1}, program{ops: "a s a", max: 1, idle: 1})
	suite("release against cancel", 2,
		program{ops: "a c x", max: 1, idle: 1}, program{ops: "a cx a", max: 1, idle: 1}, program{ops: "a c xa", max: 1, idle: 1})
	suite("against Close and Drain", 2,
		program{ops: "a C", max: 1, idle: 1}, program{ops: "a D", max: 1, idle: 1}, program{ops: "a c xC", max: 1, idle: 1},
		program{ops: "a a C", max: 1, idle: 1}, program{ops: "a a D", max: 2, idle: 1}, program{ops: "C D a", max: 1, idle: 1})
	suite("New", 2,
		program{ops: "a a", max: 1}, program{ops: "a a", max: 2}, program{ops: "c x a", max: 1}, program{ops: "a C", max: 1}, program{ops: "a D", max: 1},
		program{ops: "d a", max: 1, idle: 1}, program{ops: "h a", max: 1, idle: 1}, program{ops: "d d a", max: 2, idle: 1})
	suite("New that fails", 2,
		program{ops: "a", max: 1, fail: 1}, program{ops: "a a", max: 1, fail: 1}, program{ops: "a a", max: 2, fail: 2}, program{ops: "c x a", max: 1, fail: 1})
	suite("Resize", 2,
		program{ops: "a 1", max: 2, idle: 2}, program{ops: "a a 1", max: 2, idle: 2}, program{ops: "a a 2", max: 1, idle: 1}, program{ops: "a 12", max: 2, idle: 2})
	suite("Check and Reset", 2,
		program{ops: "a a", max: 1, idle: 1, hook: 'c'}, program{ops: "a a", max: 1, idle: 1, hook: 'c', bad: 1}, program{ops: "a a", max: 2, idle: 1, hook: 'c', bad: 1},
		program{ops: "c x", max: 1, idle: 1, hook: 'c'}, program{ops: "c x", max: 1, idle: 1, hook: 'c', bad: 1}, program{ops: "a t", max: 1, idle: 1, hook: 'c', bad: 1},
		program{ops: "a C", max: 1, idle: 1, hook: 'c', bad: 1}, program{ops: "a D", max: 1, idle: 1, hook: 'c'},
		program{ops: "a a", max: 1, idle: 1, hook: 'r'}, program{ops: "a a", max: 1, idle: 1, hook: 'r', bad: 1}, program{ops: "a D", max: 1, idle: 1, hook: 'r'})
	suite("Check against cancel and waiters", 2,
		program{ops: "a c x", max: 1, idle: 1, hook: 'c'}, program{ops: "a c x", max: 1, idle: 1, hook: 'c', bad: 1}, program{ops: "a c xC", max: 1, idle: 1, hook: 'c', bad: 1})
	t.Logf("resource.Pool: %v", total)
}
