package resource

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"runtime"
	"testing"
	"testing/synctest"
	"time"
)

// silence keeps the log out of the tests' output.
func silence(t *testing.T) {
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	t.Cleanup(func() { slog.SetDefault(old) })
}

// faults are the ways in which a hook goes wrong.
var faults = map[string]func(release chan struct{}) error{
	"fails":  func(chan struct{}) error { return errBroken },
	"panics": func(chan struct{}) error { panic("hook") },
	"exits":  func(chan struct{}) error { runtime.Goexit(); return nil },
	"hangs":  func(release chan struct{}) error { <-release; return nil },
}

// A hook that fails, panics, exits or hangs costs its resource and nothing else. Other callers are served within
// HookTimeout, and every place is free again once the hook has returned.
func TestHookFaults(t *testing.T) {
	silence(t)
	for name, fault := range faults {
		for _, hook := range []string{"Close", "Check", "Reset"} {
			t.Run(hook+" "+name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var s server
					release := make(chan struct{})
					o := Options[*conn]{Max: 2, HookTimeout: time.Second}
					bad := func(ctx context.Context, c *conn) error {
						if c.id == 1 {
							if hook == "Close" {
								s.close(ctx, c)
							}
							return fault(release)
						}
						if hook == "Close" {
							return s.close(ctx, c)
						}
						return nil
					}
					switch hook {
					case "Close":
						o.Close = bad
					case "Check":
						o.Check = bad
					case "Reset":
						o.Reset = bad
					}
					p := s.on(t, o)
					h := get(t, p)
					if hook == "Close" {
						h.Discard(errBroken)
					}
					begun := time.Now()
					h.Release()
					h = get(t, p)
					if h.Value().id == 1 {
						t.Error("the resource of the faulty hook was lent again")
					}
					if d := time.Since(begun); d > time.Second+grace {
						t.Errorf("Release and Acquire took %v, want HookTimeout at most", d)
					}
					time.Sleep(10 * time.Second)
					st := p.Stats()
					if name == "hangs" && (st.Live != 2 || st.Overdue != 1) {
						t.Errorf("it hangs: got %+v, want its place taken", st)
					}
					if name != "hangs" && st.Live != 1 {
						t.Errorf("got %v, want its place free", st)
					}
					close(release)
					synctest.Wait()
					st = p.Stats()
					by := map[string]uint64{
						"Close": st.ClosedBy.Broken, "Check": st.ClosedBy.Unhealthy, "Reset": st.ClosedBy.NotReset,
					}[hook]
					if hook != "Close" {
						switch name {
						case "hangs":
							by = st.ClosedBy.Overdue
						case "panics", "exits":
							by = st.ClosedBy.Panicked
						}
					}
					if st.Closed != 1 || by != 1 || st.Live != 1 || st.Overdue != 0 {
						t.Errorf("it has returned: got %+v, want one closed under its reason", st)
					}
					h.Release()
					shutDown(t, p, &s)
				})
			})
		}
	}
}

// Release waits for Reset. So the next caller finds the resource, and the pool need not create another.
func TestReset(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 2, Reset: func(context.Context, *conn) error { time.Sleep(time.Second); return nil }})
		for range 3 {
			begun := time.Now()
			get(t, p).Release()
			if d := time.Since(begun); d != time.Second {
				t.Errorf("Release took %v, want the second of Reset", d)
			}
		}
		if st := p.Stats(); st.Created != 1 || st.Idle != 1 {
			t.Errorf("got %v, want one made", st)
		}
		shutDown(t, p, &s)
	})
}

