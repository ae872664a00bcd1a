package shard

import (
	"math"
	"math/rand/v2"
	stdatomic "sync/atomic"

	"github.com/plungepool/plunge/internal/atom"
)

// W1: while a bag is watched, stamp is 0, and what SetStamp sets is in the watch. So the test that every Put makes
// anyway leads it out of the functions of D1 and to the watch, which costs other bags nothing. It draws whether the
// watch shall be told when the value is taken next, and if so, marks the stamp. A marked stamp is lower than oldest,
// so the test that every Get makes anyway leads it out, too. Gets of other values are hits as ever. Whoever looks for
// SetStamp's stamp just as a watch begins or ends may find 0.
//
// Drawing in the Get would cost the hit a test of its own: after a Get and a Put, all that a hit tests is as before.

// mark is the sign: a marked stamp is negative, and lower than noOldest. Other stamps are not negative.
const mark = minStamp

// unmarked returns the stamp without the mark.
func unmarked(stamp int64) int64 { return stamp &^ mark }

// watch is what Watch was given, and what Bag.stamp would be.
type watch[T any] struct {
	_ [0]stdatomic.Int64 // aligns the word to 8 bytes on 32-bit machines, too

	stamp int64

	got, back func(v T) // constant
	every     uint32    // constant
}

// drawn reports whether to tell of a Get: of one in every, at random.
func (w *watch[T]) drawn() bool { return rand.Uint32N(w.every) == 0 }

// marked returns the stamp, with the mark if a draw says so.
func (w *watch[T]) marked(stamp int64) int64 {
	if w.drawn() {
		stamp |= mark
	}
	return stamp
}

// draw returns the number of drawn calls to the first that is true, by one draw of the geometric distribution. So it
// does not matter how often a count is begun anew, and how few Puts a lane lives for.
func (w *watch[T]) draw() uint32 {
	rate := -math.Log1p(-1 / float64(w.every))
	return 1 + uint32(min(rand.ExpFloat64()/rate, math.MaxUint32-1))
}

// marked is w.marked in a hit's time. The lane counts the Puts to the next mark.
func (l *lane[T]) marked(w *watch[T], stamp int64) int64 {
	if l.toMark == 0 {
		l.toMark = w.draw()
	}
	if l.toMark--; l.toMark == 0 {
		stamp |= mark
	}
	return stamp
}

// stampAt returns where SetStamp's stamp is.
func (b *Bag[T]) stampAt() *int64 {
	if w := b.watch.Load(); w != nil {
		return &w.stamp
	}
	return &b.stamp
}

// maxEvery fits in 31 bits.
const maxEvery = 1<<31 - 1

// Watch calls got with values that Get, TryGet and GetN take or make, just before they return them: one in every, at
// random. It calls back with every value that Put and PutN are given, after Prepare and Admit and before anyone can
// get it, and with every value that GetN had taken and puts back. got and back run unpinned and must not panic.
//
// While a bag is watched, a Get that is not told of costs no more than others. A Put takes some 100 instructions more,
// and PutN as many per value. To draw among the values that are held, Watch gathers them, with one stop of the world
// if Ps have lanes. Those on their way at that moment may be left out of the draw once.
//
// every is 1 or more; 0 ends the watch. Watch may be called while the bag is in use, but not at the same time as
// itself or SetStamp. If a value was given to got, a Put of it that begins later gives it to back.
func (b *Bag[T]) Watch(every int, got, back func(v T)) {
	stamp := atom.LoadInt64(b.stampAt())
	if every == 0 {
		b.watch.Store(nil)
		b.SetStamp(stamp)
		return
	}
	w := &watch[T]{stamp: stamp, got: got, back: back, every: uint32(min(every, maxEvery))}
	b.SetStamp(0) // before anything is given to got
	b.watch.Store(w)
	if head := b.header(); head == nil || head.store == nil {
		return // nothing is held
	}
	Gather(b) // new lanes have not drawn yet
	b.walk(0, func(c *cell[T]) bool {
		c.stamp = w.marked(unmarked(c.stamp))
		return false
	})
}

// tell tells the watch, if there is one, of v, which a Get that was no hit returns: of a marked value, and of one in
// every that is new.
func (b *Bag[T]) tell(v T, marked, isNew bool) {
	if w := b.watch.Load(); w != nil && (marked || isNew && w.drawn()) {
		w.got(v)
	}
}

// putWatched tells of v, and puts it where a hit does if there is room.
//
//go:noinline
func (b *Bag[T]) putWatched(w *watch[T], v T) bool {
	w.back(v)
	return b.hitPut(&v, atom.LoadInt64(&w.stamp), w)
}
