package work

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

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

// TestBrief: brief samples are those of one goroutine that does nothing else.
func TestBrief(t *testing.T) {
	brief := map[string]bool{}
	for _, c := range All() {
		brief[c.Workload] = c.Brief()
	}
	for name, want := range map[string]bool{"pair": true, "parallel": false, "buffers": true, "skew-1to7": false, "gzip": false, "procs": false, "buffers-miss": false} {
		if got, ok := brief[name]; !ok || got != want {
			t.Errorf("%s: got %v, %v, want %v", name, got, ok, want)
		}
	}
	if (Case{Procs: runtime.NumCPU() + 1}).Brief() {
		t.Error("with more threads than cores: got brief")
	}
}

// TestEnter shows that a case with its own GOMAXPROCS sets it back, and that its heap
// is there in between.
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

// TestThreads: threads are timed in the second half of the operations, and the first is taken to be as long.
func TestThreads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count, n = 4, 6 * portions * 4
		var done atomic.Int64
		got := threads(count, n, func(portion int) int {
			length := time.Hour
			if done.Add(int64(portion)) > n/2 {
				length = time.Second
			}
			time.Sleep(length)
			return portion
		})
		if want := (Sample{Ops: n, Elapsed: portions * time.Second}); got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	})
}
