package shard

import (
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/pin"
)

// duringSeizure runs do in a pinned section that begins before lanes are replaced and goes on
// after that. ended tells whether the section is over.
func duringSeizure(t *testing.T, b *Bag[int], do func()) (ended *atomic.Bool) {
	// A collection that begins before the lanes are replaced would wait for the
	// section, and the section for them.
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
				t.Error("the lanes were not replaced for 5 s")
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

// seizers are the calls that replace lanes.
var seizers = map[string]func(b *Bag[int]){
	"Gather":     func(b *Bag[int]) { Gather(b) },
	"Compaction": func(b *Bag[int]) { Gather(b.Compaction()) },
	"Clear":      func(b *Bag[int]) { b.Clear() },
	"Resize":     func(b *Bag[int]) { b.Resize(63) },
	"Close":      func(b *Bag[int]) { b.Close() },
}

// S2: whoever replaces lanes waits for the sections that may have found the old ones.
func TestSeizersWaitForSections(t *testing.T) {
	procs(t, 4)
	for name, seize := range seizers {
		for range 5 {
			b := must(t, Options[int]{Capacity: 64})
			b.PutN([]int{1, 2, 3})
			b.Endow()
			if b.Lanes() == 0 && (name == "Gather" || name == "Compaction") {
				continue // the portable build
			}
			ended := duringSeizure(t, b, func() {
				for range 1_000_000 { // long enough for one that does not wait
				}
			})
			seize(b)
			if !ended.Load() {
				t.Fatalf("%s returned while a section that had begun before was running", name)
			}
		}
	}
}

// S3: if a Get finds nothing, or a Put no room, because a housekeeper has values in hand, it waits and then succeeds.
// Housekeeping costs nobody a value.
func TestHousekeepingCostsNothing(t *testing.T) {
	procs(t, 4)
	for name, seize := range map[string]func(b *Bag[int]){
		"Gather":     seizers["Gather"],
		"Compaction": seizers["Compaction"],
		"Sweep":      func(b *Bag[int]) { b.Sweep(minStamp+1, 0) },
		"Shed":       func(b *Bag[int]) { b.Shed(0, 0) },
		"Resize":     func(b *Bag[int]) { b.Resize(b.Cap() + 1) },
	} {
		for _, magazine := range []int{-1, 0} {
			overflowed := atomic.Int64{}
			b := must(t, Options[int]{Capacity: 64, Magazine: magazine, Policy: Policy[int]{
				Owner:    eager,
				Overflow: func(int) { overflowed.Add(1) },
			}})
			for i := range 64 {
				b.Put(i)
			}
			b.Endow()
			var stop atomic.Bool
			var wg sync.WaitGroup
			missed := atomic.Int64{}
			wg.Go(func() { // alone, so that nothing is in the hands of others
				for !stop.Load() {
					var vs []int
					for range 3 {
						v, ok := b.TryGet()
						if !ok {
							missed.Add(1)
							continue
						}
						vs = append(vs, v)
					}
					b.PutN(vs)
				}
			})
			for end := time.Now().Add(20 * time.Millisecond); time.Now().Before(end); {
				seize(b)
			}
			stop.Store(true)
			wg.Wait()
			if missed.Load() != 0 || overflowed.Load() != 0 || b.Len() != 64 {
				t.Errorf("%s, magazine %d: %d Gets missed, %d values overflowed, %d of 64 held", name, magazine, missed.Load(), overflowed.Load(), b.Len())
			}
		}
	}
}

// S3: a housekeeper waits for the one before, who may have values in hand, or leaves the bag out.
func TestHousekeepersExclude(t *testing.T) {
	for name, seize := range map[string]func(b *Bag[int]){
		"Clear":  seizers["Clear"],
		"Resize": seizers["Resize"],
		"Close":  seizers["Close"],
		"Sweep":  func(b *Bag[int]) { b.Sweep(maxStamp, 0) },
		"Shed":   func(b *Bag[int]) { b.Shed(1, 0) },
	} {
		b := must(t, Options[int]{Capacity: 8})
		b.Put(1)
		done := make(chan struct{})
		b.mu.Lock()
		go func() {
			seize(b)
			close(done)
		}()
		select {
		case <-done:
			t.Errorf("%s did not wait for the housekeeper before it", name)
		case <-time.After(5 * time.Millisecond):
		}
		b.mu.Unlock()
		<-done
	}
	b := must(t, Options[int]{Capacity: 64})
	b.Endow()
	head := b.header()
	b.mu.Lock()
	Gather(b, b.Compaction()) // returns
	b.mu.Unlock()
	if b.header() != head {
		t.Error("Gather has replaced lanes that were another's")
	}
}

// Gather and Compaction keep every value, with its stamp, and Gather of several bags leaves none out.
func TestGatherKeeps(t *testing.T) {
	procs(t, 4)
	var bags []*Bag[int]
	var gatherers []Gatherer
	for i := range 6 {
		b := must(t, Options[int]{Capacity: 400})
		b.Endow()
		var wg sync.WaitGroup
		for g := range 4 {
			wg.Go(func() {
				for v := range 50 {
					b.Put(100*g + v)
				}
			})
		}
		wg.Wait()
		bags = append(bags, b)
		if i%2 == 0 {
			gatherers = append(gatherers, b)
		} else {
			gatherers = append(gatherers, b.Compaction())
		}
	}
	Gather(gatherers...)
	for i, b := range bags {
		for l := range b.header().all {
			if l.magazines() != 0 || l.limit() != 0 {
				t.Errorf("bag %d: a lane has %d magazines, limit %d after Gather", i, l.magazines(), l.limit())
			}
		}
		if s := b.current(); s.private.Load() != 0 {
			t.Errorf("bag %d: %d magazines are counted as private after Gather", i, s.private.Load())
		}
		if i%2 == 1 && b.Lanes() != 0 {
			t.Errorf("bag %d: %d lanes after Compaction, want none", i, b.Lanes())
		}
		if got := b.current().held(); got != 200 {
			t.Errorf("bag %d: %d values within everyone's reach, want 200", i, got)
		}
		got := b.Close()
		slices.Sort(got)
		if len(got) != 200 || len(slices.Compact(got)) != 200 {
			t.Errorf("bag %d: %d values came back, want 200", i, len(got))
		}
	}
}

// Compaction gives the memory of shards and lanes back.
func TestCompactionShrinks(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	procs(t, 8)
	b := must(t, Options[int]{Capacity: 1 << 14, Policy: Policy[int]{Owner: eager}})
	b.Endow()
	for i := range 1 << 14 {
		b.TryPut(i)
	}
	for range 1<<14 - 5 {
		b.Get()
	}
	before := len(b.current().all())
	Gather(b.Compaction())
	if after := len(b.current().all()); before < 5 || after != 1 || b.Len() != 5 || b.Lanes() != 0 {
		t.Errorf("%d shards before, %d after, %d values, %d lanes; want 5 at least, 1, 5, 0", before, after, b.Len(), b.Lanes())
	}
}
