package resource

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
)

// At most Max resources are alive as the server counts them. Each has one holder at a time and is closed once,
// whatever callers do and whenever they give up.
func TestStress(t *testing.T) {
	for _, tt := range []struct {
		name string
		o    Options[*conn]
	}{
		{"plain", Options[*conn]{Max: 4}},
		{"one", Options[*conn]{Max: 1}},
		{"idle", Options[*conn]{Max: 6, MinIdle: 2, MaxIdle: 3, MaxIdleTime: 5 * time.Millisecond}},
		{"aged", Options[*conn]{Max: 4, MaxUses: 5, MaxLifetime: 10 * time.Millisecond}},
		{"checked", Options[*conn]{Max: 4, Check: sometimes, Reset: sometimes}},
		{"stacks", Options[*conn]{Max: 3, Stacks: true, Check: sometimes, CheckIdle: time.Millisecond, MaxWaiters: 6}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PLUNGE_CHECK", "")
			var s server
			p := s.on(t, tt.o)
			seed := seeded(t).Uint64()
			end := time.Now().Add(stressTime())
			start := make(chan struct{})
			var wg sync.WaitGroup
			for g := range 12 {
				random := rand.New(rand.NewPCG(seed, uint64(g)))
				wg.Go(func() {
					<-start
					for time.Now().Before(end) {
						s.user(p, random, int64(g+1))
					}
				})
			}
			wg.Go(func() { // trouble
				for random := rand.New(rand.NewPCG(seed, 99)); time.Now().Before(end); time.Sleep(time.Millisecond) {
					switch random.IntN(4) {
					case 0:
						s.set(errDown)
					case 1:
						ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
						p.Drain(ctx)
						cancel()
					default:
						s.set(nil)
					}
				}
				s.set(nil)
			})
			close(start)
			wg.Wait()
			if _, most, _, _ := s.state(); most > tt.o.Max {
				t.Errorf("%d were alive, want %d at most", most, tt.o.Max)
			}
			st := p.Stats()
			shutDown(t, p, &s)
			t.Log(st)
		})
	}
}

var (
	errDown   = errors.New("server is down")
	errBroken = errors.New("connection reset")
)

// sometimes is a hook that fails.
func sometimes(context.Context, *conn) error {
	if rand.IntN(10) == 0 {
		return errBroken
	}
	return nil
}

// user is one turn of a goroutine.
func (s *server) user(p *Pool[*conn], random *rand.Rand, id int64) {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	switch random.IntN(3) {
	case 0:
		ctx, cancel = context.WithTimeout(ctx, time.Duration(random.IntN(300))*time.Microsecond)
	case 1:
		ctx, cancel = context.WithTimeout(ctx, 20*time.Millisecond)
	}
	defer cancel()
	var h *Handle[*conn]
	if random.IntN(8) == 0 {
		var ok bool
		if h, ok = p.TryAcquire(); !ok {
			return
		}
	} else {
		var err error
		if h, err = p.Acquire(ctx); err != nil {
			if !errors.Is(err, errDown) && !errors.Is(err, ErrClosed) && !errors.Is(err, ErrExhausted) && ctx.Err() == nil {
				s.t.Errorf("Acquire: got %v, want a resource", err)
			}
			return
		}
	}
	c := h.Value()
	if c.closed.Load() || !c.owner.CompareAndSwap(0, id) {
		s.t.Errorf("conn %d is closed or has another owner", c.id)
	}
	if random.IntN(4) == 0 {
		time.Sleep(time.Duration(random.IntN(50)) * time.Microsecond)
	}
	if !c.owner.CompareAndSwap(id, 0) || c.closed.Load() {
		s.t.Errorf("conn %d was closed or changed its owner while in use", c.id)
	}
	switch random.IntN(16) {
	case 0:
		h.Discard(errBroken)
	case 1:
		s.close(ctx, c) // first: it no longer counts
		h.Hijack()
	default:
		h.Release()
	}
	h.Release() // the Handle has ended already
	h.Discard(nil)
}

