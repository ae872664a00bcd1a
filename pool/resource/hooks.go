package resource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// PanicError is the error of an Acquire whose New panicked. PanicErrors of other hooks are logged by log/slog.
type PanicError struct {
	Hook  string // "New"
	Value any    // what it panicked with
	Stack []byte // as of runtime/debug.Stack
}

// Error returns the name of the hook and the value of the panic, without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("resource: %s panicked: %v", e.Hook, e.Value) }

// Unwrap returns the value of the panic if it is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

var (
	errExited  = errors.New("called runtime.Goexit")
	errOverdue = fmt.Errorf("resource: HookTimeout is over: %w", context.DeadlineExceeded)
	errStopped = fmt.Errorf("resource: no longer wanted: %w", ErrClosed)
)

// grace is how long a hook may take to return with its own error after its context has ended. Then it is overdue.
const grace = 50 * time.Millisecond

// call runs a hook for a busy slot on a goroutine of its own.
//
// H1: done is called once, with mu held, when the hook has returned, panicked or exited, however late. If the hook
// does not return after HookTimeout and grace, overdue is called once before that, also with mu held. From then on
// nobody waits for the hook. done is later called with late set, and until then the slot stays occupied (L1). Both
// end with unlock.
func (p *Pool[T]) call(ctx context.Context, s *slot[T], name string, hook func(context.Context) error, overdue func(), done func(err error, late bool)) (cancel context.CancelCauseFunc) {
	ctx, cancel = context.WithCancelCause(ctx)
	var finished, late bool // mu
	timer := time.AfterFunc(p.o.HookTimeout, func() {
		cancel(errOverdue)
		time.AfterFunc(grace, func() {
			p.mu.Lock()
			if finished {
				p.mu.Unlock()
				return
			}
			late = true
			s.overdue = true
			p.late++
			overdue()
			p.unlock()
		})
	})
	start(func() {
		err := error(fmt.Errorf("resource: %s %w", name, errExited))
		defer func() {
			if v := recover(); v != nil {
				err = &PanicError{Hook: name, Value: v, Stack: debug.Stack()}
			}
			timer.Stop() // no cancel: what New made may keep its context
			p.mu.Lock()
			finished = true
			if late {
				s.overdue = false
				p.late--
			}
			done(err, late)
			p.unlock()
		}()
		err = hook(ctx)
	})
	return cancel
}

// broke reports whether err says that the hook panicked or exited.
func broke(err error) bool {
	var p *PanicError
	return errors.As(err, &p) || errors.Is(err, errExited)
}

// tell logs the panic of a hook whose error no caller gets.
func (p *Pool[T]) tell(err error) {
	var e *PanicError
	if errors.As(err, &e) {
		slog.Error("resource: a hook panicked", "pool", p.o.Name, "hook", e.Hook, "panic", e.Value, "stack", string(e.Stack))
	}
}

// verdict is the outcome of a Check.
type verdict int

const (
	checkedWell  verdict = iota // the slot is the caller's and idle
	checkedBadly                // the slot is not the caller's any more
	checkLeft                   // as checkedBadly, and the caller's context has ended
)

// toCheck reports whether Check is to be called for an idle slot of the caller's.
func (p *Pool[T]) toCheck(s *slot[T]) bool {
	switch d := p.o.CheckIdle; {
	case p.o.Check == nil || d < 0 || s.vetted:
		return false
	case d == 0:
		return true
	default:
		return p.now()-s.since >= int64(d)
	}
}

// check calls Check for an idle slot of the caller's. If the resource is unfit the caller may be in the queue
// afterwards: W2. begun is when the caller came, 0 if it does not wait.
func (p *Pool[T]) check(ctx context.Context, s *slot[T], begun int64) (verdict, *waiter[T]) {
	var ( // guarded by mu until there is an answer
		settled, left bool
		result        verdict
		w             *waiter[T]
	)
	answer := make(chan struct{})
	settle := func(v verdict) {
		settled, result = true, v
		if v == checkedBadly && !left && begun != 0 && !p.refusing() && p.block() {
			w = newWaiter[T](ctx, begun)
			p.waiters.insert(w)
		}
		close(answer)
	}
	s.become(busy)
	p.call(context.WithoutCancel(ctx), s, "Check", func(ctx context.Context) error { return p.o.Check(ctx, s.value) },
		func() { settle(checkedBadly) },
		func(err error, late bool) {
			switch {
			case late:
				p.shutLocked(s, overdue)
			case broke(err):
				p.tell(err)
				p.shutLocked(s, panicked)
				settle(checkedBadly)
			case err != nil:
				p.shutLocked(s, unhealthy)
				settle(checkedBadly)
			default:
				if p.stamped {
					s.since = p.now()
				}
				s.become(idle)
				if left {
					s.vetted = true
					p.place(s)
				}
				settle(checkedWell)
			}
		})
	pause(func() bool { return closed(answer) || ctx.Err() != nil })
	if !chosen(ctx.Done()) {
		select {
		case <-answer:
			return result, w
		case <-ctx.Done():
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if settled {
		return result, w
	}
	left = true // S1: the slot is passed on once Check has returned
	return checkLeft, nil
}

// reset calls Reset for a busy slot of the caller's, and waits for it.
func (p *Pool[T]) reset(s *slot[T]) {
	answer := make(chan struct{})
	p.call(context.Background(), s, "Reset", func(ctx context.Context) error { return p.o.Reset(ctx, s.value) },
		func() { close(answer) },
		func(err error, late bool) {
			switch {
			case late:
				p.shutLocked(s, overdue)
			case broke(err):
				p.tell(err)
				p.shutLocked(s, panicked)
			case err != nil:
				p.shutLocked(s, notReset)
			default:
				if p.stamped {
					s.since = p.now()
				}
				s.become(idle)
				p.place(s)
			}
			if !late {
				close(answer)
			}
		})
	pause(func() bool { return closed(answer) })
	<-answer
}

// shutLocked closes what is in a slot of the caller's. mu is held.
func (p *Pool[T]) shutLocked(s *slot[T], why reason) {
	s.become(busy)
	s.deadline = 0
	p.count.closed[why]++
	if p.o.Close == nil {
		p.vacate(s)
		return
	}
	p.closing++
	v := s.value
	p.call(context.Background(), s, "Close", func(ctx context.Context) error { return p.o.Close(ctx, v) },
		func() {},
		func(err error, _ bool) {
			p.closing--
			if err != nil {
				p.count.closeErrs++
				p.tell(err)
				if len(p.quiet) > 0 && len(p.closeErrs) < maxCloseErrs {
					p.closeErrs = append(p.closeErrs, err)
				}
			}
			p.vacate(s)
		})
}
