package resource

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync/atomic"
	"time"

	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/atom"
)

var (
	// ErrClosed is wrapped by the error of Acquire after Close was called, and while Drain runs.
	ErrClosed = errors.New("resource: pool is closed")

	// ErrExhausted is wrapped by the error of Acquire when MaxWaiters wait already, or after MaxWait.
	ErrExhausted = errors.New("resource: pool is exhausted")
)

// What there is to do at an Acquire and a Release.
const (
	direct    uint32 = 1 << iota // nothing is to be done to an idle slot before it is lent
	plain                        // Release has nothing to do but to make the slot idle
	recording                    // some or all Acquires are recorded: see trace.go
)

// Pool is a pool of resources with a hard limit on how many are alive. It is made by New. It is safe for
// concurrent use, and must not be copied. While a resource is idle, Acquire and Release are lock-free and
// allocate nothing, unless they call a hook.
//
// A Release synchronizes before the Acquire that returns the same resource, in the sense of the Go memory model.
type Pool[T any] struct {
	_    cpu.CacheLinePad
	idle stack[T]
	_    cpu.CacheLinePad

	table   atomic.Pointer[[]*slot[T]] // all slots; grows under mu. The slots stay.
	o       Options[T]                 // constant; max has the current Max
	ways    atomic.Uint32              // direct, plain and recording. Written under mu.
	usual   uint32                     // constant: ways while sampling is off
	stamped bool                       // constant: since is used
	maxIdle uint64                     // constant
	minIdle int                        // constant
	base    time.Time                  // constant
	leaks   *leaks                     // constant; nil where Options.Stacks is not set
	sample  atomic.Int64               // one in so many loans is recorded; 0: none
	holders *holders                   // nil before anything is recorded. Written under mu.

	fill     atomic.Bool   // there is room for MinIdle. Written under mu.
	timeouts atomic.Uint64 // contexts that ended; of these, canceled were cancelled
	canceled atomic.Uint64

	// mu guards the rest. No hook runs under it, and nothing waits under it. Every section that changes something
	// ends with unlock, which keeps G1 and C1.
	mu      atom.Mutex
	max     int
	live    int      // slots that are not vacant; L1
	making  int      // of these, in a New that has time left
	closing int      // of these, shut
	late    int      // of these, with a hook that is overdue
	free    []uint32 // vacant slots
	waiters queue[T]
	handed  uint64 // slots given to waiters

	closed   bool
	draining int             // calls of Drain
	quiet    []chan struct{} // closed once nothing is alive but what is overdue

	fails   int   // calls of New that failed since the last success
	failed  int64 // when the last of these failed
	retry   int64 // when the next probe may begin
	lastErr error // of the last, nil after a success

	timer   *time.Timer
	timerID uint64
	due     int64 // when it fires; 0: it is not armed

	closeErrs []error // collected while somebody waits for quiet
	count     counts
}

// New creates a pool. MinIdle resources are created in the background, possibly before New returns. Errors wrap
// ErrOptions. They name the field and its value, and say what is allowed.
func New[T any](o Options[T]) (*Pool[T], error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	p := &Pool[T]{o: o, max: o.Max, minIdle: o.MinIdle, maxIdle: uint64(o.MaxIdle), base: time.Now()}
	if p.maxIdle == 0 {
		p.maxIdle = math.MaxUint32
	}
	p.stamped = o.Check != nil && o.CheckIdle > 0
	if o.Stacks {
		p.holders = newHolders(p)
		p.holders.begin()
		p.leaks = &leaks{name: o.Name, handle: o.OnLeak, holders: p.holders}
		p.usual = recording
	} else {
		if o.Check == nil || o.CheckIdle < 0 {
			p.usual |= direct
		}
		if o.Reset == nil && o.MaxUses == 0 && !p.stamped {
			p.usual |= plain
		}
	}
	p.ways.Store(p.usual)
	p.idle.init()
	p.table.Store(new([]*slot[T]))
	p.list()
	p.mu.Lock()
	p.unlock()
	return p, nil
}

