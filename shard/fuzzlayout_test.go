package shard

import (
	"fmt"
	"slices"
)

// checkLayout looks for each magazine in the lanes and rings: B1, B2, B3.
func (r *bagRun[T]) checkLayout() {
	s := r.b.current()
	var handles []int
	room := 0
	note := func(h uint, size, n int) {
		handles = append(handles, int(h))
		room += size
		if n > size {
			r.t.Errorf("magazine %d has %d values of %d", h, n, size)
		}
	}
	for i := range s.lane {
		for _, m := range []magazine[T]{s.lane[i].loaded, s.lane[i].spare} {
			if m.h != none {
				note(m.h, len(m.cells), int(m.n))
			}
		}
	}
	for i := range s.shard {
		for _, full := range []bool{true, false} {
			q := s.shard[i].empty
			if full {
				q = s.shard[i].full
			}
			for range q.Len() {
				h, _ := q.TryPop()
				q.TryPush(h)
				p := &s.parked[h]
				size := s.size
				if int(h) == s.magazines-1 {
					size = s.last
				}
				note(uint(h), size, int(p.n))
				if int(p.home) != i || full != (p.n > 0) {
					r.t.Errorf("magazine %d of shard %d with %d values is in shard %d's ring, full %v", h, p.home, p.n, i, full)
				}
			}
		}
	}
	slices.Sort(handles)
	if err := sequence(handles, s.magazines); err != nil || room != r.capacity && !r.closed {
		r.t.Errorf("%v; room for %d, want %d", err, room, r.capacity)
	}
}

// sequence checks that the numbers are 0 to n-1.
func sequence(sorted []int, n int) error {
	for i, h := range sorted {
		if i != h {
			return fmt.Errorf("magazine %d is there more than once, or %d is missing", h, i)
		}
	}
	if len(sorted) != n {
		return fmt.Errorf("%d magazines, want %d", len(sorted), n)
	}
	return nil
}
