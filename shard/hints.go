package shard

import (
	"math/bits"

	"github.com/plungepool/plunge/internal/atom"
)

// hints tell which shards may have values, and which may have room, so that nobody has to look
// at all of them.
//
// N1: a shard that has some has its bit set, except for moments. Whoever puts a magazine into a ring sets the bit
// afterwards, if it is not set. Whoever finds nothing clears it, looks once more, and sets it again if there is
// something. So one of the two sees the other.
type hints struct {
	some bitmap // of shards with values in their rings
	room bitmap // of shards with room in their rings
}

func newHints(shards int) hints {
	n := (shards + 63) / 64
	words := make([]atom.Uint64, 2*n)
	return hints{some: words[:n], room: words[n:]}
}

// bitmap has a bit per shard.
type bitmap []atom.Uint64

func (m bitmap) set(i int) {
	w, bit := &m[i/64], uint64(1)<<(i%64)
	for {
		if old := w.Load(); old&bit != 0 || w.CompareAndSwap(old, old|bit) {
			return
		}
	}
}

func (m bitmap) clear(i int) {
	w, bit := &m[i/64], uint64(1)<<(i%64)
	for {
		if old := w.Load(); old&bit == 0 || w.CompareAndSwap(old, old&^bit) {
			return
		}
	}
}

// scan goes through the bits that are set, from a first one on and round to it.
type scan struct {
	bits  bitmap
	set   uint64 // what is left of the word
	word  int
	first int // the bit to start from
	left  int // words to come
}

func (m bitmap) from(i int) scan {
	w := i / 64
	return scan{bits: m, set: m[w].Load() &^ (1<<(i%64) - 1), word: w, first: i, left: len(m)}
}

// next returns the next bit, or -1.
func (s *scan) next() int {
	for s.set == 0 {
		if s.left == 0 {
			return -1
		}
		s.left--
		if s.word++; s.word == len(s.bits) {
			s.word = 0
		}
		s.set = s.bits[s.word].Load()
		if s.left == 0 { // round to the first word
			s.set &= 1<<(s.first%64) - 1
		}
	}
	i := bits.TrailingZeros64(s.set)
	s.set &= s.set - 1
	return s.word*64 + i
}
