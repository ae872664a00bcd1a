package resource

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type key struct{}

// New has the values of the caller's context, but does not end with it. If the caller gives up, the resource serves
// the next. The context of New outlives the call.
func TestNewContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		var made context.Context
		p := s.on(t, Options[*conn]{Max: 1, New: func(ctx context.Context) (*conn, error) {
			if ctx.Value(key{}) != "first" {
				t.Errorf("New: got value %v, want that of the caller that asked", ctx.Value(key{}))
			}
			made = ctx
			time.Sleep(time.Second)
			if ctx.Err() != nil {
				t.Errorf("New: its context ended with the caller's: %v", ctx.Err())
			}
			return s.dial(ctx)
		}})
		ctx, cancel := context.WithTimeout(context.WithValue(context.Background(), key{}, "first"), 500*time.Millisecond)
		defer cancel()
		_, err := p.Acquire(ctx)
		wantError(t, "Acquire", err, context.DeadlineExceeded)
		begun := time.Now()
		h := get(t, p)
		if d := time.Since(begun); d != 500*time.Millisecond {
			t.Errorf("the next caller waited %v, want the 500 ms that were left", d)
		}
		time.Sleep(time.Hour)
		if made.Err() != nil {
			t.Errorf("New's context ended after the call: %v", made.Err())
		}
		h.Release()
		if _, _, made, _ := s.state(); made != 1 {
			t.Errorf("got %d made, want 1", made)
		}
		shutDown(t, p, &s)
	})
}

// When New fails its error reaches every waiter in time. The server then sees one probe at a time, after growing
// delays, instead of a storm. When New works again every caller is served.
func TestOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server{slow: 10 * time.Millisecond, down: errDown}
		p := s.on(t, Options[*conn]{Max: 8})
		var wg sync.WaitGroup
		var mu sync.Mutex
		failures, worst := 0, time.Duration(0)
		var up time.Time
		for range 64 {
			wg.Go(func() {
				for {
					begun := time.Now()
					h, err := p.Acquire(context.Background())
					if err == nil {
						time.Sleep(time.Millisecond)
						h.Release()
						return
					}
					if !errors.Is(err, errDown) {
						t.Errorf("Acquire: got %v, want one that wraps New's", err)
					}
					mu.Lock()
					failures++
					worst = max(worst, time.Since(begun))
					mu.Unlock()
				}
			})
		}
		time.Sleep(time.Minute)
		_, _, _, dials := s.state()
		if dials > 8+40 {
			t.Errorf("%d dials in a minute, want a few", dials)
		}
		if n := s.stormed(); n > 8 {
			t.Errorf("%d dials at once, want 8 at most", n)
		}
		mu.Lock()
		if worst > longestDelay+20*time.Millisecond || failures < 64 {
			t.Errorf("the longest wait for an error was %v in %d, want the longest delay, %v, at most", worst, failures, longestDelay)
		}
		mu.Unlock()
		time.Sleep(20 * time.Second)
		if n := s.stormed(); n != 1 {
			t.Errorf("%d dials at once after failures, want 1", n)
		}
		s.set(nil)
		up = time.Now()
		wg.Wait()
		if d := time.Since(up); d > longestDelay+100*time.Millisecond {
			t.Errorf("it took %v until all were served, want one delay", d)
		}
		if st := p.Stats(); st.Failed == 0 || st.Live > 8 || st.InUse != 0 {
			t.Errorf("got %v", st)
		}
		shutDown(t, p, &s)
	})
}

// An error of New does not reach callers that the resources alive serve.
func TestNewFailsWhileOthersServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 2})
		h := get(t, p)
		s.mu.Lock()
		s.slow, s.down = time.Second, errDown
		s.mu.Unlock()
		var wg sync.WaitGroup
		for range 4 {
			wg.Go(func() {
				h := get(t, p)
				time.Sleep(400 * time.Millisecond)
				h.Release()
			})
		}
		synctest.Wait()
		time.Sleep(500 * time.Millisecond)
		h.Release()
		wg.Wait()
		if st := p.Stats(); st.Failed == 0 {
			t.Error("New was not called")
		}
		h = get(t, p)
		_, err := p.Acquire(context.Background()) // nobody releases anything
		wantError(t, "nothing was handed over meanwhile", err, errDown)
		timed, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_, err = p.Acquire(timed)
		wantError(t, "context ended while New fails", err, context.DeadlineExceeded, errDown)
		h.Release()
		shutDown(t, p, &s)
	})
}

