//go:build plunge_explore

package shard

import (
	"fmt"
	"math/bits"
)

// What must hold of every history of a Bag.

// account: every value put is in one place, no more are held than fit, and the counters agree.
func (h *history) account(idle int, c Counts, held values64) {
	if h.seen != h.all {
		h.fail("values %v are lost", h.all&^h.seen)
	}
	if held.len() > h.p.capacity {
		h.fail("%d values were held, capacity %d", held.len(), h.p.capacity)
	}
	if idle != held.len() {
		h.fail("Len() = %d in the end, %d values were held", idle, held.len())
	}
	puts, gets, dropped := (h.filled &^ h.spilt).len(), h.gone.len(), 0
	for i := range h.ops {
		o := &h.ops[i]
		puts += (o.puts &^ o.failed).len()
		switch {
		case o.is("gtmN"):
			gets += o.out.len()
		default:
			dropped += o.out.len()
		}
	}
	if int(c.Puts) != puts || int(c.Gets) != gets || int(c.Dropped) != dropped || c.Idle != idle {
		h.fail("Counts: got %+v, want %d puts, %d gets, %d dropped, %d idle", c, puts, gets, dropped, idle)
	}
	if c.Peak < idle || c.Peak > h.p.capacity {
		h.fail("Counts: Peak is %d, %d are idle, capacity %d", c.Peak, idle, h.p.capacity)
	}
}

// checkCleared: after the Clear or Resize s, no more of the values that were in before it are handed out or held than
// it keeps. It takes no more than it should.
func (h *history) checkCleared(s *op, held values64) {
	keep := 0
	if s.kind == 'r' {
		keep = h.p.capacity - 1
	}
	covered, after, before := h.left, held, values64(0)
	for i := range h.ops {
		o := &h.ops[i]
		if o.precedes(s) {
			covered |= o.puts
			before |= o.out
		}
		if s.precedes(o) {
			after |= o.out
		}
		before |= o.failed
	}
	if v := covered & after; v.len() > keep {
		h.fail("values %v were in before a %c that keeps %d, and after it", v, s.kind, keep)
	}
	if stay := h.all &^ (before | s.out | h.spilt | h.gone); s.out != 0 && stay.len() < keep {
		h.fail("a %c that keeps %d left %v", s.kind, keep, stay)
	}
}

// checkSweep: a Sweep takes only what is old, and leaves as many values as it keeps. Shed takes no more than it was
// asked for. What others have in their hands may stay.
func (h *history) checkSweep(s *op) {
	switch {
	case s.kind == 'o' && s.out&^h.filled != 0:
		h.fail("a Sweep took values %v, which are not old", s.out&^h.filled)
	case s.kind == 'd' && s.out.len() > 1:
		h.fail("Shed of one took %v", s.out)
	case s.kind == 'k':
		most := h.left.len()
		for i := range h.ops {
			if o := &h.ops[i]; !s.precedes(o) {
				most += o.puts.len()
			}
		}
		if s.out.len() > max(most-keeps, 0) {
			h.fail("a Sweep that keeps %d took %v of %d", keeps, s.out, most)
		}
	}
}

// checkClosed: after Close nothing is held, handed out or taken in, and there are no lanes.
func (h *history) checkClosed(c *op, held values64) {
	if h.b.header().n != 0 {
		h.fail("a bag that is closed has lanes")
	}
	if held != 0 {
		h.fail("values %v are held by a bag that is closed", held)
	}
	for i := range h.ops {
		if o := &h.ops[i]; c.precedes(o) && (o.out != 0 || o.puts != o.failed) {
			h.fail("values came out or in after Close")
		}
	}
}

// checkExact: with magazines of one value, nobody has a value in hand for the sake of another. Then a Put overflows
// only if the bag may have been full, and a Get misses only if it may have been empty, whatever housekeepers do: S3.
// A Get may leave one value to a P that has it to itself: E4.
func (h *history) checkExact(e *op) {
	least, most := h.left.len(), h.left.len()
	for i := range h.ops {
		o := &h.ops[i]
		if o == e || e.precedes(o) {
			continue
		}
		in, out := (o.puts &^ o.failed).len(), o.out.len()
		most += in
		least -= out
		if o.precedes(e) {
			least += in
			most -= out
		}
	}
	if e.failed != 0 && most+e.puts.len()-e.failed.len() < h.p.capacity {
		h.fail("a Put overflowed though the bag was not full")
	}
	wanted, spared := 1, 0
	if e.is("m") {
		wanted = 2
	}
	if e.is("gm") && (len(h.p.limits) > 0 || h.p.has("e")) {
		spared = 1
	}
	if e.is("gtm") && e.out.len() < wanted && least-e.out.len() > spared {
		h.fail("a Get missed though the bag was not empty")
	}
}

// values64 is a set of values, which are 1 to 63.
type values64 uint64

func (s values64) has(v uint8) bool { return s>>v&1 != 0 }
func (s values64) len() int         { return bits.OnesCount64(uint64(s)) }
func one(v uint8) values64          { return 1 << v }
func from(v uint8, n int) values64  { return (1<<n - 1) << v }

func (s values64) String() string {
	var vs []int
	for v := range 64 {
		if s.has(uint8(v)) {
			vs = append(vs, v)
		}
	}
	return fmt.Sprint(vs)
}
