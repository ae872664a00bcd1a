package buffers

import (
	"math/bits"
	"runtime"
	"sync"
	"testing"
	"time"
)

// TestOpenOnce: T3, a tier has no pool before a buffer of its size is wanted. Then it has one, even if several want
// the first buffer at once.
func TestOpenOnce(t *testing.T) {
	p := Must(New(Options{MinSize: 64}))
	for _, tr := range p.tiers {
		if tr.pool.Load() != nil {
			t.Fatalf("%d bytes: there is a pool before the first Acquire", tr.size)
		}
	}
	const goroutines, size = 4, 1 << 16 // of no slab
	p.quotas.mu.Lock()
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() { p.Acquire(size) })
	}
	time.Sleep(20 * time.Millisecond) // they wait for the lock, and have seen no pool
	p.quotas.mu.Unlock()
	wg.Wait()
	for _, ts := range p.Stats().Tiers {
		want := 0
		if ts.Size == size {
			want = goroutines
		}
		if int(ts.Pool.Acquired) != want || ts.Pool.InUse != want {
			t.Errorf("%d bytes: %d acquired, %d in use, want %d", ts.Size, ts.Pool.Acquired, ts.Pool.InUse, want)
		}
	}
}

// TestOpenTellsTheClass: Q1, once a tier is open, the lengths of a class go there without a search if all of them are
// the tier's. No other lengths do.
func TestOpenTellsTheClass(t *testing.T) {
	if guarded {
		t.Skip("every length is searched for")
	}
	t.Setenv("PLUNGE_CHECK", "") // likewise
	p := Must(New(Options{Sizes: []int{64, 100, 256, 1024}}))
	for _, n := range []int{64, 100, 256, 1024} {
		p.Release(p.Acquire(n))
	}
	for _, c := range []struct{ n, tier int }{{1, 0}, {64, 0}, {65, -1}, {128, -1}, {129, 2}, {256, 2}, {257, 3}, {1024, 3}, {1025, -1}} {
		got := p.class[bits.Len(uint(c.n-1))].Load().Size()
		want := 0
		if c.tier >= 0 {
			want = p.tiers[c.tier].size
		}
		if got != want {
			t.Errorf("the class of %d bytes is of the tier of %d, want %d (0: none)", c.n, got, want)
		}
	}
}

// TestOpenKeepsBounds: a tier without room still has none when it is opened, and one that is opened after Close is
// closed.
func TestOpenKeepsBounds(t *testing.T) {
	p := Must(New(Options{MaxRetainedBytes: 1 << 10}))
	p.Release(p.Acquire(1 << 16))
	if s := p.Stats(); s.RetainedBytes != 0 || s.Tiers[8].Pool.MaxIdle != 0 {
		t.Errorf("a tier without room retains %d bytes, MaxIdle %d", s.RetainedBytes, s.Tiers[8].Pool.MaxIdle)
	}
	p = Must(New(Options{}))
	p.Close()
	p.Release(p.Acquire(1 << 16))
	if s := p.Stats(); s.RetainedBytes != 0 || s.Tiers[8].Pool.Shards != 0 {
		t.Errorf("a tier opened after Close retains %d bytes, has %d shards", s.RetainedBytes, s.Tiers[8].Pool.Shards)
	}
}

// TestBoundsFollowProcs: the default of MaxIdlePerTier follows GOMAXPROCS, up and down. A value that was given stays.
func TestBoundsFollowProcs(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const size = 256
	p := Must(New(Options{MinSize: size, MaxRetainedBytes: -1}))
	given := Must(New(Options{MinSize: size, MaxRetainedBytes: -1, MaxIdlePerTier: 100}))
	for _, n := range []int{4, 2, 8, 1} {
		runtime.GOMAXPROCS(n)
		p.Stats()
		given.Stats()
		if got, want := p.tiers[0].max, p.o.maxIdle(size); got != want || given.tiers[0].max != 100 {
			t.Errorf("GOMAXPROCS %d: at most %d and %d buffers of %d bytes, want %d and 100", n, got, given.tiers[0].max, size, want)
		}
		if room := p.Stats().Tiers[0].Pool.MaxIdle; room > p.o.maxIdle(size) {
			t.Errorf("GOMAXPROCS %d: room for %d, want %d at most", n, room, p.o.maxIdle(size))
		}
	}
}
