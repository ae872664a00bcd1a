package resource

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/plungepool/plunge/pool"
)

// maxCloseErrs is how many errors of the Close hook an error of Close or Drain has.
const maxCloseErrs = 8

// HeldError is the error of Close and Drain if they could not close everything: their context ended, or only
// hooks that are overdue are left.
type HeldError struct {
	Pool    string        // Options.Name
	InUse   int           // resources that were not released
	Busy    int           // resources in a hook that has time left
	Overdue int           // resources in a hook that did not return within HookTimeout
	Holders []pool.Holder // where those in use were acquired, if Options.Stacks is set
	Cause   error         // the context's error and its cause; nil: it has not ended
}

// Error returns the figures on one line, and the stacks of the holders on separate lines.
func (e *HeldError) Error() string {
	var b strings.Builder
	b.WriteString("resource: pool")
	if e.Pool != "" {
		fmt.Fprintf(&b, " %q", e.Pool)
	}
	fmt.Fprintf(&b, ": %d in use, %d in hooks, %d in overdue hooks", e.InUse, e.Busy, e.Overdue)
	if e.Cause != nil {
		fmt.Fprintf(&b, ": %v", e.Cause)
	}
	for _, h := range e.Holders {
		fmt.Fprintf(&b, "\nacquired here:\n%v", h.Acquired)
	}
	return b.String()
}

// Unwrap returns Cause.
func (e *HeldError) Unwrap() error { return e.Cause }

// Close closes the pool. From now on Acquire fails with ErrClosed, also for callers that wait. Idle resources
// are closed, calls of New are cancelled, and resources in use are closed when they are released.
//
// Close waits for all of that until ctx ends. Then it returns a HeldError; the rest is still closed later. It
// does not wait for hooks that are overdue. Errors of the Close hook are joined to its own error. A further call
// waits in the same way.
func (p *Pool[T]) Close(ctx context.Context) error {
	p.mu.Lock()
	p.closed = true
	if p.timer != nil {
		p.timer.Stop()
		p.timerID++
	}
	return p.evict(ctx, poolClosed)
}

// Drain closes all resources as Close does, and Acquire fails with ErrClosed until it returns. Afterwards the
// pool can be used again, also if Drain returned a HeldError. No resource from before the call is handed out
// again.
func (p *Pool[T]) Drain(ctx context.Context) error {
	p.mu.Lock()
	p.draining++
	err := p.evict(ctx, drained)
	p.mu.Lock()
	p.draining--
	p.unlock()
	return err
}

// refusing reports whether callers are refused. mu is held.
func (p *Pool[T]) refusing() bool { return p.closed || p.draining > 0 }

// refusal is the error for callers that are refused.
func (p *Pool[T]) refusal() error {
	if p.Closed() {
		return fmt.Errorf("%w%s", ErrClosed, p.named())
	}
	return fmt.Errorf("%w for a moment%s: it is being drained", ErrClosed, p.named())
}

// refusalReason is why a resource that comes back while callers are refused is closed. mu is held.
func (p *Pool[T]) refusalReason() reason {
	if p.closed {
		return poolClosed
	}
	return drained
}

// Closed reports whether Close was called.
func (p *Pool[T]) Closed() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.closed
}

// evict closes everything and waits. It is called with mu held, and unlocks it.
//
// E1: every slot that is not vacant is retired, whoever its owner is. That includes a New under way. So what was
// alive is not lent after a Drain, even if the Drain did not wait for it.
func (p *Pool[T]) evict(ctx context.Context, why reason) error {
	var cancels []context.CancelCauseFunc
	for _, s := range p.seize() {
		p.shutLocked(s, why)
	}
	for _, s := range *p.table.Load() {
		s.retire(why)
		if s.cancel != nil {
			cancels = append(cancels, s.cancel)
		}
	}
	for p.waiters.n > 0 {
		w := p.waiters.popFront()
		err := fmt.Errorf("%w%s, while it was waited for", ErrClosed, p.named())
		w.refuse(err)
	}
	quiet := make(chan struct{})
	p.quiet = append(p.quiet, quiet)
	p.unlock()
	for _, cancel := range cancels {
		cancel(errStopped)
	}
	var cause error
	select {
	case <-quiet:
	default:
		pause(func() bool { return closed(quiet) || ctx.Err() != nil })
		select {
		case <-quiet:
		case <-ctx.Done():
			cause = ctx.Err()
			if c := context.Cause(ctx); !errors.Is(c, cause) {
				cause = fmt.Errorf("%w: %w", cause, c)
			} else {
				cause = c
			}
		}
	}
	return p.remains(cause, quiet)
}

// closed reports whether the channel is.
func closed(ch chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

// remains returns the error of Close and Drain.
func (p *Pool[T]) remains(cause error, quiet chan struct{}) error {
	p.mu.Lock()
	for i, ch := range p.quiet {
		if ch == quiet {
			p.quiet = append(p.quiet[:i], p.quiet[i+1:]...)
			break
		}
	}
	errs := p.closeErrs
	if len(p.quiet) == 0 {
		p.closeErrs = nil
	}
	e := &HeldError{Pool: p.o.Name, Overdue: p.late, Cause: cause}
	_, e.InUse = p.states()
	e.Busy = p.live - e.InUse - e.Overdue
	p.mu.Unlock()
	if e.InUse+e.Busy+e.Overdue == 0 {
		return errors.Join(errs...)
	}
	e.Holders = p.Holders()
	return errors.Join(append([]error{e}, errs...)...)
}

// states counts the slots by the state in their words. mu is held.
func (p *Pool[T]) states() (ready, inUse int) {
	for _, s := range *p.table.Load() {
		switch s.word.Load() & state {
		case idle:
			ready++
		case held:
			inUse++
		}
	}
	return ready, inUse
}
