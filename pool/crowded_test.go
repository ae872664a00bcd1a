package pool

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Objects that find no room on their way back into the pool, because others took it
// meanwhile, are dropped when Warm or the timer has done what is left to do: a
// Destroy that exits over one of them loses no other.
func TestCrowdedDestroyExits(t *testing.T) {
	const idle = 16
	burst := func(p *Pool[*thing]) {
		held := make([]*thing, idle)
		p.AcquireN(held)
		p.ReleaseN(held)
	}
	t.Run("Warm", func(t *testing.T) {
		crowd(t, Options[*thing]{MaxIdle: idle, MinIdle: idle, MaxIdleTime: -1},
			func(p *Pool[*thing]) { p.Warm() }, burst)
	})
	// A tick takes out the surplus, then finds that nothing was released, and looks for
	// objects once more just when a burst begins.
	t.Run("timer", func(t *testing.T) {
		crowd(t, Options[*thing]{MaxIdle: idle, MinIdle: idle - 4, MaxIdleTime: time.Millisecond},
			func(p *Pool[*thing]) {
				time.Sleep(time.Duration(rand.IntN(6000)) * time.Microsecond)
				burst(p)
			})
	})
}

// crowd has goroutines do each of the calls on a pool whose Destroy exits.
func crowd(t *testing.T, o Options[*thing], calls ...func(*Pool[*thing])) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	var made, destroyed atomic.Int64
	o.New = func() *thing { made.Add(1); return new(thing) }
	o.Destroy = func(*thing) { destroyed.Add(1); runtime.Goexit() }
	p := Must(New(o))
	stop := make(chan struct{})
	var all sync.WaitGroup
	for n := range 6 {
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				done := make(chan struct{})
				go func() { // which Destroy may end
					defer close(done)
					calls[n%len(calls)](p)
				}()
				<-done
			}
		})
	}
	time.Sleep(stressTime() / 2)
	close(stop)
	all.Wait()
	checkAtRest(t, p, &made, &destroyed)
	if idle := int64(p.Len()); made.Load() != destroyed.Load()+idle {
		t.Errorf("%d made, %d destroyed, %d idle", made.Load(), destroyed.Load(), idle)
	}
	t.Logf("%+v", p.Stats())
}
