package shard

import (
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// private is how many values lanes have. Nobody else uses the bag.
func private(b *Bag[int]) (n int) {
	for l := range b.header().all {
		n += int(l.loaded.n)
		if l.spare != nil {
			n += int(l.spareN)
		}
	}
	return n
}

// A goroutine that goes on and on gets as much private memory as it needs within a millisecond. From then on none of
// its operations leaves its P.
func TestEarnedSoon(t *testing.T) {
	if !pin.Exclusive || race.Enabled {
		t.Skip("there are no lanes, or all is slow")
	}
	procs(t, 1)
	const patience = 200 * time.Millisecond
	most := time.Millisecond
	if emulated {
		most = patience
	}
	for name, burst := range map[string]func(b *Bag[int], vs []int){
		"one by one": func(b *Bag[int], vs []int) {
			for i := range vs {
				vs[i] = b.Get()
			}
			for _, v := range vs {
				b.Put(v)
			}
		},
		"batches": func(b *Bag[int], vs []int) {
			b.GetN(vs)
			b.PutN(vs)
		},
	} {
		for _, size := range []int{1, 16, 64, 256} {
			vs := make([]int, size)
			best, ops := time.Hour, 0
			for range 10 {
				b := must(t, Options[int]{Capacity: 1000})
				began, n := time.Now(), 0
				for since := time.Duration(0); since < patience; since = time.Since(began) {
					burst(b, vs)
					n += size
					if private(b) == size {
						if since < best {
							best, ops = since, n
						}
						break
					}
				}
			}
			t.Logf("%s, %d: all is private after %v, %d values", name, size, best, ops)
			if best > most {
				t.Errorf("%s, %d: all is private after %v, want %v", name, size, best, most)
			}
		}
	}
}
