package keeper

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/shard"
)

type reliever struct{ asked, relieved atomic.Int32 }

func (r *reliever) Lanes() shard.Gatherer { r.asked.Add(1); return nil }
func (r *reliever) Relieve()              { r.relieved.Add(1) }

// Every collection at whose end memory is short is told of to those that are there, and others are forgotten.
func TestShortage(t *testing.T) {
	var s Shortage
	a, b := &reliever{}, &reliever{}
	gone := true
	s.Join(func() Reliever { return a })
	s.Join(func() Reliever {
		if gone {
			return nil
		}
		return b
	})
	wait := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); !ok(); time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: not in 10 s", what)
			}
			runtime.GC()
		}
	}
	n := func() int {
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.pools)
	}
	wait("one that is gone is forgotten", func() bool { return n() == 1 })
	if a.relieved.Load() != 0 {
		t.Error("told of a collection after which memory is not short")
	}
	limit := debug.SetMemoryLimit(1 << 20) // less than is in use
	wait("told of each collection", func() bool { return a.relieved.Load() > 2 })
	debug.SetMemoryLimit(limit)
	if a.asked.Load() != a.relieved.Load() || b.relieved.Load() != 0 {
		t.Errorf("asked %d times for lanes and told %d times, want as often; one that is gone told %d times",
			a.asked.Load(), a.relieved.Load(), b.relieved.Load())
	}
}

// Without pools there is no sentinel.
func TestShortageOfNone(t *testing.T) {
	var s Shortage
	there := true
	s.Join(func() Reliever {
		if there {
			return &reliever{}
		}
		return nil
	})
	s.mu.Lock()
	there = false
	s.mu.Unlock()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		s.mu.Lock()
		armed, n := s.armed, len(s.pools)
		s.mu.Unlock()
		if !armed && n == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d pools and a sentinel %t, want none", n, armed)
		}
		runtime.GC()
	}
}