// TryAcquire returns an idle resource and creates none. If other callers wait it returns none.
func TestTryAcquire(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	if _, ok := p.TryAcquire(); ok {
		t.Error("empty pool: got a resource, want none")
	}
	h := get(t, p)
	h.Release()
	if h, ok := p.TryAcquire(); !ok {
		t.Error("one idle: got none, want it")
	} else {
		h.Release()
	}
	shutDown(t, p, &s)
	if _, ok := p.TryAcquire(); ok {
		t.Error("closed pool: got a resource, want none")
	}
}

// Resize takes effect at once. A higher Max serves waiters. A lower Max closes idle resources at once, and others
// when they come back.
func TestResize(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	held := []*Handle[*conn]{get(t, p)}
	got := make(chan *Handle[*conn])
	for range 3 {
		go func() { got <- get(t, p) }()
	}
	waiting(t, p, 3)
	p.Resize(4)
	for range 3 {
		held = append(held, <-got)
	}
	held[0].Release()
	held[1].Release()
	p.Resize(3)
	if st := p.Stats(); st.Max != 3 || st.Idle != 1 || st.InUse != 2 {
		t.Errorf("Resize to 3: got %v, want 1 idle and 2 in use", st)
	}
	p.Resize(1)
	if _, ok := p.TryAcquire(); ok {
		t.Error("2 in use of 1: got a resource, want none")
	}
	go func() { got <- get(t, p) }()
	waiting(t, p, 1)
	held[2].Release() // one too many, so it is closed although somebody waits
	until(t, "the surplus is closed", func() bool { return p.Stats().Live == 1 })
	if n := p.Stats().Waiting; n != 1 {
		t.Errorf("2 in use of 1, one released: got %d waiters, want 1", n)
	}
	held[3].Release()
	(<-got).Release()
	if c := p.Stats().ClosedBy; c.Surplus != 3 {
		t.Errorf("got %d closed as surplus, want 3", c.Surplus)
	}
	for _, n := range []int{0, -1, LimitMax + 1} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Resize(%d) did not panic", n)
				}
			}()
			p.Resize(n)
		}()
	}
	shutDown(t, p, &s)
}

// MaxIdle bounds the number of idle resources.
func TestMaxIdle(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 4, MaxIdle: 2})
	var held []*Handle[*conn]
	for range 4 {
		held = append(held, get(t, p))
	}
	for _, h := range held {
		h.Release()
	}
	if st := p.Stats(); st.Idle != 2 || st.ClosedBy.Surplus != 2 {
		t.Errorf("got %d idle and %d closed, want 2 and 2", st.Idle, st.ClosedBy.Surplus)
	}
	shutDown(t, p, &s)
}

// The resource released last is acquired first, so that those that are not needed age.
func TestLIFO(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 3})
	a, b, c := get(t, p), get(t, p), get(t, p)
	want := []*conn{b.Value(), c.Value(), a.Value()}
	for _, h := range []*Handle[*conn]{a, c, b} {
		h.Release()
	}
	for i, w := range want {
		if h := get(t, p); h.Value() != w {
			t.Errorf("Acquire %d: got conn %d, want %d", i, h.Value().id, w.id)
		} else {
			defer h.Release()
		}
	}
	defer func() { go shutDown(t, p, nil) }()
}

// The tag of the head may wrap.
func TestTagWraps(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 2})
	get(t, p).Release()
	p.idle.head.Store(p.idle.head.Load() - 3*tagOne)
	for range 8 {
		a, b := get(t, p), get(t, p)
		a.Release()
		b.Release()
	}
	if st := p.Stats(); st.Idle != 2 || st.Created != 2 {
		t.Errorf("got %v, want 2 created and idle", st)
	}
	shutDown(t, p, &s)
}

// White box: a slot that is retired just when it becomes idle is not lent, although it is on the stack.
func TestRetired(t *testing.T) {
	for _, try := range []bool{false, true} {
		var s server
		p := s.on(t, Options[*conn]{Max: 2})
		get(t, p).Release()
		p.mu.Lock()
		p.slot(0).retire(drained)
		p.mu.Unlock()
		if try {
			if _, ok := p.TryAcquire(); ok {
				t.Error("TryAcquire returned what is retired")
			}
		} else {
			h := get(t, p)
			if h.Value().id != 2 {
				t.Error("Acquire returned what is retired")
			}
			h.Release()
		}
		until(t, "it is closed", func() bool { return p.Stats().ClosedBy.Drained == 1 })
		shutDown(t, p, &s)
	}
}
