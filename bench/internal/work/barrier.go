package work

import (
	"sync/atomic"
	"time"
)

const (
	// together is how soon goroutines that run at the same time all pass a
	// barrier: far more than it takes, far less than the kernel's time slices.
	together = 10 * time.Microsecond

	// patience bounds how long they wait for that on a busy machine.
	patience = 10 * time.Millisecond
)

// barrier lets goroutines start when all of them run at the same time, each on a
// core. Goroutines that are merely ready may be run one after the other by a
// busy machine, and then do not contend.
type barrier struct {
	workers int64
	arrived atomic.Int64
	agreed  atomic.Bool // written by the first worker between two meetings
	begin   time.Time
}

func newBarrier(workers int) *barrier {
	return &barrier{workers: int64(workers), begin: time.Now()}
}

// start waits for the others; first is true for one of them.
func (b *barrier) start(first bool) {
	for {
		b.meet()
		met := time.Now()
		b.meet()
		if first {
			b.agreed.Store(time.Since(met) < together || time.Since(b.begin) > patience)
		}
		b.meet()
		if b.agreed.Load() {
			return
		}
	}
}

// meet waits until every worker has come as often. It spins without a yield, so
// that no two workers can be on one P.
func (b *barrier) meet() {
	n := b.arrived.Add(1)
	all := (n + b.workers - 1) / b.workers * b.workers
	for b.arrived.Load() < all {
	}
}
