package work

import "sync/atomic"

// barrier lets goroutines start at the same time, each on a core. The zero barrier is ready for use.
type barrier struct{ arrived atomic.Int64 }

// meet waits until all workers have come. It spins without a yield, so that no two
// workers can be on one P.
func (b *barrier) meet(workers int) {
	for b.arrived.Add(1); b.arrived.Load() < int64(workers); {
	}
}
