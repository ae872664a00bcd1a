package shard

import (
	"math/rand/v2"
	stdatomic "sync/atomic"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// W1: while a bag is watched stamp is 0 and oldest is more than any stamp. So every Get and Put leaves the functions of D1 by
// the tests that they make anyway, and the watch, which all others pay nothing for, is seen to behind them. What SetStamp and SetOldest
// set meanwhile is in the watch. Who looks for that just as a watch begins may find that no hit is allowed.
//
// A count of Gets in the hit itself would need a test more there: a Get and a Put in turns leave nothing that a hit tests
// different from before.

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

// maxEvery keeps twice as much in 31 bits.
const maxEvery = 1 << 29

// Watch has got called with one in every values that Get, TryGet and GetN take or make, at random, just before they return
// it, and back with every value that Put and PutN are given, after Prepare and Admit, before anyone can get it. A value that
// GetN had taken and puts back is given to back, too. They run unpinned and must not panic.
//
// A Get or Put that would have been a hit then executes some 105 instructions more, and those of many at once as many each. every is 1 or more; 0 ends
// the watch. Watch may be called while the bag is in use, but not at the same time as itself, SetStamp or SetOldest. A Put that
// begins after a value was given to got gives that value to back.
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
		if !ok && b.policy.Miss != nil {
			v = b.policy.Miss()
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
