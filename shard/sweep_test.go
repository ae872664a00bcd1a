package shard

import (
	"runtime"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/pin"
)

// duringSweep runs do in a pinned section that begins before a Sweep and goes on
// after it has replaced the store. ended tells whether the section is over.
func duringSweep(t *testing.T, b *Bag[int], do func()) (ended *atomic.Bool) {
	// A collection that begins before the store is replaced would wait for the
	// section, and the section for the store.
	percent := debug.SetGCPercent(-1)
	runtime.GC() // ends one that is under way
	t.Cleanup(func() { debug.SetGCPercent(percent) })
	var pinned atomic.Bool
	ended = new(atomic.Bool)
	go func() {
		id := pin.Pin()
		before := b.header()
		pinned.Store(true)
		began := time.Now()
		for b.header() == before {
			if time.Since(began) > 5*time.Second {
				pin.Unpin(id)
				t.Error("the store was not replaced for 5 s")
				return
			}
		}
		do()
		ended.Store(true)
		pin.Unpin(id)
	}()
	for !pinned.Load() {
		runtime.Gosched()
	}
	return ended
}

// S2: a Sweep waits for the sections that may have found the store it replaced.
func TestSweepWaitsForSections(t *testing.T) {
	procs(t, 4)
	for range 20 {
		b := must(t, Options[int]{Capacity: 64})
		b.PutN([]int{1, 2, 3})
		ended := duringSweep(t, b, func() {
			for range 1_000_000 { // long enough for a Sweep that does not wait
			}
		})
		b.Sweep(maxStamp, 0)
		if !ended.Load() {
			t.Fatal("Sweep returned while a section that had begun before was running")
		}
	}
}

// Values that find no room on their way back are returned as crowded, and counted
// as dropped. Nothing is lost, and the bound holds.
func TestSweepReturnsTheCrowded(t *testing.T) {
	procs(t, 4)
	for free := range 5 {
		b := must(t, Options[int]{Capacity: 4, Magazine: -1})
		b.PutN([]int{1, 2, 3, 4})
		duringSweep(t, b, func() {
			for i := range 4 - free {
				b.Put(10 + i)
			}
		})
		swept, crowded, _ := b.Sweep(minStamp, 0)
		if len(swept) != 0 || len(crowded) != 4-free {
			t.Errorf("%d places free: swept %v, crowded %v, want %d of 1 to 4", free, swept, crowded, 4-free)
		}
		if c := b.Counts(); c.Idle != 4 || int(c.Dropped) != 4-free || c.Puts != uint64(8-free) {
			t.Errorf("%d places free: %+v", free, c)
		}
		got := append(crowded, b.Close()...)
		slices.Sort(got)
		want := append([]int{1, 2, 3, 4}, []int{10, 11, 12, 13}[:4-free]...)
		if !slices.Equal(got, want) {
			t.Errorf("%d places free: %v came back, want %v", free, got, want)
		}
	}
}

// next is the lowest stamp of those that stay, in whatever order they were put.
func TestSweepTellsTheNext(t *testing.T) {
	for _, magazine := range []int{-1, 0} {
		for _, stamps := range [][]int64{{7, 8, 9, 3}, {9, 8, 7, 3}, {3, 8, 7, 9}} {
			b := must(t, Options[int]{Capacity: 1024, Shards: 1, Magazine: magazine})
			for _, s := range stamps {
				b.SetStamp(s)
				b.Put(int(s))
			}
			for _, c := range []struct {
				before, next int64
				swept        []int
			}{{5, 7, []int{3}}, {7, 7, nil}, {9, 9, []int{7, 8}}, {10, maxStamp, []int{9}}} {
				swept, _, next := b.Sweep(c.before, 0)
				slices.Sort(swept)
				if !slices.Equal(swept, c.swept) || next != c.next {
					t.Errorf("magazine %d, stamps %v: Sweep(%d) = %v, next %d, want %v, next %d",
						magazine, stamps, c.before, swept, next, c.swept, c.next)
				}
			}
		}
	}
}
