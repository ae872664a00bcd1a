package resource

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// Waiters are served in the order in which they came, and nobody gets ahead of them.
func TestFIFO(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	h := get(t, p)
	const n = 50
	order := make(chan int, n)
	for i := range n {
		go func() {
			h := get(t, p)
			order <- i
			if _, ok := p.TryAcquire(); ok {
				t.Error("TryAcquire: got a resource while others wait for the only one")
			}
			h.Release()
		}()
		waiting(t, p, i+1)
	}
	h.Release()
	for i := range n {
		if got := <-order; got != i {
			t.Fatalf("served as number %d: got waiter %d", i, got)
		}
	}
	until(t, "the last released", func() bool { return p.Stats().Idle == 1 })
	shutDown(t, p, &s)
}

// Nobody waits much longer than the others: 64 goroutines share 8 resources and hold each for 10 µs in the mean. A
// clock that moves only while all wait measures the queue alone, not the operating system's time slices.
func TestLongestWait(t *testing.T) {
	const resources, goroutines, ops, hold = 8, 64, 100_000 / 64, 10 * time.Microsecond
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: resources})
		waits := make([][]time.Duration, goroutines)
		var users sync.WaitGroup
		for g := range goroutines {
			random := rand.New(rand.NewPCG(uint64(g), 1))
			users.Go(func() {
				for range ops {
					begun := time.Now()
					h := get(t, p)
					waits[g] = append(waits[g], time.Since(begun))
					time.Sleep(time.Duration(random.Int64N(int64(2 * hold))))
					h.Release()
				}
			})
		}
		users.Wait()
		all := slices.Sorted(slices.Values(slices.Concat(waits...)))
		median, longest := all[len(all)/2], all[len(all)-1]
		if least := (goroutines - resources) * hold / resources / 2; median < least || longest > 5*median {
			t.Errorf("of %d waits the longest was %v, the median %v: want at most 5 times that, and a median over %v", len(all), longest, median, least)
		}
		t.Logf("longest %v, median %v", longest, median)
		shutDown(t, p, &s)
	})
}

// However many waiters give up, and at whatever moment, no place is lost and no memory is kept.
func TestCancelAtRandom(t *testing.T) {
	var s server
	const places, waiters = 3, 10_000
	p := s.on(t, Options[*conn]{Max: places})
	random := seeded(t)
	objects := func() int64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return int64(m.HeapObjects)
	}
	var before int64
	for round := range 2 {
		cancelAtRandom(t, p, random, places, waiters)
		if round == 0 {
			before = objects() // the runtime keeps what goroutines need
		}
	}
	if grown := objects() - before; grown > waiters/10 {
		t.Errorf("%d objects more on the heap than after the first round", grown)
	}
	if st := p.Stats(); st.Waiting != 0 || st.Timeouts != st.Cancelled || st.Timeouts+st.Acquired != 2*(waiters+2*places) {
		t.Errorf("got %+v, want each waiter counted as served or cancelled", st)
	}
	shutDown(t, p, &s)
}

func cancelAtRandom(t *testing.T, p *Pool[*conn], random *rand.Rand, places, waiters int) {
	cause := errors.New("no longer wanted")
	held := make([]*Handle[*conn], places)
	for i := range held {
		held[i] = get(t, p)
	}
	cancels := make([]context.CancelCauseFunc, waiters)
	var wg sync.WaitGroup
	for i := range waiters {
		ctx, cancel := context.WithCancelCause(context.Background())
		cancels[i] = cancel
		wg.Go(func() {
			h, err := p.Acquire(ctx)
			switch {
			case err == nil:
				h.Release()
			case !errors.Is(err, context.Canceled) || !errors.Is(err, cause):
				t.Errorf("Acquire: got %v, want one that wraps the context's error and its cause", err)
			}
		})
	}
	waiting(t, p, waiters)
	for n, i := range random.Perm(waiters) {
		cancels[i](cause)
		if n == waiters/2 {
			for _, h := range held {
				h.Release() // from here on the hand-over and the cancel race
			}
		}
	}
	wg.Wait()
	for i := range held {
		h, ok := p.TryAcquire()
		if !ok {
			t.Fatalf("only %d of %d places are left", i, places)
		}
		held[i] = h
	}
	for _, h := range held {
		h.Release()
	}
}

