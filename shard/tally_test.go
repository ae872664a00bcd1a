package shard

import (
	"runtime"
	"sync"
	"testing"
)

// TestTally: no addition is lost, hit or miss, whatever Ps there are, and GetTallied
// returns what Get would.
func TestTally(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const n, sums, goroutines = 20000, 5, 8
	b, err := New(Options[*int]{Capacity: 256, Policy: Policy[*int]{Miss: func() *int { return new(int) }}})
	if err != nil {
		t.Fatal(err)
	}
	tally := NewTally(sums, 2) // fewer rows than Ps
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for i := range uint(n) {
				v := GetTallied(b, tally, i%sums, i)
				if *v++; *v != 1 {
					t.Errorf("GetTallied: got a value that has another owner")
				}
				*v--
				b.Put(v)
			}
		})
	}
	wg.Wait()
	var want [sums]uint64
	for i := range uint64(n) {
		want[i%sums] += goroutines * i
	}
	for i, want := range want {
		if got := tally.Sum(i); got != want {
			t.Errorf("Sum(%d): got %d, want %d", i, got, want)
		}
	}
	if c := b.Counts(); int(c.Puts-c.Gets) != c.Idle {
		t.Errorf("Counts: got Gets %d, Puts %d, Idle %d, want the difference", c.Gets, c.Puts, c.Idle)
	}
}
