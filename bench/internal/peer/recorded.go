package peer

import (
	"sync/atomic"

	"github.com/plungepool/plunge/bench/trace"
)

// recorded is plunge, with the calls of one goroutine recorded.
//
//bench:loops 0 recorded
type recorded struct {
	r         *trace.Recorder[*Object]
	goroutine int
}

func (a recorded) get() *Object        { return a.r.Acquire(a.goroutine) }
func (a recorded) put(o *Object)       { a.r.Release(a.goroutine, o) }
func (a recorded) putReset(o *Object)  { a.put(o) } // the hook resets
func (a recorded) getN(dst []*Object)  { a.r.AcquireN(a.goroutine, dst) }
func (a recorded) putN(held []*Object) { a.r.ReleaseN(a.goroutine, held) }

// Recording is plunge as a Pool that records its calls. Each call of a loop counts as a new goroutine.
type Recording struct {
	r          *trace.Recorder[*Object]
	goroutines *atomic.Int64
}

// NewRecording returns a Recording of a pool with these options.
func NewRecording(o Options) Recording {
	return Recording{trace.Record(newPlunge(o).p), new(atomic.Int64)}
}

// Trace returns what has happened so far.
func (a Recording) Trace() trace.Trace { return a.r.Trace() }

func (a Recording) next() recorded { return recorded{a.r, int(a.goroutines.Add(1))} }

// Pair implements Pool.
func (a Recording) Pair(n int) int { return a.next().Pair(n) }

// PairReset implements Pool.
func (a Recording) PairReset(n int) int { return a.next().PairReset(n) }

// Scoped implements Pool.
func (a Recording) Scoped(n int) int { return a.next().Scoped(n) }

// Burst implements Pool.
func (a Recording) Burst(n, size int) int { return a.next().Burst(n, size) }

// Batch implements Pool.
func (a Recording) Batch(n, size int) int { return a.next().Batch(n, size) }

// Yielding implements Pool.
func (a Recording) Yielding(n int) int { return a.next().Yielding(n) }

// Produce implements Pool.
func (a Recording) Produce(slices int, empty <-chan []*Object, full chan<- []*Object) int {
	return a.next().Produce(slices, empty, full)
}

// Consume implements Pool.
func (a Recording) Consume(slices int, full <-chan []*Object, empty chan<- []*Object) {
	a.next().Consume(slices, full, empty)
}
