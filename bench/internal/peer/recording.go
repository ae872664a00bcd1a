package peer

import (
	"sync/atomic"

	"github.com/plungepool/plunge/bench/trace"
)

// Recording is plunge as a Pool that records its calls. Each call of a loop counts as a new goroutine.
//
//bench:loops 0 Recording
type Recording struct {
	r          *trace.Recorder[*Object]
	goroutines *atomic.Int64
	goroutine  int
}

// NewRecording returns a Recording of a pool with these options.
func NewRecording(o Options) Recording {
	return Recording{r: trace.Record(newPlunge(o).p), goroutines: new(atomic.Int64)}
}

// Trace returns what has happened so far.
func (a Recording) Trace() trace.Trace { return a.r.Trace() }

// begin returns a for a loop that begins.
func (a Recording) begin() Recording {
	a.goroutine = int(a.goroutines.Add(1))
	return a
}

func (a Recording) get() *Object        { return a.r.Acquire(a.goroutine) }
func (a Recording) put(o *Object)       { a.r.Release(a.goroutine, o) }
func (a Recording) putReset(o *Object)  { a.put(o) } // the hook resets
func (a Recording) getN(dst []*Object)  { a.r.AcquireN(a.goroutine, dst) }
func (a Recording) putN(held []*Object) { a.r.ReleaseN(a.goroutine, held) }
