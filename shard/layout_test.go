package shard

import "testing"

// B1: the sizes of all magazines add up to the capacity once there are all shards, and the hints have a bit for
// each.
func TestLayoutKeepsB1(t *testing.T) {
	for _, capacity := range []int{1, 2, 3, 7, 8, 31, 32, 33, 500, 512, 1000, 1 << 14} {
		for _, shards := range []int{0, 1, 2, 5, 64} {
			for _, magazine := range []int{-1, 0, 1, 5, 32, 1000} {
				for _, ps := range []int{1, 2, 9, 64} {
					g := layOut(capacity, shards, magazine, ps, true, 16)
					s := newStore[int](g, capacity)
					for s.extend(capacity) {
					}
					room, magazines := 0, 0
					for _, sh := range s.all() {
						magazines += len(sh.parked)
						for i := range sh.parked {
							room += int(sh.parked[i].size)
							if n := int(sh.parked[i].size); n < 1 || n > g.size {
								t.Errorf("layOut(%d, %d, %d, %d) = %+v: a magazine of %d", capacity, shards, magazine, ps, g, n)
							}
						}
					}
					if room != capacity {
						t.Errorf("layOut(%d, %d, %d, %d) = %+v: magazines hold %d", capacity, shards, magazine, ps, g, room)
					}
					if want := min(4*ps, 16, capacity); g.lanes && magazines < want {
						t.Errorf("layOut(%d, %d, %d, %d) = %+v: %d magazines, want %d at least", capacity, shards, magazine, ps, g, magazines, want)
					}
					if n := len(s.all()); n > 64*len(s.hints.some) || n > g.mostShards(capacity) {
						t.Errorf("layOut(%d, %d, %d, %d) = %+v: %d shards, hints for %d", capacity, shards, magazine, ps, g, n, 64*len(s.hints.some))
					}
					if private := int(s.room); 2*private > magazines || magazine < 0 && private > 0 {
						t.Errorf("layOut(%d, %d, %d, %d) = %+v: %d of %d magazines may be private", capacity, shards, magazine, ps, g, private, magazines)
					}
				}
			}
		}
	}
}

// A store's memory follows use: the first shard is small, and each later one has at most as many magazines as there
// are already.
func TestShardsGrowWithUse(t *testing.T) {
	for _, magazine := range []int{-1, 0} {
		b := must(t, Options[int]{Capacity: MaxCapacity, Magazine: magazine})
		if n := len(b.current().all()); n != 0 {
			t.Errorf("magazine %d: a new bag has %d shards, want none", magazine, n)
		}
		for i := range 1000 {
			b.Put(i)
			s := b.current()
			magazines := 0
			for _, sh := range s.all() {
				magazines += len(sh.parked)
			}
			if most := max(firstMagazines, 4*(i+1)); magazines > most {
				t.Fatalf("magazine %d: %d magazines for %d values, want at most %d", magazine, magazines, i+1, most)
			}
		}
	}
}
