package explore

import (
	"errors"
	"fmt"
	"iter"
	"unsafe"
)

// thread is one goroutine of a program, as a coroutine.
type thread struct {
	run    *run
	id     int
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool

	ready    func() bool // what it waits for; nil: nothing
	steps    int         // taken
	began    int         // the clock at the first step of the operation; 0: not yet
	p        int         // of its pinned section
	pinned   bool
	sections int // that it has ended
	done     bool
	dead     bool // the run is over: it unwinds, and takes no more steps
}

// abandoned unwinds a thread whose run is over.
type abandoned struct{}

func newThread(r *run, id int, body func()) *thread {
	t := &thread{run: r, id: id}
	t.resume, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		defer func() {
			switch v := recover(); v.(type) {
			case nil, abandoned:
			default:
				r.fail(fmt.Errorf("thread %d panicked: %v", id, v))
			}
		}()
		t.yield = yield
		body()
	})
	return t
}

// frozen reports that the thread has come to where Config freezes it.
func (t *thread) frozen() bool {
	return t.run.Freeze && t.id == t.run.Frozen && t.steps >= t.run.FreezeAt
}

func (t *thread) able() bool {
	return !t.done && !t.frozen() && (t.ready == nil || t.ready())
}

// step is a scheduling point before something that the thread does, once ready
// holds.
func (t *thread) step(ready func() bool) {
	r := t.run
	if t.dead {
		return
	}
	t.ready = ready
	r.pick()
	if r.chosen != t && !t.yield(struct{}{}) {
		t.dead = true
		panic(abandoned{})
	}
	t.ready = nil
	t.steps++
	r.clock++
	r.trace = append(r.trace, byte(t.id))
	if t.began == 0 {
		t.began = r.clock
	}
	if r.clock > r.Steps {
		r.fail(errors.New("no end after so many steps: no progress"))
		t.dead = true
		panic(abandoned{})
	}
}

// thread returns the one that runs, nil outside of them.
func running() *thread {
	if active == nil || active.current == nil || active.current.dead {
		return nil
	}
	return active.current
}

// Step is called before an atomic operation at addr. Within a run it is where another
// thread may go first. Memory that only one thread has touched so far, and not the
// setup, is private until that thread publishes a pointer: no step.
func Step(addr unsafe.Pointer) {
	if active == nil {
		return
	}
	t := active.current
	owner, known := active.private[addr]
	if t == nil || !known {
		active.private[addr] = t
		return
	}
	if t.dead || owner == t {
		return
	}
	active.private[addr] = nil
	t.step(nil)
}

// Wrote is called after an atomic operation that wrote.
func Wrote() {
	if t := running(); t != nil && t.run.AfterWrites {
		t.step(nil)
	}
}

// Published is called after a pointer was made known to other threads by an atomic
// operation: nothing is private any more.
func Published() {
	if t := running(); t != nil {
		for addr := range t.run.private {
			t.run.private[addr] = nil
		}
	}
}

// Block waits, as one step, until ready holds. It reports false outside of a run,
// where it does not wait.
func Block(ready func() bool) bool {
	t := running()
	if t == nil {
		return false
	}
	t.step(ready)
	return true
}

// Op runs one operation of a thread and returns the clock at its first step and at
// its last: as late a call and as early a return as the schedule allows.
func Op(f func()) (call, ret int) {
	t := active.current
	t.began = 0
	f()
	if t.began == 0 { // no step at all
		t.began = t.run.clock
	}
	return t.began, t.run.clock
}

// Pin starts a pinned section and returns the number of the P: see package pin.
func Pin() int {
	t := running()
	if t == nil {
		return 0
	}
	r := t.run
	free := func(p int) bool { return r.pinned[p] == nil }
	own := t.id % len(r.pinned)
	if !r.Migrate {
		t.step(func() bool { return free(own) })
		return t.pin(own)
	}
	var ps []int
	t.step(func() bool {
		ps = ps[:0]
		for p := range r.pinned {
			if free(p) {
				ps = append(ps, p)
			}
		}
		return len(ps) > 0
	})
	ps = ps[:0]
	for i := range r.pinned { // its own first
		if p := (own + i) % len(r.pinned); free(p) {
			ps = append(ps, p)
		}
	}
	return t.pin(ps[r.choose(len(ps))])
}

func (t *thread) pin(p int) int {
	if t.pinned {
		t.run.fail(fmt.Errorf("thread %d pinned itself inside a pinned section", t.id))
	}
	t.run.pinned[p] = t
	t.p, t.pinned = p, true
	return p
}

// Unpin ends the section on P p.
func Unpin(p int) {
	t := running()
	if t == nil {
		return
	}
	t.run.pinned[p] = nil
	t.pinned = false
	t.sections++
	if t.run.AfterWrites {
		t.step(nil)
	}
}

// Grace waits until every pinned section of other threads that has begun has ended.
func Grace() {
	t := running()
	if t == nil {
		return
	}
	if t.pinned {
		t.run.fail(fmt.Errorf("thread %d waits for a grace period inside a pinned section", t.id))
	}
	type section struct {
		of *thread
		n  int
	}
	var open []section
	for _, o := range t.run.threads {
		if o != t && o.pinned {
			open = append(open, section{o, o.sections})
		}
	}
	t.step(func() bool {
		for _, s := range open {
			if s.of.pinned && s.of.sections == s.n {
				return false
			}
		}
		return true
	})
}

// Pinned reports whether the running thread is inside a pinned section.
func Pinned() bool {
	t := running()
	return t != nil && t.pinned
}