// MinIdle resources are created in the background: at first, after some were taken, and as soon as New works again.
func TestMinIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := server{slow: time.Millisecond}
		p := s.on(t, Options[*conn]{Max: 5, MinIdle: 2})
		check := func(what string, live, idle int) {
			t.Helper()
			time.Sleep(10 * time.Second)
			synctest.Wait()
			if st := p.Stats(); st.Live != live || st.Idle != idle {
				t.Errorf("%s: got %v, want %d alive, %d idle", what, st, live, idle)
			}
		}
		check("at the start", 2, 2)
		a, b := get(t, p), get(t, p)
		check("two taken", 4, 2)
		c, d := get(t, p), get(t, p)
		check("four taken", 5, 1)
		s.set(errDown)
		for _, h := range []*Handle[*conn]{a, b, c, d} {
			h.Discard(errBroken)
		}
		get(t, p).Discard(nil)
		check("all discarded", 0, 0)
		s.set(nil)
		check("the server is up again", 2, 2)
		if st := p.Stats(); st.Warmed < 4 || st.ClosedBy.Broken != 4 || st.ClosedBy.Dropped != 1 {
			t.Errorf("got %+v, want them warmed, and 4 broken and 1 dropped", st)
		}
		shutDown(t, p, &s)
	})
}

// A New that panics or exits costs an attempt: its caller gets an error.
func TestNewPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		p, err := New(Options[int]{Max: 1, New: func(context.Context) (int, error) {
			switch n++; n {
			case 1:
				panic(errBroken)
			case 2:
				runtime.Goexit()
			}
			return n, nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = p.Acquire(context.Background())
		wantError(t, "panic", err, errBroken)
		var pe *PanicError
		if !errors.As(err, &pe) || pe.Hook != "New" || len(pe.Stack) == 0 {
			t.Errorf("panic: got %v, want a PanicError with a stack", err)
		}
		_, err = p.Acquire(context.Background())
		wantText(t, err.Error(), "runtime.Goexit")
		if h := get(t, p); h.Value() != 3 {
			t.Errorf("got %d, want the third", h.Value())
		}
	})
}

// If New hangs its callers get an error after HookTimeout. It keeps only its place until it returns. The resource
// that it returns then is closed.
func TestNewHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		hang := make(chan struct{})
		var dialed atomic.Bool
		p := s.on(t, Options[*conn]{Max: 2, HookTimeout: time.Second, New: func(ctx context.Context) (*conn, error) {
			if !dialed.Swap(true) {
				<-hang
			}
			return s.dial(ctx)
		}})
		begun := time.Now()
		_, err := p.Acquire(context.Background())
		wantError(t, "New hangs", err, context.DeadlineExceeded)
		if d := time.Since(begun); d != time.Second+grace {
			t.Errorf("New hangs: failed after %v, want HookTimeout and %v", d, grace)
		}
		h := get(t, p)
		if st := p.Stats(); st.Live != 2 || st.Overdue != 1 {
			t.Errorf("New hangs: got %+v, want 2 alive, 1 overdue", st)
		}
		timed, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, err = p.Acquire(timed)
		wantError(t, "its place is taken", err, context.DeadlineExceeded)
		close(hang)
		synctest.Wait()
		if st := p.Stats(); st.Live != 1 || st.Overdue != 0 || st.ClosedBy.Overdue != 1 {
			t.Errorf("New has returned: got %+v, want its resource closed", st)
		}
		h.Release()
		shutDown(t, p, &s)
	})
}
