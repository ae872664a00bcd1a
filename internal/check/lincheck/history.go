package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// clock stamps calls and returns. It must not be copied.
type clock struct {
	_         [64]byte // the counter shares no cache line
	n         atomic.Int64
	_         [64]byte
	base      time.Time
	monotonic bool // stamps are nanoseconds since base, else counts
}

// now returns a stamp. A call that returned before another one began has the lower stamp, or, with
// the monotonic clock, the same one, which makes the two count as overlapping.
func (c *clock) now() int64 {
	if c.monotonic {
		return int64(time.Since(c.base))
	}
	return c.n.Add(1)
}

// shape is what histories of all structures have in common.
type shape struct {
	seed       uint64
	goroutines int
	calls      int // of each goroutine
	procs      int // GOMAXPROCS
	long       bool
	monotonic  bool
}

func (s shape) String() string {
	name := "counter"
	if s.monotonic {
		name = "monotonic"
	}
	return fmt.Sprintf("seed %d, %d goroutines with %d calls each, GOMAXPROCS=%d, long %v, clock %s",
		s.seed, s.goroutines, s.calls, s.procs, s.long, name)
}

// newShape draws a shape. The source is then that of the structure's own parameters.
func newShape(seed uint64) (shape, *rand.Rand) {
	rnd := rand.New(rand.NewPCG(seed, 0))
	s := shape{
		seed:       seed,
		goroutines: 3 + rnd.IntN(4),
		calls:      4 + rnd.IntN(7),
		procs:      []int{1, 2, 2, 3, 4, 8}[rnd.IntN(6)],
		long:       rnd.IntN(16) == 0,
		monotonic:  rnd.IntN(4) == 0,
	}
	if s.long {
		s.goroutines = 2 + rnd.IntN(3)
		s.calls = 100 + rnd.IntN(400)
		s.procs = max(s.procs, 2)
	}
	return s, rnd
}

// newClock returns the clock of a history.
func (s shape) newClock() *clock {
	return &clock{base: time.Now(), monotonic: s.monotonic}
}

// together runs work on the shape's goroutines, from one barrier, and returns when all are done.
// Each has a source of its own. GOMAXPROCS has to be the shape's.
func (s shape) together(work func(id int, rnd *rand.Rand)) {
	var (
		workers, other sync.WaitGroup
		ready          atomic.Int32
		done           atomic.Bool
	)
	for id := range s.goroutines {
		rnd := rand.New(rand.NewPCG(s.seed, uint64(id)+1))
		workers.Go(func() {
			ready.Add(1)
			for ready.Load() < int32(s.goroutines) {
				runtime.Gosched()
			}
			work(id, rnd)
		})
	}
	if s.long {
		other.Go(func() {
			for !done.Load() {
				runtime.GOMAXPROCS(1) // stops all where they are, and lets one go on
				time.Sleep(20 * time.Microsecond)
				runtime.GOMAXPROCS(s.procs)
				time.Sleep(20 * time.Microsecond)
			}
		})
	}
	workers.Wait()
	done.Store(true)
	other.Wait()
}

// pause lets some time pass between two calls, mostly none.
func pause(rnd *rand.Rand) {
	switch rnd.IntN(8) {
	case 0:
		runtime.Gosched()
	case 1:
		for range rnd.IntN(400) {
		}
	}
}