// Acquire returns an idle resource, the one that was released last. If none is idle the pool creates one, if Max
// allows, or the caller waits. Waiting callers are served in the order in which they came.
//
// ctx limits the wait. Errors wrap ErrClosed, ErrExhausted, the error of ctx and its cause, or the error of New.
// When New fails, its error goes to every caller that was waiting when New was called, unless a resource was
// handed to one of them in the meantime. Then New is called again, one call at a time, after a delay. It is 12.5 to
// 25 ms at first and doubles with each failure, up to 2.5 to 5 s. Callers wait for that.
func (p *Pool[T]) Acquire(ctx context.Context) (*Handle[T], error) {
	return p.acquire(ctx, new(Handle[T])) // inlined, so that the Handle need not be on the heap
}

// TryAcquire returns an idle resource. It returns false if there is none, or if other callers wait. It creates
// none, and waits only for Check.
func (p *Pool[T]) TryAcquire() (*Handle[T], bool) {
	return p.tryAcquire(new(Handle[T]))
}

// Do acquires a resource, calls fn with it and releases it. If fn panics or calls runtime.Goexit the resource is
// discarded, because its state is unknown. It returns the error of Acquire or of fn.
func (p *Pool[T]) Do(ctx context.Context, fn func(T) error) error {
	h, err := p.Acquire(ctx)
	if err != nil {
		return err
	}
	defer h.Discard(errUnfinished)
	err = fn(h.Value())
	h.Release()
	return err
}

var errUnfinished = errors.New("resource: the function of Do did not return")

// acquire fills h. It is not inlined, and does not let h escape.
//
//go:noinline
func (p *Pool[T]) acquire(ctx context.Context, h *Handle[T]) (*Handle[T], error) {
	if ctx.Err() != nil {
		return nil, p.ended(ctx, 0)
	}
	if p.ways.Load()&direct != 0 {
		if s, were := p.pop(); s != nil {
			if word, ok := s.lend(); ok {
				h.slot, h.word = s, word
				if were <= p.minIdle && p.fill.Load() {
					p.refill()
				}
				return h, nil
			}
			p.shut(s, s.why())
		}
	}
	if err := p.acquireSlow(ctx, h); err != nil {
		return nil, err
	}
	return h, nil
}

//go:noinline
func (p *Pool[T]) tryAcquire(h *Handle[T]) (*Handle[T], bool) {
	for {
		s, were := p.pop()
		if s == nil {
			if s = p.popSlow(); s == nil {
				return nil, false
			}
		}
		if p.toCheck(s) {
			if v, _ := p.check(context.Background(), s, 0); v != checkedWell {
				continue
			}
		}
		if p.lend(s, h) {
			if were <= p.minIdle && p.fill.Load() {
				p.refill()
			}
			return h, true
		}
	}
}

// popSlow is pop with mu held, so that no sweep of the ages is in progress.
func (p *Pool[T]) popSlow() *slot[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	s, _ := p.pop()
	return s
}

// lend makes h the holder of a slot of the caller's, or shuts it.
func (p *Pool[T]) lend(s *slot[T], h *Handle[T]) bool {
	var t *token
	if p.ways.Load()&recording != 0 {
		t = p.trace(s)
	}
	word, ok := s.lend()
	if !ok {
		s.untrace()
		p.shut(s, s.why())
		return false
	}
	s.vetted = false
	h.slot, h.word, h.token = s, word, t
	return true
}

// refill makes the pool restore MinIdle.
func (p *Pool[T]) refill() {
	p.mu.Lock()
	p.unlock()
}

