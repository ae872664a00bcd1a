package pool_test

import (
	"runtime"
	"testing"
	"weak"

	"github.com/plungepool/plunge/pool"
)

func TestBatches(t *testing.T) {
	setProcs(t, 1) // private magazines of other Ps would hide objects
	for _, n := range []int{0, 1, 4, 31, 100, 10000} {
		for _, localCache := range []int{-1, 0, 3} {
			for _, maxIdle := range []int{1, 256, 20000} {
				var l ledger
				o := l.options()
				o.MaxIdle, o.LocalCache, o.Shards = maxIdle, localCache, 2
				testBatch(t, &l, o, n)
			}
		}
	}
}

func testBatch(t *testing.T, l *ledger, o pool.Options[*item], n int) {
	t.Helper()
	p := newPool(t, o)
	kept := min(n, o.MaxIdle)
	held := make([]*item, n)
	p.AcquireN(held)
	for i, v := range held {
		if v == nil || v.uses != 0 {
			t.Fatalf("%d objects, MaxIdle %d: dst[%d]: got %+v, want an object of its own", n, o.MaxIdle, i, v)
		}
		v.uses++
	}
	l.check(t, p, n)
	p.ReleaseN(held)
	clear(held) // belongs to the caller, whatever is idle now
	want := pool.Stats{
		Acquired: uint64(n), Created: uint64(n), Released: uint64(n),
		Discarded: pool.Discards{Full: uint64(n - kept)},
		Idle:      kept, PeakIdle: kept, MaxIdle: o.MaxIdle,
	}
	if got := p.Stats(); withoutShards(got) != want {
		t.Errorf("%d objects: Stats after ReleaseN:\n got %+v\nwant %+v", n, plain(got), plain(want))
	}

	p.AcquireN(held)
	old := 0
	for i, v := range held {
		if v == nil {
			t.Fatalf("%d objects: dst[%d] from idle objects: got nil", n, i)
		}
		old += v.uses
		v.uses = 1
	}
	if old != kept || p.Len() != 0 {
		t.Errorf("%d objects, MaxIdle %d: got %d reused and %d left, want %d and 0", n, o.MaxIdle, old, p.Len(), kept)
	}
	l.check(t, p, n)
	p.ReleaseN(held)
	l.check(t, p, 0)
}

// withoutShards leaves out what depends on how objects are spread.
func withoutShards(s pool.Stats) pool.Stats {
	s.Stolen, s.Shards = 0, 0
	return s
}

func TestBatchesOfNothing(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	p.AcquireN(nil)
	p.AcquireN([]*item{})
	p.ReleaseN(nil)
	p.ReleaseN([]*item{})
	if got, want := p.Stats(), (pool.Stats{MaxIdle: 64, Shards: 1}); got != want {
		t.Errorf("Stats: got %+v, want %+v", plain(got), plain(want))
	}
}

// TestBatchesFillOnlyTheSlice checks that nothing beyond len is touched.
func TestBatchesFillOnlyTheSlice(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		var l ledger
		o := l.options()
		o.LocalCache = localCache
		p := newPool(t, o)
		fill(p, 20)
		backing := make([]*item, 20)
		p.AcquireN(backing[:7])
		for i, v := range backing {
			if (v != nil) != (i < 7) {
				t.Errorf("LocalCache %d: element %d of a slice of length 7: got %v", localCache, i, v)
			}
		}
		p.ReleaseN(backing[:7])
		l.check(t, p, 0)
	}
}

func TestBatchesKeepNoReference(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, LocalCache: localCache})
		var array weak.Pointer[*item]
		func() {
			vs := make([]*item, 100)
			array = weak.Make(&vs[0])
			p.AcquireN(vs)
			p.ReleaseN(vs)
		}()
		eventually(t, "collected the array behind dst and src", func() bool { return array.Value() == nil })
		if p.Len() == 0 {
			t.Errorf("LocalCache %d: got an empty pool, want the objects kept", localCache)
		}
		runtime.KeepAlive(p)
	}
}

func TestBatchesAfterClose(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	fill(p, 10)
	p.Close()
	held := make([]*item, 40)
	p.AcquireN(held)
	l.check(t, p, 40)
	p.ReleaseN(held)
	if got, want := p.Stats().Discarded, (pool.Discards{Closed: 50}); got != want {
		t.Errorf("Discarded: got %+v, want %+v", got, want)
	}
	l.check(t, p, 0)
}
