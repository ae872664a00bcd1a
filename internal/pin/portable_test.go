//go:build plunge_portable

package pin

import (
	"runtime"
	"sync/atomic"
	"testing"
	"time"
)

// A section can be counted under either phase, whichever is current: it may have
// read the phase long ago. Quiesce waits for it in any slot.
func TestQuiesceWaitsForBothPhases(t *testing.T) {
	for i := range sections {
		for _, ph := range []int{0, 0, 1} { // twice, for each Quiesce can change which is current
			sections[i].active[ph].Add(1)
			done := make(chan struct{})
			go func() {
				Quiesce()
				close(done)
			}()
			select {
			case <-done:
				t.Errorf("Quiesce did not wait for a section in slot %d, phase %d", i, ph)
			case <-time.After(2 * time.Millisecond):
			}
			sections[i].active[ph].Add(-1)
			<-done
		}
	}
}

// Sections that overlap one another do not hold up Quiesce, though one is always under way.
func TestQuiesceDoesNotWaitForNewSections(t *testing.T) {
	var stop atomic.Bool
	started, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		id := Pin()
		close(started)
		for !stop.Load() {
			next := Pin()
			Unpin(id)
			id = next
			runtime.Gosched()
		}
		Unpin(id)
	}()
	<-started
	done := make(chan struct{})
	go func() {
		Quiesce()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(3 * time.Second):
		t.Error("Quiesce waits for sections that began after it")
	}
	stop.Store(true)
	<-ended
	<-done
}
