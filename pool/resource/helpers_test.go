package resource

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// conn stands for a connection.
type conn struct {
	id     int
	owner  atomic.Int64 // who has it
	closed atomic.Bool
}

// server creates and closes conns. It counts those alive as a server would: from before New begins until after
// Close has ended.
type server struct {
	t       testing.TB
	mu      sync.Mutex
	alive   int
	most    int
	made    int
	closed  []*conn
	dialing int // calls of New under way
	dials   int
	storm   int // the most at once
	down    error
	slow    time.Duration // of New and Close
}

func (s *server) dial(context.Context) (*conn, error) {
	s.mu.Lock()
	s.alive++
	s.most = max(s.most, s.alive)
	s.dials++
	s.dialing++
	s.storm = max(s.storm, s.dialing)
	slow := s.slow
	s.mu.Unlock()
	if slow > 0 {
		time.Sleep(slow)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.dialing--
	if s.down != nil {
		s.alive--
		return nil, s.down
	}
	s.made++
	return &conn{id: s.made}, nil
}

func (s *server) close(_ context.Context, c *conn) error {
	s.mu.Lock()
	slow := s.slow
	s.mu.Unlock()
	if slow > 0 {
		time.Sleep(slow)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.closed.Swap(true) {
		s.t.Errorf("conn %d was closed twice", c.id)
	}
	s.alive--
	s.closed = append(s.closed, c)
	return nil
}

// set changes what dial does.
func (s *server) set(down error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *server) state() (alive, most, made, dials int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.alive, s.most, s.made, s.dials
}

// stormed returns how many dials were under way at once since the last call.
func (s *server) stormed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := s.storm
	s.storm = 0
	return n
}

// on returns a pool of the server's conns.
func (s *server) on(t testing.TB, o Options[*conn]) *Pool[*conn] {
	t.Helper()
	s.t = t
	if o.New == nil {
		o.New = s.dial
	}
	if o.Close == nil {
		o.Close = s.close
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// get acquires.
func get[T any](t testing.TB, p *Pool[T]) *Handle[T] {
	t.Helper()
	h, err := p.Acquire(context.Background())
	if err != nil {
		t.Fatalf("Acquire: got %v, want a resource", err)
	}
	return h
}

// shutDown closes the pool, which must have all resources back, and checks its figures.
func shutDown(t testing.TB, p *Pool[*conn], s *server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := p.Close(ctx); err != nil {
		t.Errorf("Close: got %v, want nil", err)
	}
	st := p.Stats()
	if st.Live != 0 || st.Idle != 0 || st.InUse != 0 || st.Waiting != 0 {
		t.Errorf("after Close: got %v, want nothing alive", st)
	}
	if st.Created != st.Closed+st.Hijacked {
		t.Errorf("after Close: %d created, want Closed + Hijacked: %d + %d", st.Created, st.Closed, st.Hijacked)
	}
	if s == nil {
		return
	}
	if alive, most, made, _ := s.state(); alive != 0 || uint64(made) != st.Created {
		t.Errorf("after Close: the server has %d alive (%d at most) and %d made, want 0 and %d", alive, most, made, st.Created)
	}
}

// until waits until ok returns true, and fails the test if it does not.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(50 * time.Microsecond) {
		if time.Now().After(end) {
			t.Fatalf("%s: not within 20 s", what)
		}
	}
}

// waiting waits until so many callers wait.
func waiting[T any](t testing.TB, p *Pool[T], n int) {
	t.Helper()
	until(t, fmt.Sprintf("%d waiters", n), func() bool { return p.Stats().Waiting == n })
}

// stressTime is how long a stress test runs.
func stressTime() time.Duration {
	if d, err := time.ParseDuration(os.Getenv("PLUNGE_STRESS")); err == nil {
		return d
	}
	return 200 * time.Millisecond
}

// seeded returns a random generator, and prints its seed.
func seeded(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func wantError(t testing.TB, what string, got error, want ...error) {
	t.Helper()
	for _, w := range want {
		if !errors.Is(got, w) {
			t.Errorf("%s: got error %v, want one that wraps %v", what, got, w)
		}
	}
}

func wantText(t testing.TB, got, want string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("got %q, want %q in it", got, want)
	}
}