// A waiter whose context ends while it is given a resource passes the resource on, to the next waiter or to the
// stack.
func TestCancelAgainstHandOver(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	end := time.Now().Add(stressTime())
	rounds, lost := 0, 0
	for random := seeded(t); time.Now().Before(end); rounds++ {
		h := get(t, p)
		ctx, cancel := context.WithCancel(context.Background())
		next := make(chan bool, 2)
		go func() {
			h, err := p.Acquire(ctx)
			if err == nil {
				h.Release()
			}
			next <- err == nil
		}()
		if rounds%2 == 0 {
			waiting(t, p, 1)
		}
		spins := random.IntN(400)
		go func() {
			for range spins {
			}
			cancel()
		}()
		h.Release()
		if !<-next {
			lost++
		}
		h, ok := p.TryAcquire()
		if !ok {
			t.Fatal("the resource is neither idle nor anybody's")
		}
		h.Release()
		cancel()
	}
	t.Logf("%d rounds, %d cancelled", rounds, lost)
	shutDown(t, p, &s)
}

// White box: a waiter that was given a slot, but whose context has ended, gives the slot to the next.
func TestCancelledWaiterPassesOn(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	h := get(t, p)
	ctx, cancel := context.WithCancel(context.Background())
	first := newWaiter[*conn](ctx, 1)
	p.mu.Lock()
	p.block()
	p.waiters.pushBack(first)
	p.unlock()
	second := make(chan *Handle[*conn])
	go func() { second <- get(t, p) }()
	waiting(t, p, 2)
	h.Release() // goes to the first waiter, which does not look yet
	cancel()
	<-first.ready
	if _, err := p.wait(ctx, first, ctx.Done()); !errors.Is(err, context.Canceled) {
		t.Fatalf("got %v, want the context's error", err)
	}
	select {
	case h := <-second:
		h.Release()
	case <-time.After(10 * time.Second):
		t.Fatal("the next waiter was not served within 10 s")
	}
	if st := p.Stats(); st.Waited != 2 || st.Idle != 1 { // the wait for New, and the second waiter
		t.Errorf("got %v, want the cancelled one not counted among those that waited", st)
	}
	shutDown(t, p, &s)
}

// Errors say what has happened and wrap what callers look for.
func TestErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 1, MaxWaiters: 1, MaxWait: time.Second, Name: "db"})
		cause := errors.New("shutting down")
		ended, cancel := context.WithCancelCause(context.Background())
		cancel(cause)
		_, err := p.Acquire(ended)
		wantError(t, "context that had ended", err, context.Canceled, cause)
		wantText(t, err.Error(), `("db")`)
		h := get(t, p)
		timed, stop := context.WithTimeoutCause(context.Background(), 10*time.Millisecond, cause)
		defer stop()
		_, err = p.Acquire(timed)
		wantError(t, "context that timed out", err, context.DeadlineExceeded, cause)
		begun := time.Now()
		go func() {
			time.Sleep(time.Millisecond)
			_, err := p.Acquire(context.Background())
			wantError(t, "one waiter too many", err, ErrExhausted)
			wantText(t, err.Error(), "1 are alive and 1 callers wait")
		}()
		_, err = p.Acquire(context.Background())
		wantError(t, "MaxWait", err, ErrExhausted)
		if d := time.Since(begun); d != time.Second {
			t.Errorf("MaxWait: waited %v, want 1 s", d)
		}
		h.Release()
		if st := p.Stats(); st.Timeouts != 2 || st.Cancelled != 1 || st.Exhausted != 2 {
			t.Errorf("got %+v, want 2 timeouts, 1 of them cancelled, 2 exhausted", st)
		}
		shutDown(t, p, &s)
		_, err = p.Acquire(context.Background())
		wantError(t, "closed", err, ErrClosed)
	})
}

// MaxWait also limits the wait for a New that fails, and the error says that New failed.
func TestMaxWaitWhileNewFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server{down: errDown}
		p := s.on(t, Options[*conn]{Max: 1, MaxWait: time.Millisecond})
		_, err := p.Acquire(context.Background())
		wantError(t, "New fails", err, errDown)
		_, err = p.Acquire(context.Background()) // during the delay
		wantError(t, "MaxWait is over before New is called again", err, ErrExhausted, errDown)
		shutDown(t, p, &s)
	})
}

// MaxWaiters does not count callers for whom a resource is being created. If it is negative nobody may wait.
func TestMaxWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server{slow: time.Second}
		p := s.on(t, Options[*conn]{Max: 4, MaxWaiters: -1})
		var wg sync.WaitGroup
		var held [4]*Handle[*conn]
		for i := range held {
			wg.Go(func() { held[i] = get(t, p) })
		}
		wg.Wait()
		_, err := p.Acquire(context.Background())
		wantError(t, "all in use", err, ErrExhausted)
		s.set(errDown)
		for _, h := range held {
			h.Discard(nil)
		}
		time.Sleep(time.Minute)
		_, err = p.Acquire(context.Background())
		wantError(t, "New fails", err, errDown)
		_, err = p.Acquire(context.Background())
		wantError(t, "nobody may wait for the next New", err, ErrExhausted, errDown)
		shutDown(t, p, &s)
	})
}
