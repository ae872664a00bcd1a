package interop

import (
	"context"
	"errors"
	"math/rand/v2"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool/pooltest"
	"github.com/plungepool/plunge/pool/resource"
)

const (
	places = 8  // Max of each resource.Pool
	users  = 64 // goroutines that share one

	// slack is by how much a call may outlast its context. One that ignores it lasts for a HookTimeout, or for ever.
	slack = 2 * time.Second

	// patience is how long a test waits for what has to come.
	patience = 20 * time.Second
)

// lasting returns d, for which a test goes on, or fifty times that if PLUNGE_INTEROP is full.
func lasting(d time.Duration) time.Duration { return time.Duration(times(int(d))) }

// census counts what the hooks of a pool do, from before New is called until after Close has returned.
type census struct {
	dials, failed, made, closed atomic.Int64

	alive, dialing atomic.Int64 // now
	most, storm    atomic.Int64 // the most of each
}

// counted is o with its New and Close counted by c, and with stacks recorded.
func counted[T any](c *census, o resource.Options[T]) resource.Options[T] {
	dial, shut := o.New, o.Close
	o.New = func(ctx context.Context) (T, error) {
		c.dials.Add(1)
		raise(&c.most, c.alive.Add(1))
		raise(&c.storm, c.dialing.Add(1))
		v, err := dial(ctx)
		c.dialing.Add(-1)
		if err != nil {
			c.failed.Add(1)
			c.alive.Add(-1)
		} else {
			c.made.Add(1)
		}
		return v, err
	}
	o.Close = func(ctx context.Context, v T) error {
		err := shut(ctx, v)
		c.closed.Add(1)
		c.alive.Add(-1)
		return err
	}
	o.Max = places
	o.Stacks = true
	return o
}

// raise sets a to n if that is more.
func raise(a *atomic.Int64, n int64) {
	for old := a.Load(); n > old && !a.CompareAndSwap(old, n); old = a.Load() {
	}
}

// open makes a pool.
func open[T any](t *testing.T, o resource.Options[T]) *resource.Pool[T] {
	t.Helper()
	p, err := resource.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// finish closes the pool, which must have everything back, and compares its figures with what the hooks counted.
func finish[T any](t *testing.T, p *resource.Pool[T], c *census) {
	t.Helper()
	pooltest.AssertNoLeaks(t, p)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	s := p.Stats()
	t.Logf("%v; closed by reason: %+v", s, s.ClosedBy)
	if s.Live != 0 || s.Idle != 0 || s.InUse != 0 || s.Waiting != 0 || s.Overdue != 0 {
		t.Errorf("after Close: got %v, want nothing alive", s)
	}
	if s.Created != s.Closed+s.Hijacked || s.Closed != s.ClosedBy.Total() {
		t.Errorf("after Close: got %d created, %d closed, %d of these with a reason; want as many", s.Created, s.Closed, s.ClosedBy.Total())
	}
	if s.Peak > places || c.most.Load() > places {
		t.Errorf("got %d alive at a time, %d as the hooks counted; want %d at most", s.Peak, c.most.Load(), places)
	}
	for _, f := range []struct {
		what string
		got  uint64
		want int64
	}{
		{"Created", s.Created, c.made.Load()},
		{"Closed", s.Closed, c.closed.Load()},
		{"Failed", s.Failed, c.failed.Load()},
	} {
		if f.got != uint64(f.want) {
			t.Errorf("%s: got %d, want %d as the hooks counted", f.what, f.got, f.want)
		}
	}
}

// goroutines returns a check that there are as many as now.
func goroutines(t *testing.T) (check func()) {
	t.Helper()
	before := runtime.NumGoroutine()
	return func() {
		t.Helper()
		if t.Failed() {
			return // whatever it was may have left some
		}
		for end := time.Now().Add(patience); runtime.NumGoroutine() > before; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Errorf("got %d goroutines, want %d as before", runtime.NumGoroutine(), before)
				_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
				return
			}
		}
	}
}

// errWrong means that an answer is not what was asked for.
var errWrong = errors.New("wrong answer")

// crowd is goroutines that use a pool until they are told to stop.
type crowd struct {
	t      *testing.T
	limit  time.Duration // of each use and the wait for it
	ending chan struct{}
	wg     sync.WaitGroup

	done                   [users]atomic.Int64 // uses that went well, of each goroutine
	tries, refused, broken atomic.Int64        // Acquires, of these failed; uses that failed
	latest                 atomic.Int64        // the longest time from a context's end to the error, in nanoseconds
}

// gather starts a crowd. Each use of a resource is a call of use; on an error the resource is discarded.
func gather[T any](t *testing.T, p *resource.Pool[T], limit time.Duration, use func(ctx context.Context, rnd *rand.Rand, v T) error) *crowd {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	c := &crowd{t: t, limit: limit, ending: make(chan struct{})}
	barrier := make(chan struct{})
	for i := range users {
		c.wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(i)))
			<-barrier
			for {
				select {
				case <-c.ending:
					return
				default:
					visit(c, i, p, rnd, use)
				}
			}
		})
	}
	close(barrier)
	return c
}

// visit is one use of goroutine i's.
func visit[T any](c *crowd, i int, p *resource.Pool[T], rnd *rand.Rand, use func(context.Context, *rand.Rand, T) error) {
	ctx, cancel := context.WithTimeout(context.Background(), c.limit)
	defer cancel()
	end := time.Now().Add(c.limit)
	defer func() { raise(&c.latest, int64(time.Since(end))) }()
	c.tries.Add(1)
	h, err := p.Acquire(ctx)
	if err != nil {
		c.refused.Add(1)
		if errors.Is(err, resource.ErrClosed) {
			c.t.Errorf("Acquire: got %v, want another error", err)
		}
		return
	}
	switch err := use(ctx, rnd, h.Value()); {
	case err == nil:
		c.done[i].Add(1)
		h.Release()
		return
	case errors.Is(err, errWrong):
		c.t.Error(err)
		fallthrough
	default:
		c.broken.Add(1)
		h.Discard(err)
	}
}

// goOn waits until each goroutine has used a resource n times more.
func (c *crowd) goOn(what string, n int64) {
	c.t.Helper()
	began := time.Now()
	var want [users]int64
	for i := range c.done {
		want[i] = c.done[i].Load() + n
	}
	for i := range c.done {
		for c.done[i].Load() < want[i] {
			if time.Since(began) > patience {
				close(c.ending)
				c.t.Fatalf("%s: goroutine %d does not go on: got %d uses, want %d", what, i, c.done[i].Load(), want[i])
			}
			time.Sleep(time.Millisecond)
		}
	}
	c.t.Logf("%s: all goroutines went on within %v", what, time.Since(began).Round(time.Millisecond))
}

// total is how many uses went well.
func (c *crowd) total() int64 {
	n := int64(0)
	for i := range c.done {
		n += c.done[i].Load()
	}
	return n
}

// stop ends the crowd, and checks that no call lasted longer than its context.
func (c *crowd) stop() {
	c.t.Helper()
	close(c.ending)
	c.wg.Wait()
	c.t.Logf("%d uses went well, %d Acquires failed, %d uses failed; at most %v after the context's end",
		c.total(), c.refused.Load(), c.broken.Load(), max(0, time.Duration(c.latest.Load()).Round(time.Millisecond)))
	if late := time.Duration(c.latest.Load()); late > slack {
		c.t.Errorf("a call returned %v after its context had ended, want %v at most", late, slack)
	}
}

// eventually waits for what has to come true.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within %v", what, patience)
		}
	}
}
