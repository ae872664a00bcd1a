package work

import (
	"runtime"
	"testing"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// TestEveryPeer runs a few operations of every case with every peer.
func TestEveryPeer(t *testing.T) {
	for _, c := range All() {
		if c.Impls[0].Name == "" || len(c.Impls) < 2 {
			t.Errorf("%s compares %d peers", c.Name(), len(c.Impls))
		}
		if c.About == "" || c.Like == "" {
			t.Errorf("%s does not say what it does and whom it resembles", c.Name())
		}
		for _, b := range c.Bars {
			found := false
			for _, im := range c.Impls {
				found = found || im.Name == b.Peer
			}
			if !found {
				t.Errorf("%s has a bar against %q, which it does not run", c.Name(), b.Peer)
			}
		}
		for _, im := range c.Impls {
			t.Run("workload="+c.Name()+"/impl="+im.Name, func(t *testing.T) {
				defer c.Enter()()
				for _, env := range []Env{{}, {Shards: 1, LocalCache: -1, MaxIdle: 300}} {
					in := im.New(env)
					for _, n := range []int{1, 1000} {
						s := in.Run(n)
						// A sample is rounded up to whole bursts, slices, cycles
						// and shares of goroutines.
						if most := n + max(3*severalPools*1024, peer.Crowd*runtime.GOMAXPROCS(0), 7*7*sliceLen); s.Ops < n || s.Ops > most {
							t.Errorf("%d operations: got %d, want at most %d", n, s.Ops, most)
						}
						if s.Elapsed <= 0 || s.PerOp() <= 0 {
							t.Errorf("%d operations: got %v", n, s.Elapsed)
						}
						if c.Family != "Queue" && c.Family != "Buffers" && n == 1 && s.Made == 0 {
							t.Error("the first operations made no object")
						}
						if s.Made < 0 || s.Made > int64(s.Ops) {
							t.Errorf("%d operations made %d objects", s.Ops, s.Made)
						}
						if in.Step != nil && in.Step(1) < 1 {
							t.Error("a step did nothing")
						}
					}
				}
			})
		}
	}
}

// TestEnter shows that a case with its own GOMAXPROCS restores the old one, and that its heap exists in between.
func TestEnter(t *testing.T) {
	live := func() uint64 {
		runtime.GC()
		var s runtime.MemStats
		runtime.ReadMemStats(&s)
		return s.HeapAlloc
	}
	const heap = 32 << 20
	outside := live()
	leaveHeap := Case{Heap: heap}.Enter()
	if got := live(); got < outside+heap/2 {
		t.Errorf("live heap: got %d bytes, with %d outside, want %d more", got, outside, heap)
	}
	leaveHeap()
	if got := live(); got > outside+heap/2 {
		t.Errorf("live heap afterwards: got %d bytes, want some %d", got, outside)
	}

	before := runtime.GOMAXPROCS(0)
	leave := Case{Procs: before + 3}.Enter()
	if got := runtime.GOMAXPROCS(0); got != before+3 {
		t.Errorf("GOMAXPROCS inside: got %d, want %d", got, before+3)
	}
	leave()
	if got := runtime.GOMAXPROCS(0); got != before {
		t.Errorf("GOMAXPROCS afterwards: got %d, want %d", got, before)
	}
}

// TestAllocated: Allocated sees allocations, and distinguishes little garbage from more.
func TestAllocated(t *testing.T) {
	const some = 64 << 10
	runtime.GC() // updates the count of earlier allocations
	before := Allocated()
	if got := Allocated() - before; got >= some {
		t.Errorf("got %d bytes of nothing", got)
	}
	garbage = make([]byte, 2*some)
	if got := Allocated() - before; got < some {
		t.Errorf("got %d bytes, want %d", got, 2*some)
	}
}

// TestTouch: a case with a heap touches touched times as much memory, and all of it is garbage.
func TestTouch(t *testing.T) {
	const heap = 1 << 20
	runtime.GC()
	before := Allocated()
	leave := Case{Heap: heap}.Enter()
	if got := Allocated() - before; got < (1+touched)*heap {
		t.Errorf("got %d bytes allocated, want %d and more", got, (1+touched)*heap)
	}
	leave()
}

// garbage keeps the compiler from leaving an allocation out.
var garbage []byte

// TestStacks: down calls its function once, at a different place for each depth.
func TestStacks(t *testing.T) {
	calls := 0
	for _, depth := range []int{0, 1, stackPlaces - 1} {
		down(depth, func() { calls++ })
	}
	if calls != 3 {
		t.Errorf("got %d calls, want 3", calls)
	}
}
