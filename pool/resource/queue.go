package resource

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// waiter is a caller of Acquire that waits. The pool's mu guards the fields above the answer.
type waiter[T any] struct {
	prev, next *waiter[T]
	queued     bool
	ctx        context.Context
	since      int64 // when Acquire was called

	// The answer, written once, before ready: a slot, which the waiter then owns, or an error.
	slot  *slot[T]
	err   error
	ready chan struct{} // of capacity 1, so that nobody waits for the waiter
}

func newWaiter[T any](ctx context.Context, since int64) *waiter[T] {
	return &waiter[T]{ctx: ctx, since: since, ready: make(chan struct{}, 1)}
}

// queue is the waiters in the order in which they came.
type queue[T any] struct {
	first, last *waiter[T]
	n           int
}

func (q *queue[T]) pushBack(w *waiter[T]) { q.link(w, q.last, nil) }

// insert puts w, which was in q before, back ahead of those that came later. It searches from the front.
func (q *queue[T]) insert(w *waiter[T]) {
	next := q.first
	for next != nil && next.since < w.since {
		next = next.next
	}
	if next == nil {
		q.pushBack(w)
		return
	}
	q.link(w, next.prev, next)
}

func (q *queue[T]) link(w, prev, next *waiter[T]) {
	w.prev, w.next, w.queued = prev, next, true
	if prev != nil {
		prev.next = w
	} else {
		q.first = w
	}
	if next != nil {
		next.prev = w
	} else {
		q.last = w
	}
	q.n++
}

func (q *queue[T]) remove(w *waiter[T]) {
	if w.prev != nil {
		w.prev.next = w.next
	} else {
		q.first = w.next
	}
	if w.next != nil {
		w.next.prev = w.prev
	} else {
		q.last = w.prev
	}
	w.prev, w.next, w.queued = nil, nil, false
	q.n--
}

func (q *queue[T]) popFront() *waiter[T] {
	w := q.first
	q.remove(w)
	return w
}

// refuse gives a waiter, which is no longer in the queue, an error. mu is held.
func (w *waiter[T]) refuse(err error) {
	w.err = err
	w.wake()
}

// wake tells a waiter, nil for none, that it has its answer. It is called once.
func (w *waiter[T]) wake() {
	if w != nil {
		w.ready <- struct{}{}
	}
}

// wait waits for the answer.
//
// S2: mu orders the end of a context and the hand-over. Either the waiter is still in the queue and leaves it; then
// nobody can give it anything. Or it has been given a slot already, and passes that on under the same lock.
func (p *Pool[T]) wait(ctx context.Context, w *waiter[T], ended <-chan struct{}) (*slot[T], error) {
	var late <-chan time.Time
	if p.o.MaxWait > 0 {
		timer := time.NewTimer(p.o.MaxWait - time.Duration(p.now()-w.since))
		defer timer.Stop()
		late = timer.C
	}
	timeout := false
	pause(func() bool { return len(w.ready) > 0 || ctx.Err() != nil })
	if !chosen(ended) {
		select {
		case <-w.ready:
			return w.slot, w.err
		case <-ended:
		case <-late:
			timeout = true
		}
	}
	p.mu.Lock()
	switch {
	case w.queued:
		p.waiters.remove(w)
	case timeout: // the answer came in time
		p.unlock()
		<-w.ready
		return w.slot, w.err
	case w.slot != nil:
		p.count.waited--
		p.place(w.slot) // S2
	}
	var err error
	if timeout {
		err = p.exhausted(fmt.Sprintf("nothing came free within MaxWait, %v", p.o.MaxWait))
	}
	p.unlock()
	if !timeout {
		err = p.ended(ctx, w.since)
	}
	return nil, err
}

// exhausted counts an Acquire that fails with ErrExhausted, and returns the error. mu is held.
func (p *Pool[T]) exhausted(why string) error {
	p.count.exhausted++
	if p.lastErr != nil {
		return fmt.Errorf("%w%s: %s; New failed last: %w", ErrExhausted, p.named(), why, p.lastErr)
	}
	return fmt.Errorf("%w%s: %s", ErrExhausted, p.named(), why)
}

// ended counts that a context ended, and returns the error for that. since is when Acquire began to wait, 0 if it
// did not wait.
func (p *Pool[T]) ended(ctx context.Context, since int64) error {
	p.timeouts.Add(1)
	err, cause := ctx.Err(), context.Cause(ctx)
	if errors.Is(err, context.Canceled) {
		p.canceled.Add(1)
	}
	what := "its context had ended before"
	if since != 0 {
		what = fmt.Sprintf("its context ended after %v", time.Duration(p.now()-since))
	}
	if cause != nil && !errors.Is(cause, err) {
		err = fmt.Errorf("%w: %w", err, cause)
	} else if cause != nil {
		err = cause
	}
	p.mu.Lock()
	last := p.lastErr
	p.mu.Unlock()
	if last != nil {
		return fmt.Errorf("resource: Acquire%s: %s: %w; New failed last: %w", p.named(), what, err, last)
	}
	return fmt.Errorf("resource: Acquire%s: %s: %w", p.named(), what, err)
}

// named is the pool's name for an error, nothing if it has none.
func (p *Pool[T]) named() string {
	if p.o.Name == "" {
		return ""
	}
	return fmt.Sprintf(" (%q)", p.o.Name)
}
