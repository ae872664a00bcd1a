package puddle

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

var (
	// ErrClosedPool is what callers of a closed pool get.
	ErrClosedPool = errors.New("puddle: the pool is closed")

	// ErrNotAvailable means that nothing is idle, or that there is no room for more.
	ErrNotAvailable = errors.New("puddle: none is available")
)

// Constructor makes a resource.
type Constructor[T any] func(ctx context.Context) (res T, err error)

// Destructor ends one.
type Destructor[T any] func(res T)

// Config is what NewPool needs.
type Config[T any] struct {
	Constructor Constructor[T]
	Destructor  Destructor[T]
	MaxSize     int32
}

// Pool is a resource.Pool with the methods of a puddle.Pool.
type Pool[T any] struct {
	p    *resource.Pool[*Resource[T]]
	max  int32
	base context.Context // ends with Close, and then the contexts of all constructors do
	end  context.CancelFunc

	constructing, background atomic.Int32 // constructors that run; resources that TryAcquire has made
	canceled                 atomic.Int64

	mu                  sync.Mutex // guards the rest
	acquired, empty     int64
	duration, emptyWait time.Duration
}

// constructError is an error of the constructor, which is returned as it is.
type constructError struct{ err error }

func (e *constructError) Error() string { return e.err.Error() }
func (e *constructError) Unwrap() error { return e.err }

// NewPool makes a pool. It returns an error if MaxSize is less than 1.
func NewPool[T any](config *Config[T]) (*Pool[T], error) {
	p := &Pool[T]{max: config.MaxSize}
	p.base, p.end = context.WithCancel(context.Background())
	inner, err := resource.New(resource.Options[*Resource[T]]{
		New: func(ctx context.Context) (*Resource[T], error) {
			p.constructing.Add(1)
			defer p.constructing.Add(-1)
			r := &Resource[T]{created: time.Now(), used: now()}
			ctx, cancel := context.WithCancel(ctx)
			context.AfterFunc(p.base, cancel)
			v, err := config.Constructor(ctx)
			if err != nil {
				return nil, &constructError{err}
			}
			r.value = v
			return r, nil
		},
		Close: func(_ context.Context, r *Resource[T]) error {
			config.Destructor(r.value)
			return nil
		},
		Max: int(config.MaxSize),
	})
	if err != nil {
		p.end()
		return nil, fmt.Errorf("puddle: MaxSize: %w", err)
	}
	p.p = inner
	return p, nil
}

// Close refuses callers from now on, and waits until all resources have been given back and destroyed.
func (p *Pool[T]) Close() {
	p.end()
	_ = p.p.Close(context.Background())
}

// Reset has all resources destroyed, those in use once they are given back. It does not wait for that.
func (p *Pool[T]) Reset() {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_ = p.p.Drain(ctx) // says what is in use
}

// Acquire returns an idle resource, or has one made, or waits for one.
func (p *Pool[T]) Acquire(ctx context.Context) (*Resource[T], error) {
	began := now()
	if ctx.Err() == nil {
		if h, ok := p.p.TryAcquire(); ok {
			p.count(began, false)
			return lent(h), nil
		}
	}
	h, err := p.acquire(ctx)
	if err != nil {
		if ctx.Err() != nil && err == ctx.Err() {
			p.canceled.Add(1)
		}
		return nil, err
	}
	p.count(began, true)
	return lent(h), nil
}

// acquire is the pool's Acquire with puddle's errors. It asks again if the pool was drained meanwhile.
func (p *Pool[T]) acquire(ctx context.Context) (*resource.Handle[*Resource[T]], error) {
	for {
		h, err := p.p.Acquire(ctx)
		var failed *constructError
		switch {
		case err == nil:
			return h, nil
		case errors.Is(err, resource.ErrClosed) && !p.p.Closed():
			time.Sleep(time.Microsecond) // Reset is not finished
		case errors.Is(err, resource.ErrClosed):
			return nil, ErrClosedPool
		case ctx.Err() != nil && errors.Is(err, ctx.Err()):
			return nil, ctx.Err()
		case errors.As(err, &failed):
			return nil, failed.err
		default:
			return nil, err
		}
	}
}

// count counts an Acquire that began then. empty: nothing was idle.
func (p *Pool[T]) count(began int64, empty bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	took := time.Duration(now() - began)
	p.acquired++
	p.duration += took
	if empty {
		p.empty++
		p.emptyWait += took
	}
}

// TryAcquire returns an idle resource. If there is none it returns ErrNotAvailable, and has one made if there is
// room. Resources that it is making count twice, so it may stop before the pool is full.
func (p *Pool[T]) TryAcquire(ctx context.Context) (*Resource[T], error) {
	if h, ok := p.p.TryAcquire(); ok {
		p.mu.Lock()
		p.acquired++
		p.mu.Unlock()
		return lent(h), nil
	}
	if p.p.Closed() {
		return nil, ErrClosedPool
	}
	if room := p.max - int32(p.p.Stats().Live); p.background.Add(1) > room {
		p.background.Add(-1)
		return nil, ErrNotAvailable
	}
	go func() {
		defer p.background.Add(-1)
		if h, err := p.acquire(ctx); err == nil {
			h.Release()
		}
	}()
	return nil, ErrNotAvailable
}

// AcquireAllIdle returns all idle resources.
func (p *Pool[T]) AcquireAllIdle() []*Resource[T] {
	var all []*Resource[T]
	for range p.max {
		h, ok := p.p.TryAcquire()
		if !ok {
			break
		}
		all = append(all, lent(h))
	}
	return all
}

// CreateResource makes a resource and leaves it idle. It holds idle ones meanwhile, or Acquire would return one.
func (p *Pool[T]) CreateResource(ctx context.Context) error {
	if p.p.Closed() {
		return ErrClosedPool
	}
	if p.p.Stats().Live >= int(p.max) {
		return ErrNotAvailable
	}
	for _, r := range p.AcquireAllIdle() {
		defer r.ReleaseUnused()
	}
	h, err := p.acquire(ctx)
	if err == nil {
		h.Release()
	}
	return err
}

// Stat returns the pool's figures.
func (p *Pool[T]) Stat() *Stat {
	s := p.p.Stats()
	p.mu.Lock()
	defer p.mu.Unlock()
	return &Stat{
		constructing: p.constructing.Load(), inUse: int32(s.InUse), idle: int32(s.Idle), max: p.max,
		acquired: p.acquired, empty: p.empty, canceled: p.canceled.Load(), duration: p.duration, emptyWait: p.emptyWait,
	}
}
