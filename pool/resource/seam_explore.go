//go:build plunge_explore

package resource

import (
	"time"

	"github.com/plungepool/plunge/internal/check/explore"
)

// explored replaces goroutines, timers and the clock in a run under package explore. A thread of the program runs
// the functions that were started, in order.
var explored struct {
	started []func()
	clock   int64
}

// start makes a thread run fn.
func start(fn func()) { explored.started = append(explored.started, fn) }

// after makes a thread run fn at any moment.
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

// chosen reports whether the channel is closed. A select would choose at random, and a program must do the same
// each time.
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
