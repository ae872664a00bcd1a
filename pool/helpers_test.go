package pool_test

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// item is what most tests pool. Only its holder may use the fields other than destroyed.
type item struct {
	id        int
	uses      int
	_         *item // so the allocator does not treat items as tiny objects
	destroyed atomic.Int32
}

// ledger counts the items that a pool makes and destroys. The pool's own statistics would not do: InUse is
// computed, so they always add up.
type ledger struct {
	mu    sync.Mutex
	items []*item
}

func (l *ledger) make() *item {
	l.mu.Lock()
	defer l.mu.Unlock()
	v := &item{id: len(l.items)}
	l.items = append(l.items, v)
	return v
}

func (l *ledger) destroy(v *item) { v.destroyed.Add(1) }

// options returns options for a pool whose behaviour is exact on any number of Ps:
// one FIFO ring of 64 objects, without expiry.
func (l *ledger) options() pool.Options[*item] {
	return pool.Options[*item]{
		New:         l.make,
		Destroy:     l.destroy,
		MaxIdle:     64,
		MaxIdleTime: -1,
		Shards:      1,
		LocalCache:  -1,
	}
}

// destroyedIDs returns the ids of the destroyed items, ascending.
func (l *ledger) destroyedIDs() []int {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []int
	for _, v := range l.items {
		if v.destroyed.Load() > 0 {
			ids = append(ids, v.id)
		}
	}
	return ids
}

// check compares the ledger with the statistics of p. held is how many items the test holds. No call may be in
// flight.
func (l *ledger) check(t *testing.T, p *pool.Pool[*item], held int) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	destroyed := 0
	for _, v := range l.items {
		switch n := v.destroyed.Load(); n {
		case 0:
		case 1:
			destroyed++
		default:
			t.Errorf("item %d: destroyed %d times, want at most once", v.id, n)
		}
	}
	s := p.Stats()
	for _, c := range []struct {
		what      string
		got, want uint64
	}{
		{"Created + Warmed, the objects made", s.Created + s.Warmed, uint64(len(l.items))},
		{"Discarded.Total(), the calls of Destroy", s.Discarded.Total(), uint64(destroyed)},
		{"InUse, the objects held", uint64(s.InUse), uint64(held)},
		{"Idle, made - destroyed - held", uint64(s.Idle), uint64(len(l.items) - destroyed - held)},
		{"Len(), Idle", uint64(p.Len()), uint64(s.Idle)},
		{"Acquired, Reused + Created", s.Acquired, s.Reused + s.Created},
		{"TotalAcquisitions(), Acquired", s.TotalAcquisitions(), s.Acquired},
	} {
		if c.got != c.want {
			t.Errorf("%s: got %d, want %d\n%+v", c.what, c.got, c.want, plain(s))
		}
	}
	if s.Idle > p.Cap() {
		t.Errorf("Idle: got %d, want at most Cap, %d", s.Idle, p.Cap())
	}
}

// plain is Stats for %+v, without its String.
type plain pool.Stats

// newPool makes a pool of valid options.
func newPool[T any](t testing.TB, o pool.Options[T]) *pool.Pool[T] {
	t.Helper()
	p, err := pool.New(o)
	if err != nil {
		t.Fatalf("New(%+v): got %v, want no error", o, err)
	}
	return p
}

// fill makes n objects idle.
func fill[T any](p *pool.Pool[T], n int) {
	held := make([]T, n)
	p.AcquireN(held)
	p.ReleaseN(held)
}

// acquire returns the next n objects.
func acquire[T any](p *pool.Pool[T], n int) []T {
	vs := make([]T, n)
	for i := range vs {
		vs[i] = p.Acquire()
	}
	return vs
}

func idsOf(items []*item) []int {
	ids := make([]int, len(items))
	for i, v := range items {
		ids[i] = v.id
	}
	return ids
}

func wantIDs(t *testing.T, what string, got []int, want ...int) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s: got items %v, want %v", what, got, want)
	}
}

// withoutCheck makes a test's pools ordinary ones even if PLUNGE_CHECK is set. It is for tests that count
// allocations, or release objects that the pool did not hand out.
func withoutCheck(t testing.TB) { t.Setenv("PLUNGE_CHECK", "") }

// setProcs sets GOMAXPROCS for the rest of the test.
func setProcs(t testing.TB, n int) {
	before := runtime.GOMAXPROCS(n)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
}

// outcome runs f on a goroutine of its own and tells how it ended: "returned",
// "exited" (runtime.Goexit) or "panicked", with the panic's value.
func outcome(f func()) (how string, value any) {
	done := make(chan struct{})
	how = "exited"
	go func() {
		defer close(done)
		defer func() {
			if v := recover(); v != nil {
				how, value = "panicked", v
			}
		}()
		f()
		how = "returned"
	}()
	<-done
	return how, value
}

// within fails the test at once, with all stacks, if f takes longer than d.
func within(t *testing.T, d time.Duration, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-done:
	case <-timer.C:
		buf := make([]byte, 1<<20)
		t.Fatalf("still running after %v:\n%s", d, buf[:runtime.Stack(buf, true)])
	}
}

// eventually waits until ok returns true, which needs the collector or another goroutine. It collects garbage
// meanwhile.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not so after 10 seconds", what)
		}
		runtime.GC()
	}
}

// seeded returns a source of random numbers and logs its seed.
func seeded(t *testing.T) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}