// Check is called only for a resource that was idle for CheckIdle or longer. 0 means at every Acquire of a resource
// that was used before.
func TestCheckIdle(t *testing.T) {
	for _, tt := range []struct {
		checkIdle, idle time.Duration
		want            int
	}{
		{0, 0, 1},
		{0, time.Hour, 1},
		{time.Second, time.Second - 1, 0},
		{time.Second, time.Second, 1},
		{-1, time.Hour, 0},
	} {
		synctest.Test(t, func(t *testing.T) {
			var s server
			checks := 0
			p := s.on(t, Options[*conn]{Max: 1, CheckIdle: tt.checkIdle, Check: func(context.Context, *conn) error { checks++; return nil }})
			h := get(t, p)
			if checks != 0 {
				t.Error("a resource made for its caller was checked")
			}
			h.Release()
			time.Sleep(tt.idle)
			get(t, p).Release()
			if checks != tt.want {
				t.Errorf("CheckIdle %v, idle for %v: got %d checks, want %d", tt.checkIdle, tt.idle, checks, tt.want)
			}
			shutDown(t, p, &s)
		})
	}
}

// A Check delays only its own caller. If that caller leaves, the resource serves the next.
func TestCheckBlocksNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 2, CheckIdle: time.Second, Check: func(ctx context.Context, c *conn) error {
			time.Sleep(time.Minute / 4)
			return ctx.Err()
		}})
		a, b := get(t, p), get(t, p)
		a.Release()
		time.Sleep(time.Minute)
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		left := make(chan error)
		go func() {
			_, err := p.Acquire(ctx)
			left <- err
		}()
		synctest.Wait()
		b.Release()
		begun := time.Now()
		c := get(t, p)
		if d := time.Since(begun); d != 0 {
			t.Errorf("waited %v for another caller's Check", d)
		}
		wantError(t, "the caller whose context ended", <-left, context.DeadlineExceeded)
		begun = time.Now()
		d := get(t, p) // gets the resource that the first caller's Check was for
		if w := time.Since(begun); w > time.Minute/4 {
			t.Errorf("waited %v, want no longer than the Check under way", w)
		}
		c.Release()
		d.Release()
		if st := p.Stats(); st.Created != 2 {
			t.Errorf("got %d made, want 2", st.Created)
		}
		shutDown(t, p, &s)
	})
}

// A caller that got an unfit resource keeps its place in the order.
func TestUnfitKeepsTheOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 1, Check: func(_ context.Context, c *conn) error {
			if c.id == 1 {
				time.Sleep(time.Second)
				return errBroken
			}
			return nil
		}})
		h := get(t, p)
		order := make(chan int, 2)
		for i := range 2 {
			go func() {
				h := get(t, p)
				order <- i
				h.Release()
			}()
			synctest.Wait()
		}
		h.Release()
		if first := <-order; first != 0 {
			t.Errorf("waiter %d was served first, want the oldest", first)
		}
		<-order
		synctest.Wait()
		shutDown(t, p, &s)
	})
}

// Do releases its resource, or discards it if the function does not return.
func TestDo(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1})
	if err := p.Do(context.Background(), func(*conn) error { return errBroken }); !errors.Is(err, errBroken) {
		t.Errorf("got %v, want the function's error", err)
	}
	if st := p.Stats(); st.Idle != 1 {
		t.Errorf("after an error: got %v, want it idle", st)
	}
	func() {
		defer func() {
			if recover() != "stop" {
				t.Error("the panic did not go on")
			}
		}()
		p.Do(context.Background(), func(*conn) error { panic("stop") })
	}()
	if st := p.Stats(); st.Idle != 0 || st.ClosedBy.Broken != 1 {
		t.Errorf("after a panic: got %v, want it closed", st)
	}
	shutDown(t, p, &s)
	if err := p.Do(context.Background(), nil); !errors.Is(err, ErrClosed) {
		t.Errorf("closed: got %v, want ErrClosed", err)
	}
}

// Hooks may use the pool.
func TestHooksUseThePool(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		var p *Pool[*conn]
		use := func(context.Context, *conn) error {
			p.Stats()
			p.Resize(3)
			if h, ok := p.TryAcquire(); ok {
				h.Release()
			}
			return nil
		}
		p = s.on(t, Options[*conn]{Max: 3, Check: use, Reset: use, Close: func(ctx context.Context, c *conn) error {
			return errors.Join(use(ctx, c), s.close(ctx, c))
		}})
		h := get(t, p)
		get(t, p).Discard(nil)
		h.Release()
		get(t, p).Release()
		shutDown(t, p, &s)
	})
}
