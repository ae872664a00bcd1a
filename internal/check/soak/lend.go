package main

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

// lenders is how many pools of resources are in use at a time.
const lenders = 2

// lent counts what the pools of resources have done.
type lent struct{ pools, acquired, made, closed atomic.Int64 }

// loan is a resource.
type loan struct{ owner atomic.Int64 }

// lender is one pool of resources and the books of its hooks.
type lender struct {
	s     *soak
	p     *resource.Pool[*loan]
	limit time.Duration // HookTimeout

	alive, most, made, closed, acquired atomic.Int64
}

var errFault = errors.New("a fault on purpose")

// fault fails in one or another way, at random, or takes longer than it may.
func (l *lender) fault(ctx context.Context) error {
	switch rand.IntN(400) {
	case 0, 1, 2, 3, 4, 5:
		return errFault
	case 6, 7:
		panic(errFault)
	case 8, 9:
		runtime.Goexit()
	case 10:
		time.Sleep(l.limit + 100*time.Millisecond)
	case 11:
		<-ctx.Done()
		return ctx.Err()
	}
	return nil
}

func (l *lender) dial(ctx context.Context) (*loan, error) {
	n := l.alive.Add(1)
	for m := l.most.Load(); n > m && !l.most.CompareAndSwap(m, n); m = l.most.Load() {
	}
	good := false
	defer func() {
		if !good {
			l.alive.Add(-1)
		}
	}()
	if err := l.fault(ctx); err != nil {
		return nil, err
	}
	good = true
	l.made.Add(1)
	return new(loan), nil
}

func (l *lender) close(ctx context.Context, v *loan) error {
	defer l.alive.Add(-1)
	l.closed.Add(1)
	if v.owner.Swap(-1) != 0 {
		l.s.failf("a resource is closed while in use, or twice")
	}
	return l.fault(ctx)
}

func (l *lender) look(ctx context.Context, _ *loan) error { return l.fault(ctx) }

// lend makes a pool of resources, has goroutines use it while it is drained and resized, closes it and checks it.
func (s *soak) lend(r *rand.Rand) {
	pick := func(ns ...int) int { return ns[r.IntN(len(ns))] }
	const highest = 12
	l := &lender{s: s, limit: 5 * time.Millisecond}
	o := resource.Options[*loan]{
		New: l.dial, Close: l.close, HookTimeout: l.limit,
		Max: pick(1, 2, 8, highest), MaxIdle: pick(0, 0, 1), MaxUses: pick(0, 0, 10),
		MaxIdleTime: time.Duration(pick(0, 1, 20)) * time.Millisecond,
		MaxLifetime: time.Duration(pick(0, 5, 50)) * time.Millisecond,
		MaxWaiters:  pick(0, 0, 5, -1),
		MaxWait:     time.Duration(pick(0, 0, 2)) * time.Millisecond,
		Stacks:      r.IntN(4) == 0,
	}
	if o.MaxIdle == 0 {
		o.MinIdle = pick(0, 0, 1)
	}
	if r.IntN(2) == 0 {
		o.Check, o.CheckIdle = l.look, time.Duration(pick(0, -1, 1))*time.Millisecond
	}
	if r.IntN(3) == 0 {
		o.Reset = l.look
	}
	var err error
	if l.p, err = resource.New(o); err != nil {
		s.failf("a pool of resources: %v", err)
		return
	}
	end := time.Now().Add(min(s.cfg.length/2, 500*time.Millisecond))
	var users sync.WaitGroup
	for range 24 {
		users.Go(func() {
			for id := s.ids.Add(1); !s.stopped.Load() && time.Now().Before(end); {
				l.use(id)
			}
		})
	}
	for !s.stopped.Load() && time.Now().Before(end) {
		time.Sleep(5 * time.Millisecond)
		switch r.IntN(6) {
		case 0:
			l.p.Resize(1 + r.IntN(highest))
		case 1:
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(r.IntN(5))*time.Millisecond)
			_ = l.p.Drain(ctx)
			cancel()
		}
	}
	users.Wait()
	l.end(highest)
}

// use is one loan.
func (l *lender) use(id int64) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(rand.IntN(int(10*time.Millisecond))))
	defer cancel()
	h, err := l.p.Acquire(ctx)
	if err != nil {
		return
	}
	l.acquired.Add(1)
	v := h.Value()
	if !v.owner.CompareAndSwap(0, id) {
		l.s.failf("a resource is lent twice, or was closed")
	}
	if rand.IntN(4) == 0 {
		time.Sleep(time.Duration(rand.IntN(int(time.Millisecond))))
	}
	if !v.owner.CompareAndSwap(id, 0) {
		l.s.failf("a resource has another owner while it is lent")
	}
	if rand.IntN(20) == 0 {
		h.Discard(errFault)
	}
	h.Release()
	h.Release()
}

// end closes the pool and checks that everything is accounted for.
func (l *lender) end(limit int64) {
	ctx, cancel := context.WithTimeout(context.Background(), l.s.cfg.patience)
	defer cancel()
	for ctx.Err() == nil {
		var held *resource.HeldError
		if !errors.As(l.p.Close(ctx), &held) {
			break
		}
		time.Sleep(time.Millisecond) // a hook is overdue
	}
	st := l.p.Stats()
	if st.Live != 0 || st.Waiting != 0 || st.Overdue != 0 || l.alive.Load() != 0 {
		l.s.failf("a pool of resources is closed, and something is left: %+v, %d alive", st, l.alive.Load())
	}
	if most := l.most.Load(); most > limit || int64(st.Peak) > limit {
		l.s.failf("%d resources were alive, want %d at most: %+v", most, limit, st)
	}
	if int64(st.Created) != l.made.Load() || int64(st.Closed) != l.closed.Load() || st.Created != st.Closed || int64(st.Acquired) != l.acquired.Load() {
		l.s.failf("%d resources made, %d closed, %d acquired; want what the pool counts: %+v", l.made.Load(), l.closed.Load(), l.acquired.Load(), st)
	}
	t := &l.s.lent
	t.pools.Add(1)
	t.acquired.Add(l.acquired.Load())
	t.made.Add(l.made.Load())
	t.closed.Add(l.closed.Load())
}
