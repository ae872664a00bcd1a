package keeper

import (
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/shard"
)

type reliever struct {
	fake
	asked, relieved atomic.Int32
}

func (r *reliever) Lanes() shard.Gatherer { r.asked.Add(1); return nil }
func (r *reliever) Relieve()              { r.relieved.Add(1) }

// The pools that exist are told of every collection at whose end memory is short. Others are forgotten.
func TestShortage(t *testing.T) {
	s := Collections[Pool]{Told: relieveIfShort}
	a, b := &reliever{}, &reliever{}
	gone := true
	s.Join(func() Pool { return a })
	s.Join(func() Pool {
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
	s := Collections[Pool]{Told: relieveIfShort}
	there := true
	s.Join(func() Pool {
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

// GOMAXPROCS may fall at any moment, and the next collection is seen all the same.
func TestShortageWithFewerPs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	s := Collections[Pool]{Told: relieveIfShort}
	a := &reliever{}
	s.Join(func() Pool { return a })
	stop, done := make(chan bool), make(chan bool)
	go func() {
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
				runtime.GOMAXPROCS([]int{64, 1, 8, 2}[n%4])
			}
		}
	}()
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		runtime.GC()
	}
	close(stop)
	<-done
	runtime.GOMAXPROCS(1)
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 20)) // less than is in use
	for deadline := time.Now().Add(10 * time.Second); a.relieved.Load() == 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("no collection is seen any more")
		}
		runtime.GC()
	}
}
