package shard

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
)

// TestResize: the values that go are the oldest, those that stay have their stamps,
// and the new bound holds at once, 0 included.
func TestResize(t *testing.T) {
	for _, magazine := range []int{0, -1} {
		b, err := New(Options[int]{Capacity: 1000, Magazine: magazine, Policy: Policy[int]{Owner: eager}})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 900 {
			b.SetStamp(int64(i + 1))
			b.TryPut(i)
		}
		had := b.Len()
		gone := b.Resize(100)
		slices.Sort(gone)
		if len(gone) != had-100 || gone[0] != 0 || gone[len(gone)-1] != had-101 {
			t.Errorf("magazine %d: Resize of %d values to 100: got %d values from %d to %d, want the %d oldest",
				magazine, had, len(gone), gone[0], gone[len(gone)-1], had-100)
		}
		if b.Cap() != 100 || b.Len() != 100 {
			t.Errorf("magazine %d: got Cap %d, Len %d, want 100, 100", magazine, b.Cap(), b.Len())
		}
		if gone := b.Resize(0); len(gone) != 100 || b.Len() != 0 {
			t.Errorf("magazine %d: Resize to 0: got %d values, Len %d, want 100, 0", magazine, len(gone), b.Len())
		}
		if b.TryPut(1) {
			t.Errorf("magazine %d: TryPut at capacity 0: got true, want false", magazine)
		}
		if _, ok := b.TryGet(); ok {
			t.Errorf("magazine %d: TryGet at capacity 0: got true, want false", magazine)
		}
		if gone := b.Sweep(maxStamp, 0); len(gone) != 0 {
			t.Errorf("magazine %d: Sweep at capacity 0: got %d values, want 0", magazine, len(gone))
		}
		if gone := b.Resize(500); len(gone) != 0 {
			t.Errorf("magazine %d: Resize to 500: got %d values, want 0", magazine, len(gone))
		}
		for i := range 500 {
			b.TryPut(i)
		}
		if b.Len() != 500 {
			t.Errorf("magazine %d: Len after 500 of TryPut: got %d, want 500", magazine, b.Len())
		}
		b.Close()
		if gone := b.Resize(9); gone != nil {
			t.Errorf("magazine %d: Resize of a closed bag: got %d values, want none", magazine, len(gone))
		}
	}
}

// TestResizeStress: values come out once, and Len is never over the bound in force
// while that moves.
func TestResizeStress(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	type token struct{ owner atomic.Int64 }
	b, err := New(Options[*token]{Capacity: 700})
	if err != nil {
		t.Fatal(err)
	}
	var stop atomic.Bool
	var wg sync.WaitGroup
	var outside atomic.Int64 // values made, less those dropped
	for g := int64(1); g <= 4; g++ {
		wg.Go(func() {
			var held []*token
			for !stop.Load() {
				for len(held) < 60 {
					v, ok := b.TryGet()
					if !ok {
						v = new(token)
						outside.Add(1)
					}
					if got := v.owner.Swap(g); got != 0 {
						t.Errorf("Get: the owner was %d, want 0", got)
					}
					held = append(held, v)
				}
				for _, v := range held {
					v.owner.Store(0)
					if !b.TryPut(v) {
						outside.Add(-1)
					}
				}
				held = held[:0]
			}
		})
	}
	for i := range 40 {
		n := i * 37 % 700
		gone := b.Resize(n)
		for _, v := range gone {
			if got := v.owner.Swap(-1); got != 0 {
				t.Errorf("Resize: the owner of a value was %d, want 0", got)
			}
		}
		outside.Add(-int64(len(gone)))
		if got := b.Len(); got > n {
			t.Errorf("Len: got %d, want at most %d", got, n)
		}
	}
	stop.Store(true)
	wg.Wait()
	if got, want := int64(b.Len()), outside.Load(); got != want {
		t.Errorf("Len at rest: got %d, want %d, the values made and not dropped", got, want)
	}
}
