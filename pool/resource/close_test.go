package resource

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// Close wakes waiters, closes idle resources, and waits for those in use. It says who has them if they do not come
// back in time.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 2, Name: "db", Stacks: true})
		a, b := get(t, p), get(t, p)
		woken := make(chan error)
		go func() {
			_, err := p.Acquire(context.Background())
			woken <- err
		}()
		synctest.Wait()
		ctx, cancel := context.WithTimeoutCause(context.Background(), time.Second, errDown)
		defer cancel()
		begun := time.Now()
		err := p.Close(ctx)
		if d := time.Since(begun); d != time.Second {
			t.Errorf("Close: waited %v, want until the context ended", d)
		}
		wantError(t, "the waiter", <-woken, ErrClosed)
		wantError(t, "Close", err, context.DeadlineExceeded, errDown)
		var held *HeldError
		if !errors.As(err, &held) || held.InUse != 2 || held.Busy != 0 || len(held.Holders) != 2 {
			t.Fatalf("Close: got %v, want a HeldError with two holders", err)
		}
		wantText(t, err.Error(), "resource.TestClose")
		wantText(t, err.Error(), `pool "db": 2 in use`)
		a.Release()
		go func() {
			time.Sleep(time.Second)
			b.Release()
		}()
		shutDown(t, p, &s) // waits
		if c := p.Stats().ClosedBy; c.Closed != 2 {
			t.Errorf("got %+v, want both closed by Close", c)
		}
		if err := p.Close(context.Background()); err != nil {
			t.Errorf("a further Close: got %v, want nil", err)
		}
	})
}

// Close cancels a New that is under way, and closes the resource if New returns one all the same.
func TestCloseDuringNew(t *testing.T) {
	for _, heeds := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			var s server
			p := s.on(t, Options[*conn]{Max: 1, New: func(ctx context.Context) (*conn, error) {
				select {
				case <-ctx.Done():
					if !errors.Is(context.Cause(ctx), ErrClosed) {
						t.Errorf("New's context: got cause %v, want ErrClosed", context.Cause(ctx))
					}
					if heeds {
						return nil, ctx.Err()
					}
				case <-time.After(time.Second):
				}
				return s.dial(ctx)
			}})
			var wg sync.WaitGroup
			wg.Go(func() {
				_, err := p.Acquire(context.Background())
				wantError(t, "the caller", err, ErrClosed)
			})
			synctest.Wait()
			shutDown(t, p, &s)
			wg.Wait()
			if st := p.Stats(); (st.Created == 1) == heeds || st.Closed != st.Created {
				t.Errorf("New heeds its context %v: got %v, want what it made closed", heeds, st)
			}
		})
	}
}

// A Close hook that hangs does not make Close hang; its errors are reported.
func TestCloseOfHungClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		hang := make(chan struct{})
		p := s.on(t, Options[*conn]{Max: 3, HookTimeout: time.Minute, Close: func(ctx context.Context, c *conn) error {
			if c.id == 1 {
				<-hang
			}
			s.close(ctx, c)
			return errBroken
		}})
		fill(t, p, 3)
		begun := time.Now()
		err := p.Close(context.Background())
		if d := time.Since(begun); d != time.Minute+grace {
			t.Errorf("Close: waited %v, want HookTimeout", d)
		}
		var held *HeldError
		if !errors.As(err, &held) || held.Overdue != 1 || held.InUse != 0 || held.Cause != nil {
			t.Errorf("Close: got %v, want a HeldError with one overdue", err)
		}
		wantError(t, "Close", err, errBroken)
		close(hang)
		synctest.Wait()
		if st := p.Stats(); st.CloseErrors != 3 || st.Live != 0 {
			t.Errorf("got %+v, want 3 errors and nothing alive", st)
		}
		shutDown(t, p, &s)
	})
}

// Drain closes all resources, refuses callers meanwhile, and leaves the pool ready for use. A resource that does
// not come back in time is closed when it does.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 3, MinIdle: 1})
		fill(t, p, 3)
		h := get(t, p)
		go func() {
			time.Sleep(500 * time.Millisecond)
			_, err := p.Acquire(context.Background())
			wantError(t, "Acquire during Drain", err, ErrClosed)
			wantText(t, err.Error(), "drained")
		}()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		err := p.Drain(ctx)
		wantError(t, "Drain", err, context.DeadlineExceeded)
		var held *HeldError
		if !errors.As(err, &held) || held.InUse != 1 {
			t.Errorf("Drain: got %v, want a HeldError with one in use", err)
		}
		other := get(t, p)
		if c := other.Value(); c.id <= 3 {
			t.Errorf("after Drain: got conn %d of before", c.id)
		}
		h.Release()
		synctest.Wait()
		if !h2closed(&s, 3) {
			t.Error("what was in use during Drain was not closed at its release")
		}
		other.Release()
		if err := p.Drain(context.Background()); err != nil {
			t.Errorf("Drain: got %v, want nil", err)
		}
		synctest.Wait()
		if st := p.Stats(); st.Idle != 1 || st.ClosedBy.Drained != st.Closed {
			t.Errorf("after the second Drain: got %v, want MinIdle created again", st)
		}
		shutDown(t, p, &s)
	})
}

