package shard

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// Several calls that drop values at the same time leave as many as each of them has to leave.
func TestSweepsLeaveEnough(t *testing.T) {
	for name, sweep := range map[string]func(b *Bag[int]){
		"Sweep": func(b *Bag[int]) { b.Sweep(maxStamp, 100) },
		"Shed":  func(b *Bag[int]) { b.Shed(3000, 100) },
	} {
		for range 50 {
			b := must(t, Options[int]{Capacity: 4096})
			for i := range 4000 {
				b.TryPut(i)
			}
			var wg sync.WaitGroup
			for range 3 {
				wg.Go(func() { sweep(b) })
			}
			wg.Wait()
			if n := b.Len(); n < 100 || n > 100+3*DefaultMagazine { // some may have been in another's hands
				t.Fatalf("three times %s to 100 of 4000: %d are left", name, n)
			}
		}
	}
}

// Gather of one bag waits for housekeeping that is under way.
func TestGatherOfOneWaits(t *testing.T) {
	b := must(t, Options[int]{Capacity: 1000})
	b.Endow()
	if b.Lanes() == 0 {
		t.Skip("there are no lanes in the portable build")
	}
	b.Put(1)
	b.mu.Lock()
	done := make(chan bool)
	go func() {
		Gather(b)
		close(done)
	}()
	time.Sleep(10 * time.Millisecond) // for it to get there
	b.mu.Unlock()
	<-done
	if n := b.current().held(); n != 1 {
		t.Errorf("%d values in the shared tier after Gather, want 1", n)
	}
}

// S3: a Put finds room however often the bag is emptied meanwhile.
func TestClearCostsNoRoom(t *testing.T) {
	b := must(t, Options[int]{Capacity: MaxCapacity})
	var stop atomic.Bool
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			for !stop.Load() {
				b.Clear()
			}
		})
	}
	for end := time.Now().Add(stressTime(t)); time.Now().Before(end); {
		if !b.TryPut(1) {
			t.Error("a Put found no room where there is room for millions")
			break
		}
	}
	stop.Store(true)
	wg.Wait()
}

// A new store has what was held with the stamps that it had.
func TestStampsSurviveANewStore(t *testing.T) {
	b := must(t, Options[int]{Capacity: 1000})
	for i := range 100 {
		b.SetStamp(int64(i + 1))
		b.Put(i)
	}
	b.Resize(900)
	if n := len(b.Sweep(51, 0)); n != 50 {
		t.Errorf("%d of 100 values have stamps 1 to 50, want 50", n)
	}
}
