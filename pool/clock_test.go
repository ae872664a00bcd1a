package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

// Where ticks are too short to be punctual an Acquire finds out by itself that
// an object is too old, even if no tick comes at all.
func TestShortLimitNeedsNoTick(t *testing.T) {
	p := Must(New(Options[*int]{
		New: func() *int { return new(int) }, MaxIdleTime: 5 * time.Millisecond, LocalCache: -1,
	}))
	p.Release(p.Acquire())
	p.clock.mu.Lock()
	p.clock.timer++ // the armed timer's tick does nothing now
	p.clock.mu.Unlock()

	time.Sleep(10 * time.Millisecond)
	if _, ok := p.TryAcquire(); ok {
		t.Error("an object was handed out after 10ms, want at most 5ms")
	}
}

// Objects that MinIdle kept from expiry expire as soon as others make them
// surplus, not a whole limit later.
func TestSurplusExpires(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Second
		p := Must(New(Options[*int]{
			New: func() *int { return new(int) }, MinIdle: 2, MaxIdleTime: limit, LocalCache: -1,
		}))
		defer p.Close()
		held := []*int{new(int), new(int)}
		time.Sleep(limit + limit/8) // a sweep was due, and there was nothing to spare
		p.ReleaseN(held)
		time.Sleep(limit / 4)
		if got := p.Stats().Discarded.Expired; got != 2 || p.Len() != 2 {
			t.Errorf("Expired = %d with %d idle, want 2 of the first 2 gone", got, p.Len())
		}
	})
}

// Warm reaches MinIdle although the goroutine's moves from P to P have left
// private magazines hardly used.
func TestWarmRepacks(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	p := Must(New(Options[*int]{New: func() *int { return new(int) }, MaxIdle: 64, MinIdle: 64}))
	defer p.Close()
	for range 20 {
		p.Clear()
		// As a migrating goroutine would: every other object on another P.
		done := make(chan bool)
		for range 8 {
			go func() {
				p.Release(new(int))
				done <- true
			}()
		}
		for range 8 {
			<-done
		}
		p.Warm()
		if got := p.Len(); got != 64 {
			t.Fatalf("Len after Warm = %d, want MinIdle, which is 64", got)
		}
	}
}

// A Prune that has ticks come more often does not leave the time until the first
// of them uncovered.
func TestPruneKeepsExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Must(New(Options[*int]{
			New: func() *int { return new(int) }, MinIdle: 1, MaxIdleTime: 16 * time.Minute, LocalCache: -1,
		}))
		defer p.Close()
		time.Sleep(30 * time.Second) // between two ticks
		p.Release(p.Acquire())       // expires at 16:30, ticks are on the minute
		time.Sleep(15*time.Minute + 31*time.Second)
		p.Prune(time.Second)
		time.Sleep(49 * time.Second)
		if _, ok := p.TryAcquire(); ok {
			t.Error("an object was handed out after 16m20s, want at most 16m")
		}
	})
}
