package pool

import (
	"testing"
	"testing/synctest"
	"time"
)

// A pool that was in use outside expires objects in a bubble, whenever its last ticks were.
func TestBubbleAfterUse(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	p := Must(New(Options[*int]{New: newInt, MaxIdleTime: 200 * time.Millisecond}))
	defer p.Close()
	p.Release(p.Acquire())
	time.Sleep(600 * time.Millisecond)
	synctest.Test(t, func(t *testing.T) {
		p.Release(p.Acquire())
		time.Sleep(time.Minute)
		synctest.Wait()
		if n := p.Len(); n != 0 {
			t.Errorf("%d idle after a minute, want 0", n)
		}
	})
}

// A pool expires objects in each of several bubbles, although all begin at the same time.
func TestBubbles(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	p := Must(New(Options[*int]{New: newInt, MaxIdleTime: 200 * time.Millisecond}))
	defer p.Close()
	for i := range 4 {
		synctest.Test(t, func(t *testing.T) {
			for range 10 {
				p.Release(p.Acquire())
			}
			if i%2 == 1 {
				return // and leaves idle objects
			}
			time.Sleep(time.Hour)
			synctest.Wait()
			if n := p.Len(); n != 0 {
				t.Errorf("bubble %d: %d idle after an hour, want 0", i, n)
			}
		})
	}
	p.Release(p.Acquire())
	for end := time.Now().Add(10 * time.Second); p.Len() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d idle after 10 s outside, want 0", p.Len())
		}
	}
}

// After a bubble none of its stamps is used.
func TestAfterBubble(t *testing.T) {
	p := endowed(t, Options[*int]{MaxIdleTime: time.Second})
	defer p.Close()
	var a [16]*int
	use := func() {
		p.AcquireN(a[:])
		for _, v := range a {
			p.Release(v)
		}
	}
	synctest.Test(t, func(*testing.T) {
		for range 20 {
			for range 200 {
				use()
			}
			time.Sleep(30 * time.Millisecond)
		}
	})
	use()
	for end := time.Now().Add(10 * time.Second); p.Len() > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%d idle after 10 s, want 0", p.Len())
		}
	}
}
