package shard

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/internal/pin"
)

// A scan goes through the bits that are set, each once, from one on and round to it.
func TestScan(t *testing.T) {
	r := newRand(t)
	for range 500 {
		n := 1 + r.IntN(200)
		m := newHints(n).some
		var want []int
		for i := range n {
			if r.IntN(3) == 0 {
				m.set(i)
				want = append(want, i)
			}
		}
		start := r.IntN(n)
		k, _ := slices.BinarySearch(want, start)
		want = append(slices.Clone(want[k:]), want[:k]...)
		var got []int
		for s := m.from(start); ; {
			i := s.next()
			if i < 0 {
				break
			}
			got = append(got, i)
		}
		if !slices.Equal(got, want) {
			t.Fatalf("%d bits from %d: got %v, want %v", n, start, got, want)
		}
		for _, i := range want {
			m.clear(i)
		}
		if s := m.from(start); s.next() != -1 {
			t.Fatal("there are bits after all were cleared")
		}
	}
}

// A search finds a value in whichever shard it is, and room in whichever shard has some. A search that finds nothing
// looks at one shard and the hints.
func TestSearch(t *testing.T) {
	b := must(t, Options[int]{Capacity: 512, Shards: 16, Magazine: -1})
	for i := range 512 {
		if !b.TryPut(i) {
			t.Fatalf("value %d found no room in 512", i)
		}
	}
	s := b.current()
	if p := s.popRoom(3, nil, false); p != nil {
		t.Error("there is room in a bag that is full")
	}
	for i := range s.hints.room {
		if s.hints.room[i].Load() != 0 {
			t.Errorf("hints of room in a bag that is full: %b", s.hints.room[i].Load())
		}
	}
	seen := map[int]bool{}
	for len(seen) < 512 {
		v, ok := b.TryGet()
		if !ok || seen[v] {
			t.Fatalf("TryGet = %d, %t after %d of 512", v, ok, len(seen))
		}
		seen[v] = true
	}
	if _, ok := b.TryGet(); ok {
		t.Error("there is a value in a bag that is empty")
	}
	for i := range s.hints.some {
		if s.hints.some[i].Load() != 0 {
			t.Errorf("hints of values in a bag that is empty: %b", s.hints.some[i].Load())
		}
	}
	for i := range s.all() {
		sh := s.all()[i]
		p := sh.popRoom(true)
		p.push(1000+i, 1)
		sh.gave(1)
		s.push(p)
		if v, ok := b.TryGet(); !ok || v != 1000+i {
			t.Errorf("a value in shard %d: TryGet = %d, %t", i, v, ok)
		}
	}
}

// A magazine is made inside a pinned section, so its memory is bounded.
func TestMagazineBytesAreBounded(t *testing.T) {
	for _, cell := range []uintptr{16, 1 << 10, 40 << 10, 1 << 20} {
		for _, magazine := range []int{-1, 0, 1, MaxMagazine} {
			g := layOut(MaxCapacity, 0, magazine, 2, true, cell)
			if got := uintptr(g.size) * cell; g.size != 1 && got > maxMagazineBytes {
				t.Errorf("magazine %d, cells of %d bytes: %d bytes a magazine, want at most %d", magazine, cell, got, maxMagazineBytes)
			}
		}
	}
}

// S1: a Put that stops to ask for its stamp looks for the store again afterwards,
// for it may be another by then.
func TestStampMayClear(t *testing.T) {
	for _, magazine := range []int{-1, 0} {
		var b *Bag[int]
		b = must(t, Options[int]{Capacity: 64, Magazine: magazine, Policy: Policy[int]{
			Owner: owner{stamped: func(int64) {}, stamp: func() int64 {
				b.Clear()
				return 5
			}},
		}})
		for i := range 10 {
			b.Put(i)
			if got := b.Len(); got != 1 {
				t.Fatalf("magazine %d: Len = %d after a Put whose stamp came with a Clear, want 1", magazine, got)
			}
			if got, ok := b.TryGet(); !ok || got != i {
				t.Fatalf("magazine %d: TryGet = %d, %t, want %d", magazine, got, ok, i)
			}
			b.Put(-1) // for the next Clear
		}
	}
}

// No magazine's first cell has the offset in a page at which every P has its number.
func TestFirstCell(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no magazines of some cells in the portable build")
	}
	const page = 4096
	sh := newShard[*int](0, 1<<10, 64, 1<<16)
	for h := range sh.parked {
		p := &sh.parked[h]
		p.make(64)
		if at := uintptr(unsafe.Pointer(&p.cells[0])) % page; at <= 8 || len(p.cells) != 64 {
			t.Fatalf("magazine %d: %d cells from byte %d of a page on, want 64 from a byte beyond 8 on", h, len(p.cells), at)
		}
	}
}

// A magazine's memory grows with what is in it, and what is in it stays.
func TestMagazineGrows(t *testing.T) {
	p := &parked[int]{size: 100}
	for i := range 100 {
		p.push(i, int64(i))
		if most := max(1, 2*(i+1)); len(p.cells) > most {
			t.Errorf("%d cells for %d values, want at most %d", len(p.cells), i+1, most)
		}
	}
	if len(p.cells) != 100 {
		t.Errorf("%d cells of a full magazine, want 100", len(p.cells))
	}
	for want := 99; want >= 0; want-- {
		if v, stamp := p.pop(); v != want || stamp != int64(want) {
			t.Fatalf("pop = %d, %d, want %d", v, stamp, want)
		}
	}
}

