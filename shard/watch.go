package shard

import (
	"math/rand/v2"
	stdatomic "sync/atomic"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// W1: while a bag is watched, stamp is 0 and oldest is more than any stamp. So the tests that every Get and Put makes
// anyway lead it out of the functions of D1 and to the watch, which costs other bags nothing. What SetStamp and
// SetOldest set meanwhile is in the watch. Whoever reads that just as a watch begins may find that no hit is allowed.
//
// Counting Gets in the hit itself would need one more test there: after a Get and a Put, all that a hit tests is as
// it was before.

// watch is what Watch was given, and what Bag.stamp and Bag.oldest would be.
type watch[T any] struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	stamp, oldest int64

	got, back func(v T) // constant
	every     uint32    // constant
}

// stampSet returns what SetStamp has set, oldestSet what SetOldest has.
func (b *Bag[T]) stampSet() int64 {
	if w := b.watch.Load(); w != nil {
		return atom.LoadInt64(&w.stamp)
	}
	return atom.LoadInt64(&b.stamp)
}

func (b *Bag[T]) oldestSet() int64 {
	if w := b.watch.Load(); w != nil {
		return atom.LoadInt64(&w.oldest)
	}
	return atom.LoadInt64(&b.oldest)
}

// maxEvery is so small that twice as much fits in 31 bits.
const maxEvery = 1 << 29

// Watch calls got with values that Get, TryGet and GetN take or make, just before they return them: one in every, at
// random. It calls back with every value that Put and PutN are given, after Prepare and Admit and before anyone can
// get it, and with every value that GetN had taken and puts back. got and back run unpinned and must not panic.
//
// While a bag is watched, a hit takes some 105 instructions more, and a batch as many per value. every is 1 or more;
// 0 ends the watch. Watch may be called while the bag is in use, but not at the same time as itself, SetStamp or
// SetOldest. If a value was given to got, a Put of it that begins later gives it to back.
func (b *Bag[T]) Watch(every int, got, back func(v T)) {
	stamp, oldest := b.stampSet(), b.oldestSet()
	if every == 0 {
		b.watch.Store(nil)
		atom.StoreInt64(&b.stamp, stamp)
		atom.StoreInt64(&b.oldest, oldest)
		return
	}
	atom.StoreInt64(&b.stamp, 0) // before anything is given to got
	atom.StoreInt64(&b.oldest, maxStamp)
	b.watch.Store(&watch[T]{stamp: stamp, oldest: oldest, got: got, back: back, every: uint32(min(every, maxEvery))})
}

// getWatched is the rest of Get, and of TryGet if try is set, for a watched bag.
//
//go:noinline
func (b *Bag[T]) getWatched(w *watch[T], try bool) (T, bool) {
	v, ok, tell := b.hitWatched(w)
	if !ok {
		if v, ok = b.find(try); !ok && try {
			return v, false
		}
		if !ok {
			v = b.miss()
		}
		tell = w.every == 1 || rand.Uint32N(w.every) == 0
	}
	if tell {
		w.got(v)
	}
	return v, true
}

// hitWatched takes what a hit takes, and says whether to tell of it.
func (b *Bag[T]) hitWatched(w *watch[T]) (v T, ok, tell bool) {
	id := pin.Pin()
	oldest, head := atom.LoadInt64(&w.oldest), b.header()
	if uint(id) < head.n {
		l := head.at(uint(id))
		l.acquire()
		cells, i := l.loaded.cells, l.loaded.n-1
		if i < uint(len(cells)) && cells[i].stamp >= oldest && room(l.gets) {
			v, ok = cells[i].v, true
			l.loaded.n = i
			race.Add(&l.gets, 1)
			if most := 2*w.every - 1; l.untold-1 >= most { // none drawn, or for another watch
				l.untold = 1 + uint32(l.random(int(most))) // w.every in the mean
			}
			l.untold--
			tell = l.untold == 0
		}
		l.release()
	}
	pin.Unpin(id)
	return v, ok, tell
}

// putWatched tells of v, and puts it where a hit does if there is room.
//
//go:noinline
func (b *Bag[T]) putWatched(w *watch[T], v T) bool {
	w.back(v)
	return b.hitPut(&v, &w.stamp)
}
