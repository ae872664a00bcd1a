package shard

import (
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/plungepool/plunge/internal/pin"
)

// others yields each shard but the caller's own exactly once, whatever the random
// start, and starts anywhere.
func TestOthersYieldsEachOnce(t *testing.T) {
	for _, n := range []int{1, 2, 3, 8} {
		s := newStore[int](layout(1000, n, 0, 2, true, 16))
		for home := range n {
			var want []int
			for i := range n {
				if i != home {
					want = append(want, i)
				}
			}
			first := map[int]bool{}
			l := &s.lane[1]
			for range 200 {
				got := slices.Collect(s.others(home, l))
				if len(got) > 0 {
					first[got[0]] = true
				}
				slices.Sort(got)
				if !slices.Equal(got, want) {
					t.Fatalf("%d shards: others of %d are %v, want %v", n, home, got, want)
				}
			}
			if len(first) != n-1 { // missed by chance once in 10^11
				t.Errorf("%d shards: the first victims of %d are %v, want each of the others", n, home, first)
			}
			if got := slices.Collect(s.others(home, nil)); len(got) != n-1 || slices.Contains(got, home) {
				t.Errorf("%d shards: others of %d without a lane are %v, want %v", n, home, got, want)
			}
		}
	}
}

// A magazine is made inside a pinned section, so its memory is bounded.
func TestMagazineBytesAreBounded(t *testing.T) {
	for _, cell := range []uintptr{16, 1 << 10, 40 << 10, 1 << 20} {
		for _, magazine := range []int{-1, 0, 1, MaxMagazine} {
			g := layout(MaxCapacity, 0, magazine, 2, true, cell)
			if got := uintptr(g.size) * cell; g.size != 1 && got > maxMagazineBytes {
				t.Errorf("magazine %d, cells of %d bytes: %d bytes a magazine, want at most %d", magazine, cell, got, maxMagazineBytes)
			}
		}
	}
}

// S1: a Put that stops to ask for its stamp looks for the store again afterwards,
// for it may be another by then.
func TestStampMaySweep(t *testing.T) {
	for _, magazine := range []int{-1, 0} {
		var b *Bag[int]
		b = must(t, Options[int]{Capacity: 64, Magazine: magazine, Policy: Policy[int]{
			Stamp: func() int64 {
				b.Sweep(maxStamp, 0)
				return 5
			},
		}})
		for i := range 10 {
			b.Put(i)
			if got := b.Len(); got != 1 {
				t.Fatalf("magazine %d: Len = %d after a Put whose stamp came with a Sweep, want 1", magazine, got)
			}
			if got, ok := b.TryGet(); !ok || got != i {
				t.Fatalf("magazine %d: TryGet = %d, %t, want %d", magazine, got, ok, i)
			}
			b.Put(-1) // for the next Sweep
		}
	}
}

// A P beyond the lanes gets lanes up to its own, at once.
func TestGrowForOneP(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1000})
	b.PutN(make([]int, 100))
	for _, id := range []int{1, 6} {
		b.growFor(id)
		for b.growing.Load() {
			time.Sleep(time.Millisecond)
		}
		if got := int(b.header().n); got != id+1 {
			t.Errorf("%d lanes for P %d, want %d", got, id, id+1)
		}
		if got := b.Len(); got != 100 {
			t.Errorf("Len = %d after growth, want 100", got)
		}
	}
}

// No magazine's first cell is where every P has its number, counted from the start of a page.
func TestFirstCell(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no magazines of some cells in the portable build")
	}
	const page = 4096
	s := newStore[*int](layout(1<<16, 0, 64, 1, true, unsafe.Sizeof(cell[*int]{})))
	for h := range s.parked {
		m := s.open(uint32(h))
		if at := uintptr(unsafe.Pointer(&m.cells[0])) % page; at <= 8 || len(m.cells) != 64 {
			t.Fatalf("magazine %d: %d cells from byte %d of a page on, want 64 from a byte beyond 8 on", h, len(m.cells), at)
		}
	}
}
