package resource

import (
	"context"

	"github.com/plungepool/plunge/internal/atom"
)

// A slot's word: how often the slot was lent, whether its resource is to be closed when it comes back, and who owns
// the slot.
//
//	| lent: 61 bits | retired: 1 bit | state: 2 bits |
const (
	vacant uint64 = iota // the slot is empty and unused; the only state that live does not count
	idle                 // ready to be lent: on the stack, with a waiter, or on its way to one of them
	held                 // a Handle with the same word has it
	busy                 // a hook has it
	state  = 3

	retired = 1 << 2 // R1: a slot with this bit is never lent
	lentOne = 1 << 3
)

// slot is a place for one resource, and the resource.
//
// S1: a slot that is not vacant has one owner at each moment: the stack, a waiter to whom it was given, a Handle, a
// hook's goroutine, or the goroutine that is passing it on. Only the owner changes the state. Each owner has
// exactly one next step, and takes it whatever happens to those who wait. So no slot is ever lost. retired is set
// under the pool's lock, and cleared when the slot becomes vacant.
type slot[T any] struct {
	word atom.Uint64 // see above
	link atom.Uint64 // on the stack: slots from here down << 32 | index of the next. Written by the pusher.

	index uint32 // constant
	pool  *Pool[T]

	// Only the owner uses these.
	value T
	since int64   // when it was released, if CheckIdle needs it
	born  uint64  // lent in the word when the resource was made
	trace *record // of the Handle, if it is recorded

	vetted bool // New or Check has just returned: the next caller need not call Check

	// Guarded by the pool's mu.
	cancel   context.CancelCauseFunc // ends the call of New
	reason   reason                  // why it is retired
	deadline int64                   // when the resource's lifetime is over; 0: never
	seen     uint64                  // lent in the word when the resource was last seen idle
	seenAt   int64                   // when it was first seen so
	overdue  bool                    // its hook is overdue
}

// own takes the slot from the Handle with this word and makes the caller its owner. It returns false if the slot is
// no longer the Handle's.
func (s *slot[T]) own(word uint64) bool {
	for {
		w := s.word.Load()
		if w&^retired != word {
			return false
		}
		if s.word.CompareAndSwap(w, w&^state|busy) {
			return true
		}
	}
}

// become changes the state. The caller is the owner.
func (s *slot[T]) become(to uint64) {
	for {
		w := s.word.Load()
		if s.word.CompareAndSwap(w, w&^state|to) { // else it has just been retired
			return
		}
	}
}

// lend gives an idle slot to a Handle, or returns false if it is retired: R1. The caller is the owner.
func (s *slot[T]) lend() (word uint64, ok bool) {
	for {
		w := s.word.Load()
		if w&retired != 0 {
			return 0, false
		}
		if next := w + lentOne + (held - idle); s.word.CompareAndSwap(w, next) {
			return next, true
		}
	}
}

// retire makes the pool close the slot's resource when it comes back. mu is held.
func (s *slot[T]) retire(why reason) {
	for {
		w := s.word.Load()
		if w&state == vacant || w&retired != 0 {
			return
		}
		if s.word.CompareAndSwap(w, w|retired) {
			s.reason = why
			return
		}
	}
}
