package pool_test

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/race"
	"github.com/plungepool/plunge/pool"
)

// load describes goroutines that each hold an object for a while, or several at a time.
type load struct {
	procs, goroutines int
	hold              time.Duration // the longest hold and pause; under 1 µs a busy hold of just that, and no pause
	burst             int           // objects that each goroutine takes at a time; 0 is 1
	fresh             bool          // a goroutine of its own for each use
}

func (l load) String() string {
	return fmt.Sprintf("%d goroutines on %d Ps that hold %d for %v", l.goroutines, l.procs, max(l.burst, 1), l.hold)
}

// run puts the load on a pool and returns the peak of objects in use.
func (l load) run(p *pool.Pool[*item], each time.Duration) int {
	var inUse, peak atomic.Int64
	pass := func() {
		if l.hold >= time.Microsecond {
			time.Sleep(rand.N(l.hold))
			return
		}
		for began := time.Now(); time.Since(began) < l.hold; {
		}
	}
	use := func() {
		vs := make([]*item, max(l.burst, 1))
		n := inUse.Add(int64(len(vs)))
		for old := peak.Load(); n > old && !peak.CompareAndSwap(old, n); old = peak.Load() {
		}
		for i := range vs {
			vs[i] = p.Acquire()
		}
		pass()
		for _, v := range vs {
			p.Release(v)
		}
		inUse.Add(-int64(len(vs)))
	}
	end := time.Now().Add(each)
	var all sync.WaitGroup
	for range l.goroutines {
		all.Go(func() {
			for time.Now().Before(end) {
				if !l.fresh {
					use()
				} else {
					done := make(chan bool)
					go func() { use(); done <- true }()
					<-done
				}
				if l.hold >= time.Microsecond {
					pass()
				}
			}
		})
	}
	all.Wait()
	return int(peak.Load())
}

// bar is the most objects that a pool may create for a peak.
func bar(peak int) int { return peak + peak/10 + 1 }

// atBest runs f, at most three times, until it finds no fault. If fewer threads run than there are Ps, the operating
// system sometimes stops one within an Acquire or a Release. Other threads cannot reach the objects that it then has.
func atBest(t *testing.T, f func() error) {
	t.Helper()
	for try := 1; ; try++ {
		err := f()
		if err == nil {
			return
		}
		if try == 3 {
			t.Fatal(err)
		}
		t.Log(err)
	}
}

// A pool creates only as many objects as the load has in use at a time, even if goroutines move to other Ps between
// Acquire and Release.
func TestCreatesWhatTheLoadHolds(t *testing.T) {
	for _, l := range []load{
		{procs: 2, goroutines: 8, hold: time.Millisecond},
		{procs: 8, goroutines: 16, hold: time.Millisecond},
		{procs: 32, goroutines: 1, hold: time.Millisecond, fresh: true},
		{procs: 32, goroutines: 16, hold: time.Millisecond},
		{procs: 64, goroutines: 256, hold: time.Millisecond},
		{procs: 8, goroutines: 16, hold: 10 * time.Microsecond},
		{procs: 8, goroutines: 16, hold: 100 * time.Microsecond},
		{procs: 8, goroutines: 16, hold: 10 * time.Millisecond},
		{procs: 2, goroutines: 2, hold: 300 * time.Nanosecond},
	} {
		t.Run(l.String(), func(t *testing.T) {
			if race.Enabled && l.hold < 100*time.Microsecond {
				t.Skip("the race detector makes the calls as long as the waits: most threads are stopped within one")
			}
			setProcs(t, l.procs)
			atBest(t, func() error {
				p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
				peak := l.run(p, 150*time.Millisecond)
				s := p.Stats()
				t.Logf("%d created for %d in use, %d acquisitions", s.Created, peak, s.Created+s.Reused)
				if s.InUse != 0 || s.Discarded.Total() != 0 {
					t.Errorf("%+v, want nothing in use or discarded", s)
				}
				if int(s.Created) > bar(peak) {
					return fmt.Errorf("%d objects created, want %d at most for a peak of %d", s.Created, bar(peak), peak)
				}
				return nil
			})
		})
	}
}

// A load that changes its shape needs no new objects while enough are idle. It changes between bursts, after which
// Ps keep objects privately, and goroutines that wait and move to other Ps. The need of bursts is known less
// exactly.
func TestLoadChangesItsShape(t *testing.T) {
	const each = 100 * time.Millisecond
	for _, procs := range []int{2, 8, 32} {
		setProcs(t, procs)
		bursts := load{procs: procs, goroutines: procs, burst: 16}
		waits := load{procs: procs, goroutines: 16, hold: time.Millisecond}
		create := func() (p *pool.Pool[*item], created func() int) {
			p = newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
			return p, func() int { return int(p.Stats().Created) }
		}
		atBest(t, func() error {
			p, created := create()
			bursts.run(p, each)
			before := created()
			if peak := waits.run(p, each); created() > max(before, bar(peak)) {
				return fmt.Errorf("GOMAXPROCS %d: %d objects created by bursts, then %d for %d that wait; want none", procs, before, created()-before, peak)
			}
			return nil
		})
		atBest(t, func() error {
			p, created := create()
			waits.run(p, each)
			if peak := bursts.run(p, each); created() > 2*peak {
				return fmt.Errorf("GOMAXPROCS %d: %d objects created by bursts after waiting, want %d at most for a peak of %d", procs, created(), 2*peak, peak)
			}
			return nil
		})
	}
}

// Ps that keep acquiring and releasing do not stop the world, once each has its private memory.
func TestHotLoadStopsNothing(t *testing.T) {
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
	procs := runtime.GOMAXPROCS(0)
	hot := load{procs: procs, goroutines: procs, burst: 64}
	hot.run(p, 300*time.Millisecond)
	least := uint64(1 << 62)
	for range 5 { // other code may stop the world
		before := pool.Stops()
		hot.run(p, 200*time.Millisecond)
		least = min(least, pool.Stops()-before)
	}
	if least != 0 {
		t.Errorf("%d stops of the world in 200 ms of steady load, want none", least)
	}
}

// missTime returns the shortest time of an Acquire that finds nothing. endow gives private memory to all Ps.
func missTime(t *testing.T, procs int, endow bool) time.Duration {
	setProcs(t, procs)
	shared := new(item)
	p := newPool(t, pool.Options[*item]{New: func() *item { return shared }})
	if endow {
		pool.Bag(p).Endow()
	}
	fill(p, 100)
	held := make([]*item, 100)
	p.AcquireN(held)
	const misses = 1000
	least := time.Hour
	for range 100 {
		began := time.Now()
		for range misses {
			p.Acquire()
		}
		least = min(least, time.Since(began)/misses)
	}
	return least
}

// An Acquire that finds nothing takes about as long with many Ps as with few.
func TestMissOfManyPs(t *testing.T) {
	if race.Enabled {
		t.Skip("the race detector changes times")
	}
	withoutCheck(t)
	for _, endow := range []bool{false, true} {
		few, many := missTime(t, 2, endow), missTime(t, 64, endow)
		t.Logf("private memory %t: a miss takes %v with 2 Ps, %v with 64", endow, few, many)
		if many > 3*few {
			t.Errorf("private memory %t: a miss takes %v with 64 Ps, want at most 3 times the %v with 2", endow, many, few)
		}
	}
}
