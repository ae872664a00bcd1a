package explore

import (
	"errors"
	"fmt"
	"iter"
	"unsafe"
)

// thread is one goroutine of a program, as a coroutine that runs one body after the
// other.
type thread struct {
	run    *run
	id     int
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
	body   func()

	wait     wait        // before its next step
	ready    func() bool // if it waits for a condition
	open     []section   // if it waits for sections
	steps    int         // taken
	began    int         // the clock at the first step of the operation; 0: not yet
	p        int         // of its pinned section
	pinned   bool
	sections int // that it has ended
	done     bool
	dead     bool // the run is over: it unwinds, and takes no more steps
}

// wait is what a thread waits for.
type wait uint8

const (
	nothing   wait = iota
	condition      // ready
	ownP           // its P is free
	anyP           // some P is free
	grace          // the sections in open are over
)

// section is the n-th pinned section of a thread.
type section struct {
	of *thread
	n  int
}

// abandoned unwinds a thread whose run is over.
type abandoned struct{}

func newThread(r *run, id int) *thread {
	t := &thread{run: r, id: id}
	t.resume, t.stop = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		for {
			t.live()
			if !yield(struct{}{}) {
				return
			}
		}
	})
	return t
}

// reset prepares the thread for another body.
func (t *thread) reset(body func()) {
	*t = thread{run: t.run, id: t.id, resume: t.resume, stop: t.stop, yield: t.yield, open: t.open[:0], body: body}
}

// live runs the body.
func (t *thread) live() {
	defer func() {
		t.done = true
		switch v := recover(); v.(type) {
		case nil, abandoned:
		default:
			t.run.fail(fmt.Errorf("thread %d panicked: %v", t.id, v))
		}
	}()
	t.body()
}

// frozen reports that the thread has come to where Config freezes it.
func (t *thread) frozen() bool {
	return t.run.Freeze && t.id == t.run.Frozen && t.steps >= t.run.FreezeAt
}

func (t *thread) able() bool {
	if t.done || t.frozen() {
		return false
	}
	switch t.wait {
	case condition:
		return t.ready()
	case ownP:
		return t.run.pinned[t.own()] == nil
	case anyP:
		for _, by := range t.run.pinned {
			if by == nil {
				return true
			}
		}
		return false
	case grace:
		for _, s := range t.open {
			if s.of.pinned && s.of.sections == s.n {
				return false
			}
		}
	}
	return true
}

// own is the P that it is on without Config.Migrate.
func (t *thread) own() int { return t.id % len(t.run.pinned) }

// step is a scheduling point before something that the thread does, once what it
// waits for has come.
func (t *thread) step(w wait) {
	r := t.run
	if t.dead {
		return
	}
	t.wait = w
	if !r.starting {
		r.pick()
	}
	if (r.starting || r.chosen != t) && !t.yield(struct{}{}) || t.dead {
		t.dead = true
		panic(abandoned{})
	}
	t.wait = nothing
	t.steps++
	r.clock++
	r.trace = append(r.trace, byte(t.id))
	if t.began == 0 {
		t.began = r.clock
	}
	if r.clock > r.Steps {
		r.fail(errors.New("no end after so many steps: no progress"))
	}
	if r.err != nil {
		t.dead = true
		panic(abandoned{})
	}
}

// plain is a step if Config wants one where plain memory may be touched next.
func (t *thread) plain() {
	if t.run.Plain {
		t.step(nothing)
	}
}

// running returns the thread that runs, nil outside of them.
func running() *thread {
	if active == nil || active.current == nil || active.current.dead {
		return nil
	}
	return active.current
}

// Step is called before an atomic operation at addr. Within a run it is where another thread may go first. It is no
// step if the memory is constant, or private: only one thread has touched it so far, and not the setup, and no thread
// has published a pointer since.
func Step(addr unsafe.Pointer) {
	r := active
	if r == nil {
		return
	}
	t := r.current
	e := r.words.touched(addr, t)
	if t == nil || t.dead || e.constant {
		return
	}
	if e.owner == t && e.published == r.words.published {
		return
	}
	e.owner = nil
	t.step(nothing)
}

// Wrote is called after an atomic operation that wrote at addr.
func Wrote(addr unsafe.Pointer) {
	t := running()
	if t == nil {
		return
	}
	e := t.run.words.at(addr)
	if e.constant {
		t.run.fail(fmt.Errorf("thread %d writes a word that is constant", t.id))
	}
	if e.owner == nil {
		t.plain()
	}
}

// Loaded is called after a pointer was loaded from addr.
func Loaded(addr unsafe.Pointer) {
	if t := running(); t != nil {
		if e := t.run.words.at(addr); e.owner == nil && !e.constant {
			t.plain()
		}
	}
}

// Published is called after a pointer was made known to other threads by an atomic
// operation: nothing is private any more.
func Published() {
	if t := running(); t != nil {
		t.run.words.published++
	}
}

// Watch calls f, whose atomic operations are no steps: it looks, and does nothing that a
// thread could notice.
func Watch(f func()) {
	t := active.current
	active.current = nil
	f()
	active.current = t
}

// Block waits, as one step, until ready holds. It reports false outside of a run,
// where it does not wait.
func Block(ready func() bool) bool {
	t := running()
	if t == nil {
		return false
	}
	t.ready = ready
	t.step(condition)
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
