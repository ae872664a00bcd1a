package main

import (
	"runtime/debug"
	"sync/atomic"
	"time"
)

// actor takes steps, one after the other, until one says that it was the last.
// A step that panics ends there and the next follows; one that exits the
// goroutine is followed by the next on another goroutine.
type actor struct {
	s     *soak
	step  func() (pause time.Duration, more bool)
	began atomic.Int64 // when the step under way began, as soak.now; 0: none is
	ended chan struct{}
}

// act starts an actor.
func (s *soak) act(step func() (pause time.Duration, more bool)) *actor {
	a := &actor{s: s, step: step, ended: make(chan struct{})}
	s.actors.Store(a, nil)
	go a.run()
	return a
}

// try runs f as an actor of one step, and reports whether it returned.
func (s *soak) try(f func()) (returned bool) {
	started := false
	<-s.act(func() (time.Duration, bool) {
		if started {
			return 0, false
		}
		started = true
		f()
		returned = true
		return 0, false
	}).ended
	return returned
}

// wait waits until the actor is done.
func (a *actor) wait() { <-a.ended }

func (a *actor) run() {
	exited := true
	defer func() {
		if exited {
			go a.run()
			return
		}
		a.s.actors.Delete(a)
		close(a.ended)
	}()
	for {
		pause, more := a.guarded()
		if !more {
			break
		}
		if pause > 0 {
			time.Sleep(pause)
		}
	}
	exited = false
}

// guarded takes one step. If the step does not return, more is true.
func (a *actor) guarded() (pause time.Duration, more bool) {
	more = true
	a.began.Store(a.s.now())
	defer func() {
		a.s.progressed(a.began.Swap(0))
	}()
	defer a.s.recoverInjected()
	return a.step()
}

// recoverInjected recovers from the injected panic of a hook; any other panic is a failure. It is for defer.
func (s *soak) recoverInjected() {
	v := recover()
	if v == nil {
		return
	}
	if _, ok := v.(injected); !ok {
		s.failf("panic: %v\n%s", v, debug.Stack())
	}
}

// now returns the time since the start, 1 or more.
func (s *soak) now() int64 { return int64(time.Since(s.start)) + 1 }

// progressed accounts for a step that is over: how long it took and how long
// nobody else had ended one.
func (s *soak) progressed(began int64) {
	now := s.now()
	s.steps.Add(1)
	raise(&s.longestStep, now-began)
	raise(&s.longestPause, now-s.lastStep.Swap(now))
}

// raise makes v at least n.
func raise(v *atomic.Int64, n int64) {
	for {
		old := v.Load()
		if n <= old || v.CompareAndSwap(old, n) {
			return
		}
	}
}
