package shard

import (
	"math/bits"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/plungepool/plunge/internal/pin"
)

// Every value of a batch is counted, whichever way the batch takes.
func TestBatchesAreCounted(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 0, 30} {
		b := must(t, Options[int]{Capacity: 1024, Magazine: magazine})
		if magazine > 0 {
			b.Endow()
		}
		dst := make([]int, 100)
		gets, puts := 0, 0
		for n := range len(dst) {
			b.PutN(dst[:n])
			puts += n
			b.GetN(dst[:n])
			gets += n
			if c := b.Counts(); int(c.Gets) != gets || int(c.Puts) != puts || c.Idle != puts-gets {
				t.Fatalf("magazine %d: after %d puts and %d gets in batches: %+v", magazine, puts, gets, c)
			}
		}
	}
}

// Every value taken from another shard is counted there: by a lane, without one, and in batches.
func TestStolenAreCounted(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("a goroutine's shard is no P's in the portable build")
	}
	procs(t, 1)
	for _, endowed := range []bool{false, true} {
		for _, batch := range []int{1, 10} {
			b := must(t, Options[int]{Capacity: 4096, Shards: 8, Policy: Policy[int]{Owner: eager}})
			if endowed {
				b.Endow()
			}
			b.PutN(make([]int, 4096))
			if b.Len() != 4096 {
				t.Fatalf("endowed %t: %d of 4096 held", endowed, b.Len())
			}
			elsewhere := 0
			for i, sh := range b.current().all() {
				if i != 0 { // P 0's
					elsewhere += int(sh.held())
				}
			}
			dst := make([]int, batch)
			for b.TryGetN(dst) > 0 {
			}
			if got := int(b.Counts().Stolen); b.Len() != 0 || elsewhere < 2000 || got != elsewhere {
				t.Errorf("endowed %t, batches of %d: %d left, %d stolen, want %d", endowed, batch, b.Len(), got, elsewhere)
			}
		}
	}
}

// If a lane has counted more gets than puts, because values came from other Ps, folding it leaves Len as it is.
func TestFoldKeepsLen(t *testing.T) {
	if bits.UintSize == 64 || !pin.Exclusive {
		t.Skip("counters are words of 64 bits, or atomic ones")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1024})
	b.Endow()
	b.Put(1)
	const many = 1<<31 - 3
	b.header().at(0).gets += many // as if so many had been put by other Ps of a store that is retired
	b.totals.puts.Add(many)
	b.totals.gone.Add(-many)
	for range 10 {
		b.Put(b.Get())
		if got := b.Len(); got != 1 {
			t.Fatalf("Len = %d, want 1", got)
		}
	}
	if c := b.Counts(); c.Gets != many+10 || c.Puts != many+11 {
		t.Errorf("after %d gets: %+v", uint64(many+10), c)
	}
}

// A snapshot of the counters can see more gets than puts, and more puts than
// there is room for. Len stays in 0..Cap.
func TestLenStaysInBounds(t *testing.T) {
	b := must(t, Options[int]{Capacity: 100})
	b.totals.gone.Store(7)
	if got := b.Len(); got != 0 {
		t.Errorf("Len = %d with 7 more gone than put, want 0", got)
	}
	b.totals.gone.Store(-107)
	if c := b.Counts(); b.Len() != 100 || c.Idle != 100 || c.Peak != 100 {
		t.Errorf("Len = %d, %+v with 107 more put than gone, want 100", b.Len(), c)
	}
}

// Peak knows what was held when it was dropped.
func TestPeakIsSampled(t *testing.T) {
	for name, drop := range map[string]func(b *Bag[int]){
		"Clear":  func(b *Bag[int]) { b.Clear() },
		"Resize": func(b *Bag[int]) { b.Resize(1) },
		"Close":  func(b *Bag[int]) { b.Close() },
	} {
		b := must(t, Options[int]{Capacity: 64, Magazine: -1})
		b.PutN(make([]int, 10))
		drop(b)
		if got := b.Counts().Peak; got != 10 {
			t.Errorf("%s: Peak = %d, want the 10 that were held before", name, got)
		}
	}
}

// Every value that Miss makes is counted once, whatever becomes of the stores in which it is counted.
func TestMissesAreCounted(t *testing.T) {
	var made atomic.Uint64
	b := must(t, Options[int]{Capacity: 64, Shards: 4, Policy: Policy[int]{Miss: func() int { return int(made.Add(1)) }}})
	const goroutines, rounds = 4, 2000
	var getters, keeper sync.WaitGroup
	done := make(chan struct{})
	keeper.Go(func() {
		for n := 1; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			switch n % 4 {
			case 0:
				b.Clear()
			case 1:
				b.Resize(32 + n%2*32)
			case 2:
				Gather(b)
			case 3:
				Gather(b.Compaction())
			}
			runtime.Gosched()
		}
	})
	for range goroutines {
		getters.Go(func() {
			dst := make([]int, 3)
			for i := range rounds {
				b.GetN(dst)
				if v, ok := b.TryGet(); ok {
					b.Put(v)
				}
				b.Put(b.Get())
				b.PutN(dst[:i%3])
			}
		})
	}
	getters.Wait()
	close(done)
	keeper.Wait()
	if c := b.Counts(); c.Misses != made.Load() || b.Misses() != made.Load() || made.Load() < goroutines {
		t.Errorf("%d misses are counted, %d by Misses, and Miss was called %d times", c.Misses, b.Misses(), made.Load())
	}
	b.Close()
	before := made.Load()
	b.Get()
	if c := b.Counts(); c.Misses != before+1 {
		t.Errorf("closed: %d misses are counted, and Miss was called %d times", c.Misses, before+1)
	}
}
