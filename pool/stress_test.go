package pool

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Owners of a thing other than goroutines.
const (
	byPool int64 = 0
	byNone int64 = -1 // destroyed
)

// thing is an object that knows its owner.
type thing struct {
	owner atomic.Int64
	_     [7]uint64
}

func (x *thing) own(t *testing.T, from, to int64, what string) {
	if got := x.owner.Swap(to); got != from {
		t.Errorf("%s: the owner was %d, want %d", what, got, from)
	}
}

func stressTime() time.Duration {
	d, err := time.ParseDuration(os.Getenv("PLUNGE_STRESS"))
	if err != nil {
		return 300 * time.Millisecond
	}
	return d
}

// TestStress: goroutines hold up to 96 objects each, while others clear, prune and read the stats, and GOMAXPROCS
// changes. No object has two owners or is handed out after its destruction. Each is destroyed exactly once, and at
// rest the counts add up exactly.
func TestStress(t *testing.T) {
	for _, o := range []Options[*thing]{
		{MaxIdle: 1},
		{MaxIdle: 3},
		{MaxIdle: 500, MinIdle: 20},
		{MaxIdle: 1000},
		{MaxIdle: 1000, Shards: 1},
		{MaxIdle: 500, LocalCache: -1},
		{MaxIdle: 1000, MaxIdleTime: 2 * time.Millisecond, MinIdle: 5},
	} {
		name := fmt.Sprintf("idle=%d/shards=%d/local=%d/time=%v", o.MaxIdle, o.Shards, o.LocalCache, o.MaxIdleTime)
		t.Run(name, func(t *testing.T) {
			stress(t, o)
		})
	}
}

func stress(t *testing.T, o Options[*thing]) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)

	var made, destroyed atomic.Int64
	o.New = func() *thing { made.Add(1); return new(thing) }
	// In hooks an object belongs to the caller or to the pool: Reset is called by the releaser, Destroy wherever
	// the object is dropped.
	o.Validate = func(x *thing) bool {
		if x.owner.Load() != byPool {
			t.Errorf("Validate of an object of owner %d", x.owner.Load())
		}
		return rand.IntN(50) != 0
	}
	o.Retain = func(*thing) bool { return rand.IntN(50) != 0 }
	o.Destroy = func(x *thing) {
		x.own(t, byPool, byNone, "Destroy")
		destroyed.Add(1)
	}
	p, err := New(o)
	if err != nil {
		t.Fatal(err)
	}

	stop := make(chan struct{})
	var workers, others sync.WaitGroup
	var handed, released atomic.Int64
	start := make(chan struct{})
	for g := int64(1); g <= 8; g++ {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(g)))
			var held []*thing
			batch := make([]*thing, 12)
			take := func(xs ...*thing) {
				for _, x := range xs {
					x.own(t, byPool, g, "Acquire")
					held = append(held, x)
				}
				handed.Add(int64(len(xs)))
			}
			drop := func(n int) []*thing {
				xs := held[len(held)-n:]
				for _, x := range xs {
					x.own(t, g, byPool, "Release")
				}
				held = held[:len(held)-n]
				released.Add(int64(n))
				return xs
			}
			<-start
			for {
				select {
				case <-stop:
					p.ReleaseN(drop(len(held)))
					return
				default:
				}
				more := r.IntN(97) > len(held)
				switch op := r.IntN(10); {
				case more && op == 0 && len(held)+len(batch) <= 96:
					p.AcquireN(batch)
					take(batch...)
				case more && op == 1:
					if x, ok := p.TryAcquire(); ok {
						take(x)
					}
				case more && op == 2:
					l := p.Borrow()
					x := l.Value()
					x.own(t, byPool, g, "Borrow")
					x.own(t, g, byPool, "Lease.Release")
					if r.IntN(4) == 0 {
						l.Discard()
					} else {
						l.Release()
						released.Add(1)
					}
					handed.Add(1)
				case more:
					take(p.Acquire())
				case op == 0:
					p.ReleaseN(drop(min(len(held), 12)))
				case len(held) > 0:
					p.Release(drop(1)[0])
				}
			}
		})
	}
	every := func(d time.Duration, do func(n int)) {
		others.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				case <-time.After(d):
					do(n)
				}
			}
		})
	}
	every(500*time.Microsecond, func(n int) {
		switch n % 4 {
		case 0:
			p.Clear()
		case 1:
			p.Prune(time.Millisecond)
		case 2:
			p.Warm()
		}
		s := p.Stats()
		if s.Idle < 0 || s.Idle > s.MaxIdle || s.InUse < 0 {
			t.Errorf("Stats: %+v", s)
		}
	})
	every(2*time.Millisecond, func(n int) { runtime.GOMAXPROCS(1 + n*7%9) })
	close(start)
	time.Sleep(stressTime() / 2)
	close(stop)
	workers.Wait()
	others.Wait()

	checkAtRest(t, p, &made, &destroyed)
	s := p.Stats()
	if int64(s.Acquired) != handed.Load() || int64(s.Released) != released.Load() {
		t.Errorf("counted %d acquired and %d released, were %d and %d",
			s.Acquired, s.Released, handed.Load(), released.Load())
	}
	if err := p.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	// Close does not wait for a tick that has already taken out objects that expired.
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		if s = p.Stats(); made.Load() == destroyed.Load() && s.InUse == 0 {
			break
		}
	}
	if made.Load() != destroyed.Load() || s.Idle != 0 || s.InUse != 0 {
		t.Errorf("%d made, %d destroyed after Close, %+v", made.Load(), destroyed.Load(), s)
	}
	t.Logf("%+v", s)
}

// checkAtRest waits for what the pool does on goroutines of its own (expiry, room for more Ps), and checks that all
// counts add up.
func checkAtRest(t *testing.T, p *Pool[*thing], made, destroyed *atomic.Int64) {
	t.Helper()
	var s Stats
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(time.Millisecond) {
		s = p.Stats()
		if s.InUse == 0 && int64(s.Discarded.Total()) == destroyed.Load() {
			break
		}
	}
	if got := int64(s.Created + s.Warmed); got != made.Load() {
		t.Errorf("Created + Warmed = %d, New ran %d times", got, made.Load())
	}
	if got := uint64(s.InUse+s.Idle) + s.Discarded.Total(); got != s.Created+s.Warmed {
		t.Errorf("InUse + Idle + Discarded = %d, Created + Warmed = %d", got, s.Created+s.Warmed)
	}
	if s.InUse != 0 {
		t.Errorf("InUse = %d at rest with nothing held", s.InUse)
	}
	if s.Acquired != s.Reused+s.Created {
		t.Errorf("Acquired = %d, Reused + Created = %d", s.Acquired, s.Reused+s.Created)
	}
	if s.Idle > s.MaxIdle || s.PeakIdle > s.MaxIdle || s.Idle > s.PeakIdle {
		t.Errorf("Idle %d, PeakIdle %d, MaxIdle %d", s.Idle, s.PeakIdle, s.MaxIdle)
	}
	if got := int64(s.Discarded.Total()); got != destroyed.Load() && p.clock.limit > time.Second {
		t.Errorf("Discarded = %d, Destroy ran %d times", got, destroyed.Load())
	}
}