func h2closed(s *server, n int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.closed) >= n
}

// A resource that is in a hook during a Drain that gives up is not lent afterwards.
func TestDrainDuringHooks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		slow := func(context.Context, *conn) error { time.Sleep(time.Minute); return nil }
		p := s.on(t, Options[*conn]{Max: 2, HookTimeout: time.Hour, Reset: slow, New: func(ctx context.Context) (*conn, error) {
			time.Sleep(time.Minute)
			return s.dial(ctx)
		}})
		h := get(t, p)
		go h.Release()
		go p.Acquire(context.Background())
		synctest.Wait()
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		var held *HeldError
		if err := p.Drain(ctx); !errors.As(err, &held) || held.Busy != 2 {
			t.Errorf("Drain: got %v, want a HeldError with 2 in hooks", err)
		}
		time.Sleep(time.Hour)
		if st := p.Stats(); st.Live != 0 || st.ClosedBy.Drained != 2 {
			t.Errorf("got %+v, want both closed by Drain", st)
		}
		shutDown(t, p, &s)
	})
}

// A Handle is for one loan: later calls do not affect the next holder of the resource.
func TestStaleHandle(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	stale := get(t, p)
	stale.Release()
	h := get(t, p)
	c := h.Value()
	stale.Release()
	stale.Discard(errBroken)
	for what, call := range map[string]func(){"Value": func() { stale.Value() }, "Hijack": func() { stale.Hijack() }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s of a stale Handle did not panic", what)
				}
			}()
			call()
		}()
	}
	if h.Value() != c || p.Stats().InUse != 1 {
		t.Error("a stale Handle ended another's loan")
	}
	if h.Hijack() != c {
		t.Error("Hijack: got another resource")
	}
	if st := p.Stats(); st.Live != 0 || st.Hijacked != 1 || st.Closed != 0 {
		t.Errorf("Hijack: got %v, want its place free and nothing closed", st)
	}
	h.Release()
	h.Discard(nil)
	new(Handle[*conn]).Release()
	shutDown(t, p, nil)
}

// If several goroutines end the same loan, one of them succeeds.
func TestEndAtOnce(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 2})
	for range 200 {
		h := get(t, p)
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				if g == 0 {
					h.Discard(nil)
				} else {
					h.Release()
				}
			})
		}
		wg.Wait()
		if st := p.Stats(); st.InUse != 0 || st.Idle > 1 || st.Live > 2 {
			t.Fatalf("got %v, want one loan ended once", st)
		}
	}
	shutDown(t, p, &s)
}

// The cause of a Discard decides how it is counted. The place is free once Close has returned.
func TestDiscard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server{slow: time.Second}
		p := s.on(t, Options[*conn]{Max: 1, Name: "discards"})
		for _, cause := range []error{errBroken, nil, context.Canceled, context.DeadlineExceeded} {
			h := get(t, p)
			begun := time.Now()
			h.Discard(cause)
			if d := time.Since(begun); d != 0 {
				t.Errorf("Discard waited %v for Close", d)
			}
			if _, most, _, _ := s.state(); most > 1 {
				t.Fatalf("%d alive, want 1 at most", most)
			}
		}
		if c := p.Stats().ClosedBy; c.Broken != 1 || c.Dropped != 1 || c.Interrupted != 2 {
			t.Errorf("got %+v, want 1 broken, 1 dropped, 2 interrupted", c)
		}
		time.Sleep(time.Minute)
		for i := range pool.All() {
			if i.Name == "discards" {
				if i.Kind != "resource" || i.Stats.Discarded.Broken != 4 || i.Stats.Created != 4 || i.Stats.InUse != 0 {
					t.Errorf("pool.All: got %+v", i)
				}
			}
		}
		shutDown(t, p, &s)
		for i := range pool.All() {
			if i.Name == "discards" {
				t.Error("pool.All lists a closed pool")
			}
		}
	})
}
