//go:build plunge_explore

package resource

import (
	"time"

	"github.com/plungepool/plunge/internal/check/explore"
)

// explored is what a run under package explore has instead of goroutines, timers and a clock. A thread of the program runs what was
// started, in order.
var explored struct {
	started []func()
	clock   int64
}

// start has a thread run fn.
func start(fn func()) { explored.started = append(explored.started, fn) }

// after has a thread run fn at any moment.
func after(d time.Duration, fn func()) *time.Timer {
	start(func() {
		explored.clock += int64(d)
		fn()
	})
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

func pause(ready func() bool) { explore.Block(ready) }

// chosen reports whether the channel is closed: a select that chose at random would have a program be another each time.
func chosen(ch <-chan struct{}) bool {
	select {
	case <-ch:
		return true
	default:
		return false
	}
}

func (p *Pool[T]) now() int64 {
	explored.clock++
	return explored.clock
}
