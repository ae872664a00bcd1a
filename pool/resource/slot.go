package resource

import (
	"context"

	"github.com/plungepool/plunge/internal/atom"
)

// A slot's word: how often something was lent from the slot, whether what is in it is to be closed when it comes back, and
// whose it is.
//
//	| lent: 61 bits | retired: 1 bit | state: 2 bits |
const (
	vacant uint64 = iota // nothing is in it and nobody uses it; only here it is not counted in live
	idle                 // ready to be lent: on the stack, with a waiter, or on its way to one of them
	held                 // a Handle with the same word has it
	busy                 // a hook has it
	state  = 3

	retired = 1 << 2 // R1: what has it is never lent
	lentOne = 1 << 3
)

// slot is a place for one resource, and the resource.
//
// S1: a slot that is not vacant has one owner at each moment: the stack, a waiter to whom it was given, a Handle, a hook's
// goroutine, or the goroutine that is passing it on. Only the owner changes the state; each owner has exactly one next
// step, and makes it whatever happens to those who wait. So no slot is ever lost. retired is set by whoever has the
// pool's lock, and goes with the slot's next vacancy.
type slot[T any] struct {
	word atom.Uint64 // see above
	link atom.Uint64 // on the stack: how many there are from here on down << 32 | the index of the next. Written by the pusher.

	index uint32 // constant
	pool  *Pool[T]

	// Of the owner.
	value T
	since int64   // when it was released, where CheckIdle asks for it
	born  uint64  // lent, when the resource was made
	trace *record // of the Handle, where stacks are recorded

	vetted bool // by New or Check just now: whom it goes to need not call Check

	// Guarded by the pool's mu.
	cancel   context.CancelCauseFunc // ends the call of New
	reason   reason                  // why it is retired
	deadline int64                   // when the resource's lifetime is over; 0: never
	seen     uint64                  // the word when the resource was last seen idle, and
	seenAt   int64                   // when it was so for the first time
	overdue  bool                    // its hook is
}

// own makes the slot that a Handle with this word has the caller's, and reports false if it is not the Handle's any more.
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
		if s.word.CompareAndSwap(w, w&^state|to) { // else it was retired in this moment
			return
		}
	}
}

// lend makes an idle slot a Handle's, or reports false: R1. The caller is the owner.
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

// retire has what is in the slot closed once it comes back. mu is held.
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
