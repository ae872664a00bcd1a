package main

import (
	"slices"

	"github.com/anishathalye/porcupine"
)

// The contract of a pool of one shard with nothing private, by the comments on Options.LocalCache and of package
// shard: it is a FIFO. A miss or a full pool is one as a whole, if no call is in flight. The model asks for more. A
// miss is always one as a whole. A Release that finds the pool full is mistaken only about places that other calls
// have at that instant.
//
// A Release claims a place and then, at its end, puts the object there; if no place is free it drops the object. An
// Acquire takes the oldest object and then, at its end, gives the place back. Clear and Close are each an instant, at
// which nothing is half done. A call that is on its way in the store that they replace counts as done just before.

// bagStep is an operation of the model.
type bagStep struct {
	poolCall
	phase phase
	room  room
}

// room is whether a Release found a place.
type room uint8

const (
	found  room = iota
	none        // Destroy ran in it
	either      // Destroy ran while it and something else was under way, for one of them
)

func (s bagStep) String() string {
	return s.poolCall.String() + [...]string{"", " (claim)", " (end)"}[s.phase] + [...]string{"", ", full", ", full or not"}[s.room]
}

// checkBag asks for an order of the steps of a history, which is in the order of the calls'
// beginnings and has no batches.
func checkBag(calls []poolCall, maxIdle int) search {
	steps := make([]bagStep, 0, len(calls))
	for _, c := range calls {
		if c.verb != destroyed {
			steps = append(steps, bagStep{poolCall: c, room: roomFor(c, calls)})
		}
	}
	var ops []porcupine.Operation
	add := func(s bagStep, p phase) {
		s.phase = p
		ops = append(ops, porcupine.Operation{ClientId: s.client, Input: s, Call: s.call, Return: s.ret})
	}
	for i, s := range steps {
		// As in checkRing, the claim and the end are two steps only if what is between them may excuse a Release that
		// found the pool full.
		takesPlace := s.verb == hit || s.verb == released && s.room != none
		if takesPlace && slices.ContainsFunc(steps, func(f bagStep) bool {
			return f.room != found && f.overlaps(s.poolCall)
		}) {
			add(steps[i], claim)
			add(steps[i], end)
		} else {
			add(steps[i], whole)
		}
	}
	return search{what: "the pool as a whole", model: bagModel(maxIdle), ops: ops}
}

// roomFor says what is known about a call. Destroy runs on the goroutine that drops the object. So a Destroy belongs
// to a Release if it ran while that was under way, and nothing else that may have dropped the object.
func roomFor(c poolCall, calls []poolCall) room {
	r := found
	if c.verb != released {
		return r
	}
	for _, d := range calls {
		if d.verb != destroyed || d.id != c.id || !d.within(c) {
			continue
		}
		r = none
		if slices.ContainsFunc(calls, func(s poolCall) bool {
			return (s.sweeps() || s.verb == released && s.id == c.id && s != c) && d.within(s)
		}) {
			r = either
		}
	}
	return r
}

// bagState is the pool.
type bagState struct {
	idle   values // the objects, the oldest first
	places int    // free ones; not those that are half given or half taken
	half   values // what is half done: objects and how, ascending
	closed bool
}

// How an object is half done; the lowest bits of a number in bagState.half.
const (
	entering uint32 = iota
	leaving
	refused // no place was free

	howBits = 2
)

// begin returns half with one thing more.
func (b bagState) begin(id, how uint32) bagState {
	x, less := id<<howBits|how, 0
	for q := b.half; q != "" && q.first() < x; q = q.rest() {
		less += valueBytes
	}
	b.half = b.half[:less] + values("").push(x) + b.half[less:]
	return b
}

// finish returns half without that thing, and whether it was there.
func (b bagState) finish(id, how uint32) (bagState, bool) {
	x := id<<howBits | how
	for i := 0; i < len(b.half); i += valueBytes {
		if b.half[i:].first() == x {
			b.half = b.half[:i] + b.half[i+valueBytes:]
			return b, true
		}
	}
	return b, false
}

// bagModel is the contract for a pool of so many places.
func bagModel(maxIdle int) porcupine.Model {
	return porcupine.Model{
		Init: func() any { return bagState{places: maxIdle} },
		Step: func(state, input, _ any) (bool, any) {
			b, s := state.(bagState), input.(bagStep)
			switch s.verb {
			case made, missed:
				return b.idle == "", b
			case hit:
				return wrap(b.leave(s))
			case released:
				return wrap(b.enter(s))
			case cleared, closed:
				ok := b.half == "" && (s.verb == closed || s.n == b.idle.len())
				b.places += b.idle.len()
				b.idle = ""
				b.closed = b.closed || s.verb == closed
				return ok, b
			}
			return false, b
		},
		Hash: hashOf[bagState],
	}
}

func wrap(b bagState, ok bool) (bool, any) { return ok, b }

// leave is an Acquire that got an object.
func (b bagState) leave(s bagStep) (bagState, bool) {
	if s.phase == end {
		b, ok := b.finish(s.id, leaving)
		b.places++
		return b, ok
	}
	if b.idle == "" || b.idle.first() != s.id {
		return b, false
	}
	b.idle = b.idle.rest()
	if s.phase == whole {
		b.places++
		return b, true
	}
	return b.begin(s.id, leaving), true
}

// enter is a Release.
func (b bagState) enter(s bagStep) (bagState, bool) {
	if s.phase == end {
		if b, ok := b.finish(s.id, entering); ok {
			b.idle = b.idle.push(s.id)
			return b, true
		}
		return b.finish(s.id, refused)
	}
	if b.closed || b.places == 0 {
		if s.room != found && s.phase == claim {
			b = b.begin(s.id, refused)
		}
		return b, s.room != found
	}
	if s.room == none {
		return b, false
	}
	b.places--
	if s.phase == claim {
		return b.begin(s.id, entering), true
	}
	b.idle = b.idle.push(s.id)
	return b, true
}
