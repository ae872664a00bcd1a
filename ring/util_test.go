package ring

import (
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// queue is what Handles and Ring[uint32] have in common.
type queue interface {
	TryPush(uint32) bool
	TryPop() (uint32, bool)
	Len() int
	Cap() int
}

var (
	_ queue = (*Handles)(nil)
	_ queue = (*Ring[uint32])(nil)
)

// kind makes queues of one implementation, near a lap of the tester's choice.
type kind struct {
	name  string
	new   func(capacity int, lap uint64) queue
	exact bool // full and empty are never spurious
	laps  []uint64
}

// kinds has start laps at 0 and just below every wrap: of the lap's bits and of 64-bit positions.
var kinds = []kind{
	{
		name:  "Handles",
		new:   func(n int, lap uint64) queue { return newHandlesAt(n, lap) },
		exact: true,
		laps:  []uint64{0, 1<<35 - 2, 1<<36 - 1, 1<<36 - 3, 1<<64 - 2},
	},
	{
		name: "Ring",
		new:  func(n int, lap uint64) queue { return newAt[uint32](n, lap) },
		laps: []uint64{0, 1<<63 - 2, 1<<64 - 1, 1<<64 - 3},
	},
}

// capacities of the tests that try several.
var capacities = []int{1, 2, 3, 7, 8, 64, 1000}

// stressFor is how long a stress test runs: PLUNGE_STRESS, or 300 ms.
func stressFor(t testing.TB) time.Duration {
	v := os.Getenv("PLUNGE_STRESS")
	if v == "" {
		return 300 * time.Millisecond
	}
	d, err := time.ParseDuration(v)
	if err != nil {
		t.Fatalf("PLUNGE_STRESS: %v", err)
	}
	return d
}

// newRand returns a generator whose seed is printed if the test fails.
func newRand(t testing.TB) *rand.Rand {
	seed := rand.Uint64()
	t.Logf("seed %#x", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

// race runs n goroutines from a common start until d is over, then waits for them.
func race(n int, d time.Duration, f func(id int, stop *atomic.Bool)) {
	var stop atomic.Bool
	var wg sync.WaitGroup
	start := make(chan struct{})
	for id := range n {
		wg.Go(func() {
			<-start
			f(id, &stop)
		})
	}
	close(start)
	time.Sleep(d)
	stop.Store(true)
	wg.Wait()
}

// panicOf returns what f panics with, as text, or "".
func panicOf(f func()) (s string) {
	defer func() {
		if v := recover(); v != nil {
			s = fmt.Sprint(v)
		}
	}()
	f()
	return ""
}
