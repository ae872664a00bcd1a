package shard

import (
	"slices"
	"testing"
)

// TestModel runs random operations on one goroutine against a plain multiset.
// Values are unique, and their stamps are known, so that every result can be
// checked; the goroutine may move between Ps meanwhile.
func TestModel(t *testing.T) {
	r := newRand(t)
	for round := range 300 {
		capacity := []int{1, 2, 3, 16, 40, 100, 1000}[r.IntN(7)]
		o := Options[int]{Capacity: capacity, Shards: r.IntN(4), Magazine: []int{-1, 0, 1, 3, 32}[r.IntN(5)]}
		held := map[int]int64{} // value to stamp
		var lost []int
		o.Policy.Owner = eager
		o.Policy.Overflow = func(v int) { lost = append(lost, v) }
		b := must(t, o)
		if r.IntN(2) == 0 {
			b.Endow()
		}
		next, stamp := 0, int64(1)

		took := func(what string, v int) {
			if _, ok := held[v]; !ok {
				t.Fatalf("round %d %+v: %s returned %d, which is not held", round, o, what, v)
			}
			delete(held, v)
		}
		put := func(vs ...int) {
			for _, v := range vs {
				if !slices.Contains(lost, v) {
					held[v] = stamp
				} else if len(held) < capacity {
					t.Fatalf("round %d %+v: %d overflowed with %d of %d held", round, o, v, len(held), capacity)
				}
			}
			lost = lost[:0]
		}
		for range 200 {
			switch op := r.IntN(20); {
			case op < 6:
				b.Put(next)
				put(next)
				next++
			case op < 12:
				v, ok := b.TryGet()
				if ok {
					took("TryGet", v)
				} else if len(held) > 0 {
					t.Fatalf("round %d %+v: TryGet missed with %d held", round, o, len(held))
				}
			case op < 14:
				vs := make([]int, r.IntN(80))
				for i := range vs {
					vs[i] = next
					next++
				}
				b.PutN(vs)
				put(vs...)
			case op < 16:
				dst := make([]int, r.IntN(80))
				for _, v := range dst[:b.TryGetN(dst)] {
					took("TryGetN", v)
				}
			case op < 18:
				stamp++
				b.SetStamp(stamp)
			default:
				before, keep := stamp-int64(r.IntN(5)), r.IntN(4)*r.IntN(10)
				stale := 0
				for _, s := range held {
					if s < before {
						stale++
					}
				}
				want := min(stale, max(len(held)-keep, 0))
				Gather(b)
				swept := b.Sweep(before, keep)
				if len(swept) != want {
					t.Fatalf("round %d %+v: Sweep(%d, %d) = %d values, want %d", round, o, before, keep, len(swept), want)
				}
				for _, v := range swept {
					if held[v] >= before {
						t.Fatalf("round %d %+v: Sweep(%d) took a value with stamp %d", round, o, before, held[v])
					}
					took("Sweep", v)
				}
			}
			if got := b.Len(); got != len(held) || got > capacity {
				t.Fatalf("round %d %+v: Len = %d, want %d", round, o, got, len(held))
			}
		}
		rest := b.Close()
		for _, v := range rest {
			took("Close", v)
		}
		if len(held) != 0 {
			t.Fatalf("round %d %+v: %d values lost", round, o, len(held))
		}
	}
}