// acquireSlow is acquire if nothing was idle or there is more to do.
//
// W2: if Check finds a resource unfit, its caller goes back into the queue, ahead of those that came later. That
// happens in the section that closes the resource, before anybody can get the room that this makes.
func (p *Pool[T]) acquireSlow(ctx context.Context, h *Handle[T]) error {
	var w *waiter[T]
	begun := p.now()
	for {
		s, err := p.obtain(ctx, w, begun)
		if err != nil {
			return err
		}
		if p.toCheck(s) {
			var v verdict
			switch v, w = p.check(ctx, s, begun); v {
			case checkedBadly:
				continue
			case checkLeft:
				return p.ended(ctx, begun)
			}
		}
		w = nil
		if p.lend(s, h) {
			return nil
		}
	}
}

// obtain returns an idle slot, which becomes the caller's, and waits for it. w is the caller's place in the queue,
// nil if it has none.
func (p *Pool[T]) obtain(ctx context.Context, w *waiter[T], begun int64) (*slot[T], error) {
	ended := ctx.Done() // first: it may panic
	if w != nil {
		return p.wait(ctx, w, ended)
	}
	if s, were := p.pop(); s != nil {
		if were <= p.minIdle && p.fill.Load() {
			p.refill()
		}
		return s, nil
	}
	w = newWaiter[T](ctx, begun) // before mu is held, because it allocates
	p.mu.Lock()
	for {
		if p.refusing() {
			p.mu.Unlock()
			return nil, p.refusal()
		}
		if s, _ := p.pop(); s != nil {
			p.unlock()
			return s, nil
		}
		if p.crowded() {
			err := p.exhausted(fmt.Sprintf("%d are alive and %d callers wait", p.live, p.waiters.n))
			p.mu.Unlock()
			return nil, err
		}
		if p.block() { // G1
			break
		}
	}
	p.waiters.pushBack(w)
	p.unlock()
	return p.wait(ctx, w, ended)
}

// crowded reports whether MaxWaiters forbids one more waiter. mu is held.
func (p *Pool[T]) crowded() bool {
	if p.o.MaxWaiters == 0 {
		return false
	}
	alone := p.waiters.n + 1 - p.making
	if p.live < p.max && p.mayMake() {
		alone--
	}
	return alone > max(p.o.MaxWaiters, 0)
}

// put passes on an idle slot of the caller's: to the oldest waiter, or to the stack.
func (p *Pool[T]) put(s *slot[T]) {
	if ok, _ := p.push(s, p.maxIdle); ok {
		return
	}
	p.mu.Lock()
	w := p.pass(s)
	p.unlock()
	w.wake()
}

// place is put with mu held.
func (p *Pool[T]) place(s *slot[T]) { p.pass(s).wake() }

// pass is place, but does not wake the waiter that gets the slot, and returns it; nil: none does. The caller has to
// wake it, with mu held or not: the slot is the waiter's already.
//
// W1: a slot that comes free goes to the oldest waiter, and nobody who came later gets it first: while somebody
// waits, slow is set, so no pop succeeds.
func (p *Pool[T]) pass(s *slot[T]) (w *waiter[T]) {
	switch {
	case p.refusing():
		p.shutLocked(s, p.refusalReason())
	case s.word.Load()&retired != 0:
		p.shutLocked(s, s.reason)
	case p.excess() > 0:
		p.shutLocked(s, surplus)
	case p.waiters.n > 0:
		p.handed++
		w = p.waiters.popFront()
		w.slot = s
		waited := time.Duration(p.now() - w.since)
		p.count.waited++
		p.count.waitTime += waited
		p.count.longestWait = max(p.count.longestWait, waited)
	default:
		s.vetted = false
		p.settle()
		if _, full := p.push(s, p.maxIdle); full {
			p.shutLocked(s, surplus)
		}
	}
	return w
}

// shut closes what is in a slot of the caller's.
func (p *Pool[T]) shut(s *slot[T], why reason) {
	p.mu.Lock()
	p.shutLocked(s, why)
	p.unlock()
}
