package main

import (
	"fmt"
	"strings"

	"github.com/anishathalye/porcupine"
)

// The contract of ring.Ring, from its package comment. A push claims the position at the tail: its slot goes from
// free to filling. The push is done when the slot goes to full. A pop claims the position at the head: its slot goes
// from full to emptying. The pop is done when the slot goes to free. Claim and end are two instants while the call
// runs. A push fails only at an instant at which the tail's slot is not free, a pop only at one at which the head's
// slot is not full.
//
// So the order of the claims is that of a FIFO. If a call fails, the ring is full or empty, or the call overlaps the
// other half of the call on the very slot that it needs.

// phase is what of a call is an operation of the model.
type phase uint8

const (
	whole phase = iota // the claim and the end at once, or a call that failed
	claim
	end
)

// ringStep is an operation of the model.
type ringStep struct {
	queueCall
	phase phase
}

func (s ringStep) String() string {
	return s.queueCall.String() + [...]string{"", " (claim)", " (end)"}[s.phase]
}

// checkRing asks for an order of the calls' steps.
//
// A call's end is an operation of its own only if the call overlaps one that may have failed because of it: a push
// overlaps a pop that found the ring empty, or a pop a push that found it full. Otherwise the end can be moved up to
// the claim: it allows others to succeed, and nobody in between fails on account of the slot.
func checkRing(calls []queueCall, capacity int) search {
	var ops []porcupine.Operation
	for i, c := range calls {
		if !c.ok || !mayExcuse(calls, i) {
			ops = append(ops, c.operation(ringStep{c, whole}))
			continue
		}
		ops = append(ops, c.operation(ringStep{c, claim}), c.operation(ringStep{c, end}))
	}
	return search{model: ringModel(capacity), ops: ops}
}

// mayExcuse tells whether call i, which succeeded, overlaps one that failed and may be the reason.
// The calls are in the order of their beginnings.
func mayExcuse(calls []queueCall, i int) bool {
	for _, d := range calls {
		if d.call > calls[i].ret {
			return false
		}
		if !d.ok && d.push != calls[i].push && d.overlaps(calls[i]) {
			return true
		}
	}
	return false
}

// slotState is a slot's, in the lower two bits of its word; the value is above.
type slotState = uint32

const (
	free slotState = iota
	filling
	full
	emptying

	stateBits = 2
)

// maxRing is the largest capacity that a ringState has room for.
const maxRing = 8

// ringState is the ring: head and tail are indices of slots.
type ringState struct {
	slots      [maxRing]uint32
	head, tail uint8
}

func (r ringState) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "head %d, tail %d:", r.head, r.tail)
	for _, w := range r.slots {
		fmt.Fprintf(&b, " %s", [...]string{"-", fmt.Sprintf("+%d", w>>stateBits), fmt.Sprint(w >> stateBits), fmt.Sprintf("-%d", w>>stateBits)}[w&(1<<stateBits-1)])
	}
	return b.String()
}

// settle takes the slot that holds v from one state to the next.
func (r ringState) settle(v uint32, from slotState, to uint32) (bool, any) {
	for i, w := range r.slots {
		if w == v<<stateBits|from {
			r.slots[i] = to
			return true, r
		}
	}
	return false, r
}

// ringModel is the contract for a ring of the capacity.
func ringModel(capacity int) porcupine.Model {
	n := uint8(capacity)
	return porcupine.Model{
		Init: func() any { return ringState{} },
		Step: func(state, input, _ any) (bool, any) {
			r, s := state.(ringState), input.(ringStep)
			word := s.v << stateBits
			switch {
			case s.push && !s.ok:
				return r.slots[r.tail] != free, r
			case !s.push && !s.ok:
				return r.slots[r.head]&(1<<stateBits-1) != full, r
			case s.push && s.phase == end:
				return r.settle(s.v, filling, word|full)
			case !s.push && s.phase == end:
				return r.settle(s.v, emptying, free)
			case s.push:
				if r.slots[r.tail] != free {
					return false, r
				}
				r.slots[r.tail] = word | filling
				if s.phase == whole {
					r.slots[r.tail] = word | full
				}
				r.tail = (r.tail + 1) % n
			default:
				if r.slots[r.head] != word|full {
					return false, r
				}
				r.slots[r.head] = word | emptying
				if s.phase == whole {
					r.slots[r.head] = free
				}
				r.head = (r.head + 1) % n
			}
			return true, r
		},
		Hash: hashOf[ringState],
	}
}