// vacate makes an empty magazine of two that are not, unless they do not fit into one.
func TestVacate(t *testing.T) {
	for _, c := range []struct {
		n    []int
		want bool
	}{{[]int{1, 1, 8}, true}, {[]int{3, 5, 8}, true}, {[]int{4, 5, 8}, false}, {[]int{2, 8, 8}, false}, {[]int{8, 8, 8}, false}} {
		s := newStore[int](layout{size: 8, shards: 1, first: 3, lanes: true}, 24)
		s.extend(24)
		sum := 0
		for _, n := range c.n {
			p := s.popRoom(0, nil, true)
			for range n {
				p.push(1+sum, 1)
				p.home.gave(1)
				sum += 1 + sum
			}
			s.push(p)
		}
		p := s.vacate(0)
		if (p != nil) != c.want || p != nil && p.n != 0 {
			t.Errorf("magazines of %v: vacate = %v, want one: %t", c.n, p, c.want)
		}
		if p != nil {
			s.push(p)
		}
		got, magazines := 0, 0
		for p := s.popRoom(0, nil, true); p != nil; p = s.popRoom(0, nil, true) {
			magazines++
		}
		for p, _ := s.popSome(0, nil, false); p != nil; p, _ = s.popSome(0, nil, false) {
			magazines++
			for p.n > 0 {
				v, _ := p.pop()
				got += v
			}
		}
		if got != sum || magazines != len(c.n) {
			t.Errorf("magazines of %v: %d of them with values of %d in all afterwards, want %d", c.n, magazines, got, sum)
		}
	}
}

// B4: no more magazines are reserved than may be in lanes, and what is refused is not counted.
func TestReserve(t *testing.T) {
	s := newStore[int](layout{size: 2, shards: 1, first: 8, lanes: true}, 8) // four magazines
	for i, want := range []bool{true, true, false, false} {
		if got := s.reserve(); got != want || int(s.private.Load()) != min(i+1, 2) {
			t.Errorf("reservation %d: got %t, %d in all, want %t, %d", i, got, s.private.Load(), want, min(i+1, 2))
		}
	}
}

// The search of a lane begins at any shard, lest all look at the same one.
func TestSearchBeginsAnywhere(t *testing.T) {
	s := newStore[int](layout{size: 1, shards: 8, first: 1}, 8)
	l := newLanes(s, 1, 0).at(0)
	seen := map[int]bool{}
	for range 1000 {
		seen[s.start(3, l, 8)] = true
	}
	if len(seen) != 8 || s.start(3, nil, 8) != 3 {
		t.Errorf("1,000 searches of a lane begin at %d of 8 shards; one without a lane at %d, want its home, 3", len(seen), s.start(3, nil, 8))
	}
}

// L2: a lane below a whole magazine trades by halves of its limit. That changes neither the number of the values nor
// the values, and keeps nothing reachable that the lane has given.
func TestHalves(t *testing.T) {
	for limit := 1; limit <= 7; limit++ {
		s := newStore[int](layout{size: 8, shards: 1, first: 4, lanes: true}, 32)
		s.extend(32)
		l := newLanes(s, 1, 0).at(0)
		l.loaded.p = s.popRoom(0, nil, true)
		l.setLimit(limit)
		for i := range limit {
			l.loaded.cells[i] = cell[int]{100 + i, 1}
		}
		l.loaded.n = uint(limit)
		given := l.give(0, limit/2+limit%2)
		if want := limit/2 + limit%2; given != want || int(l.loaded.n) != limit-want || s.held() != want {
			t.Fatalf("limit %d: %d given, %d left, %d in the shard, want %d, %d, %d", limit, given, l.loaded.n, s.held(), want, limit-want, want)
		}
		for i, c := range l.loaded.cells {
			if want := 100 + given + i; i < limit-given && c.v != want || i >= limit-given && c.v != 0 {
				t.Errorf("limit %d: cell %d has %d after values were given", limit, i, c.v)
			}
		}
		l.loaded.n = 0
		if !l.refill(0) || int(l.loaded.n) != min(given, 1+limit/2) || s.held() != given-int(l.loaded.n) {
			t.Errorf("limit %d: a refill brought %d of %d, %d are left", limit, l.loaded.n, given, s.held())
		}
		seen := map[int]bool{}
		for _, c := range l.loaded.cells[:l.loaded.n] {
			seen[c.v] = true
		}
		for p := s.popRoom(0, nil, false); p != nil && p.n > 0; {
			v, _ := p.pop()
			seen[v] = true
		}
		for i := range given {
			if !seen[100+i] {
				t.Errorf("limit %d: value %d is lost", limit, 100+i)
			}
		}
	}
}

// A lane of two whole magazines trades whole ones. In between it does not need the shared tier, and nobody has to
// gather what it has.
func TestWholeTrades(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	procs(t, 1)
	const size = DefaultMagazine
	b := must(t, Options[int]{Capacity: 8 * size, Policy: Policy[int]{Owner: eager}})
	b.Endow()
	head := b.header()
	l := head.at(0)
	want := func(what string, loaded, spare, held int) {
		t.Helper()
		if int(l.loaded.n) != loaded || l.spare == nil || int(l.spareN) != spare || b.current().held() != held || b.header() != head {
			t.Errorf("%s: %d and %d values, %d in the shared tier, want %d, %d, %d", what, l.loaded.n, l.spareN, b.current().held(), loaded, spare, held)
		}
	}
	put := func(n int) {
		for i := range n {
			b.Put(i)
		}
	}
	get := func(n int) {
		for range n {
			b.Get()
		}
	}
	put(2*size + 1)
	want("two magazines full, and one more", 1, size, size)
	get(size)
	want("a magazine taken", 1, 0, size)
	get(2)
	want("from the shared tier", size-1, 0, 0)
	put(size + 1)
	want("and back", size, size, 0)
}
