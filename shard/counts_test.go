package shard

import (
	"math/bits"
	"testing"

	"github.com/plungepool/plunge/internal/pin"
)

// Every value of a batch is counted, whichever way the batch takes.
func TestBatchesAreCounted(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 0} {
		b := must(t, Options[int]{Capacity: 1024, Magazine: magazine})
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

// What is taken from another shard is counted there, every value of it.
func TestStolenAreCounted(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("a goroutine's shard is no P's in the portable build")
	}
	procs(t, 1)
	for _, c := range []struct{ capacity, magazine, private int }{
		{16, -1, 0},
		{1024, 0, 2 * DefaultMagazine}, // values of the other shard that were private before they could be stolen
	} {
		b := must(t, Options[int]{Capacity: c.capacity, Shards: 2, Magazine: c.magazine})
		n := 0
		for b.Len() == n {
			b.Put(n)
			n++
		}
		n-- // the last one found no room
		for {
			if _, ok := b.TryGet(); !ok {
				break
			}
		}
		other := c.capacity / 2
		if got := int(b.Counts().Stolen); n != c.capacity || got > other || got < other-c.private {
			t.Errorf("magazine %d: %d of %d held, %d stolen, want %d to %d",
				c.magazine, n, c.capacity, got, other-c.private, other)
		}
	}
}

// Where a lane has counted more gets than puts, for values came from other Ps,
// folding it leaves Len as it is.
func TestFoldKeepsLen(t *testing.T) {
	if bits.UintSize == 64 || !pin.Exclusive {
		t.Skip("counters are words of 64 bits, or atomic ones")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1024})
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
