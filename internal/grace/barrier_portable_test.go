//go:build plunge_portable

package grace

import (
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/pin"
)

// phase returns the phase that sections which begin now are counted under.
func phase() int {
	id := pin.Pin()
	pin.Unpin(id)
	return id & 1
}

func awaitPhase(t *testing.T, want int) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); phase() != want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no section is counted under phase %d after 10 s", want)
		}
	}
}

// A Wait that comes while a grace period is under way must not return with that one: it may have begun before the
// sections that the newcomer has seen.
func TestWaitDoesNotCoalesceWithOneBegun(t *testing.T) {
	start := func() chan struct{} {
		came, done := make(chan struct{}), make(chan struct{})
		go func() {
			close(came)
			Wait()
			close(done)
		}()
		<-came
		return done
	}
	// Two sections hold the first Wait in its second round, in which it does not wait for a third.
	first := pin.Pin()
	one := start()
	awaitPhase(t, 1-first&1)
	second := pin.Pin()
	pin.Unpin(first)
	awaitPhase(t, first&1)
	third := pin.Pin()
	two := start()
	time.Sleep(10 * time.Millisecond) // it is between the count and the lock

	pin.Unpin(second)
	select {
	case <-one:
	case <-time.After(10 * time.Second):
		t.Error("the first Wait waits for a section that began after it")
	}
	select {
	case <-two:
		t.Error("the second Wait returned while a section that had begun before was running")
	case <-time.After(20 * time.Millisecond):
	}
	pin.Unpin(third)
	<-two
}
