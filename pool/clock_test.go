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

// The ticks end after one without a release, and what is surplus expires all the same.
func TestSleep(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	for _, c := range []struct {
		name    string
		minIdle int
		limit   time.Duration
		idle    int // objects put in besides MinIdle
	}{
		{"empty", 0, time.Minute, 0},
		{"short", 0, 10 * time.Millisecond, 5},
		{"long", 0, time.Hour, 5},
		{"MinIdle", 2, time.Minute, 0},
		{"short over MinIdle", 2, 10 * time.Millisecond, 5},
		{"long over MinIdle", 2, time.Hour, 5},
		{"no limit", 2, -1, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := Must(New(Options[*int]{
					New: func() *int { return new(int) }, MinIdle: c.minIdle, MaxIdleTime: c.limit, LocalCache: -1,
				}))
				defer p.Close()
				p.Prune(time.Second) // finer ticks, where there is no limit, too
				p.ReleaseN(make([]*int, c.idle))
				if c.idle+c.minIdle > 0 && p.clock.due.Load() == 0 {
					t.Error("just after a release the pool sleeps")
				}
				timers := func() uint64 {
					p.clock.mu.Lock()
					defer p.clock.mu.Unlock()
					return p.clock.timer
				}
				before := timers()
				for range 10 {
					time.Sleep(max(c.limit, time.Minute) / 5)
					if p.clock.due.Load() != 0 {
						t.Error("some time after a release the pool does not sleep")
					}
				}
				if n := timers() - before; n > 32 { // a short limit's are 1 ms apart
					t.Errorf("%d timers were armed after the last release", n)
				}
				want := c.minIdle
				if c.limit < 0 {
					want += c.idle
				}
				if got := p.Len(); got != want {
					t.Errorf("Len in the end: got %d, want %d", got, want)
				}
			})
		})
	}
}

// Releases that find no room while the pool sleeps leave no stamp behind for one that
// does.
func TestStampWhileAsleep(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	synctest.Test(t, func(t *testing.T) {
		const limit = 16 * time.Second
		p := Must(New(Options[*int]{
			New: func() *int { return new(int) }, MinIdle: 1, MaxIdle: 1, MaxIdleTime: limit, LocalCache: -1,
		}))
		defer p.Close()
		time.Sleep(limit)
		for range 2 * exactPerTick {
			p.Release(new(int))
		}
		if p.clock.due.Load() != 0 {
			t.Fatal("a release that found no room has armed the timer")
		}
		time.Sleep(2 * limit)
		v := p.Acquire()
		p.Release(v)
		if w, ok := p.TryAcquire(); !ok || w != v {
			t.Error("an object was not handed out just after its release")
		}
	})
}

// A pool in use ticks, so that hardly an Acquire and few releases read the clock, and
// Close puts an end to that.
func TestTicksWhileInUse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := Must(New(Options[*int]{New: func() *int { return new(int) }, LocalCache: -1}))
		p.Release(p.Acquire())
		c := &p.clock
		before := c.timer
		const ticks = 10
		for i := range ticks {
			time.Sleep(c.tick * 3 / 4) // so that the first is over when the second begins
			p.Release(p.Acquire())
			time.Sleep(c.tick / 4)
			synctest.Wait()
			if due := c.due.Load() - c.now(); due <= 0 || due > int64(c.tick) {
				t.Fatalf("tick %d: the next is in %v, want within %v", i, time.Duration(due), c.tick)
			}
			if c.floor.Load() == maxStamp {
				t.Fatalf("tick %d: every Acquire reads the clock", i)
			}
		}
		if n := c.timer - before; n != ticks {
			t.Errorf("%d timers in %d ticks", n, ticks)
		}
		p.Release(p.Acquire())
		p.Close()
		time.Sleep(c.tick * 3 / 2)
		if c.due.Load() != 0 {
			t.Error("a closed pool ticks")
		}
	})
}
