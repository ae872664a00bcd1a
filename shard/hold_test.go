package shard

import (
	"slices"
	"sync"
	"testing"
)

// took returns what TryGet takes until there is nothing more.
func took(b *Bag[int]) (vs []int) {
	for {
		v, ok := b.TryGet()
		if !ok {
			return vs
		}
		vs = append(vs, v)
	}
}

func TestHold(t *testing.T) {
	b := must(t, Options[int]{Capacity: 10, Hold: 3, Policy: Policy[int]{Miss: func() int { return -1 }}})
	for v := range 8 {
		b.Put(v)
	}
	if got := took(b); !slices.Equal(got, []int{4, 3, 2, 1, 0}) || b.Len() != 3 {
		t.Errorf("TryGet of 8 with Hold 3: got %v and %d left, want all but the last 3", got, b.Len())
	}
	if got := b.Get(); got != -1 {
		t.Errorf("Get: got %d, want a miss", got)
	}
	b.PutN([]int{8, 9})
	dst := make([]int, 3)
	b.GetN(dst)
	if !slices.Equal(dst, []int{6, 5, -1}) {
		t.Errorf("GetN: got %v, want 6, 5 and a miss", dst)
	}
	if n := b.TryGetN(dst); n != 0 {
		t.Errorf("TryGetN: got %d, want 0", n)
	}
	b.TryPut(20)
	b.TryPut(21)
	if got := took(b); len(got) != 2 || b.Len() != 3 {
		t.Errorf("TryGet after two TryPuts: got %v and %d left, want 2 and 3", got, b.Len())
	}
	if got := b.Clear(); len(got) != 3 || b.Len() != 0 {
		t.Errorf("Clear: got %v and %d left, want 3 and 0", got, b.Len())
	}
	b.TryPut(30)
	if got := took(b); !slices.Equal(got, []int{30}) {
		t.Errorf("TryGet of what TryPut put: got %v, want 30", got)
	}
}

// A bag that is full has a value to take, whatever Hold is.
func TestHoldOfAll(t *testing.T) {
	for _, capacity := range []int{1, 2, 5} {
		b := must(t, Options[int]{Capacity: capacity, Hold: 64})
		for v := range capacity + 1 {
			b.Put(v)
		}
		if got := took(b); !slices.Equal(got, []int{0}) || b.Len() != capacity-1 {
			t.Errorf("capacity %d: got %v and %d left, want the first only", capacity, got, b.Len())
		}
	}
	b := must(t, Options[int]{Capacity: 8, Hold: 4})
	b.PutN([]int{0, 1, 2, 3})
	if b.Resize(2); !slices.Equal(took(b), []int{2}) {
		t.Error("after Resize: want the first of those left")
	}
}

func TestHoldAtOnce(t *testing.T) {
	const goroutines, rounds = 4, 2000
	b := must(t, Options[int]{Capacity: 100, Hold: 5})
	var wg sync.WaitGroup
	var mu sync.Mutex
	owned := map[int]bool{}
	for g := range goroutines {
		wg.Go(func() {
			for i := range rounds {
				v, ok := b.TryGet()
				mu.Lock()
				if !ok {
					v = g*rounds + i
				} else if owned[v] {
					t.Errorf("%d was taken twice", v)
				}
				owned[v] = true
				mu.Unlock()
				if i%100 == 99 {
					b.Sweep(maxStamp, 50)
				}
				mu.Lock()
				owned[v] = false
				mu.Unlock()
				b.Put(v)
			}
		})
	}
	wg.Wait()
	if n := b.Len(); n < 5 || n > 5+goroutines {
		t.Errorf("got %d held, want 5 to %d", n, 5+goroutines)
	}
}
