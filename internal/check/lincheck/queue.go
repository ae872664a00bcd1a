package main

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"

	"github.com/anishathalye/porcupine"

	"github.com/plungepool/plunge/ring"
)

// queue is what is tested: values are at most 2^28-2.
type queue interface {
	TryPush(v uint32) bool
	TryPop() (uint32, bool)
	Cap() int
}

// queueCall is a call on a queue, with its result.
type queueCall struct {
	client    int
	call, ret int64
	push, ok  bool
	v         uint32
}

func (c queueCall) String() string {
	switch {
	case c.push && c.ok:
		return fmt.Sprintf("push %d", c.v)
	case c.push:
		return fmt.Sprintf("push %d: full", c.v)
	case c.ok:
		return fmt.Sprintf("pop: %d", c.v)
	default:
		return "pop: empty"
	}
}

// overlaps tells whether the two may have been under way at the same time.
func (c queueCall) overlaps(d queueCall) bool { return c.call <= d.ret && d.call <= c.ret }

// queueKind is a structure that is tested as a queue.
type queueKind struct {
	capacities []int
	make       func(capacity int, rnd *rand.Rand) queue
	// check returns a search for an order of the calls, which are in the order of their beginnings.
	check func(calls []queueCall, capacity int) search
}

var (
	handlesKind = queueKind{
		capacities: []int{1, 2, 4, 8},
		make:       func(capacity int, _ *rand.Rand) queue { return ring.NewHandles(capacity) },
		check:      checkHandles,
	}
	ringKind = queueKind{
		capacities: []int{1, 2, 3, 4, 5, 8},
		make: func(capacity int, rnd *rand.Rand) queue {
			if rnd.IntN(2) == 0 {
				return wideRing{ring.New[wide](capacity)}
			}
			return ring.New[uint32](capacity)
		},
		check: checkRing,
	}
)

// wide is a value that takes several stores, so that a torn one can be seen.
type wide [5]uint64

// wideRing is a ring of them.
type wideRing struct{ r *ring.Ring[wide] }

// torn stands for a value of which parts are from another. Nobody pushes torn.
const torn = 1<<28 - 2

func (w wideRing) TryPush(v uint32) bool {
	var x wide
	for i := range x {
		x[i] = uint64(v)
	}
	return w.r.TryPush(x)
}

func (w wideRing) TryPop() (uint32, bool) {
	x, ok := w.r.TryPop()
	for i := range x {
		if x[i] != x[0] {
			return torn, ok
		}
	}
	return uint32(x[0]), ok
}

func (w wideRing) Cap() int { return w.r.Cap() }

// play runs one history.
func (k queueKind) play(seed uint64) played {
	s, rnd := newShape(seed)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.procs))
	capacity := k.capacities[rnd.IntN(len(k.capacities))]
	shift := rnd.IntN(40)                          // hints and laps are then anywhere
	pushes := []int{2, 4, 5, 5, 6, 8}[rnd.IntN(6)] // in 10 calls
	q := k.make(capacity, rnd)

	p := played{params: fmt.Sprintf("%v, %T of %d, begun at position %d, %d pushes in 10 calls", s, q, q.Cap(), shift, pushes)}
	c := s.newClock()
	push := func(e queueCall, v uint32) queueCall {
		e.push, e.v = true, v
		e.call = c.now()
		e.ok = q.TryPush(v)
		e.ret = c.now()
		return e
	}
	pop := func(e queueCall) queueCall {
		e.call = c.now()
		e.v, e.ok = q.TryPop()
		e.ret = c.now()
		return e
	}

	var calls []queueCall
	for i := range shift {
		calls = append(calls, push(queueCall{}, uint32(s.goroutines*s.calls+i+1)), pop(queueCall{}))
	}
	parts := make([][]queueCall, s.goroutines)
	s.together(func(id int, rnd *rand.Rand) {
		part := make([]queueCall, 0, s.calls)
		for i := range s.calls {
			pushes := rnd.IntN(10) < pushes
			pause(rnd)
			if pushes {
				part = append(part, push(queueCall{client: id}, uint32(id*s.calls+i+1)))
			} else {
				part = append(part, pop(queueCall{client: id}))
			}
		}
		parts[id] = part
	})

	calls = append(calls, slices.Concat(parts...)...)
	for range q.Cap() + 1 { // the rest, until one says empty
		e := pop(queueCall{})
		calls = append(calls, e)
		if !e.ok {
			break
		}
	}
	slices.SortStableFunc(calls, func(a, b queueCall) int { return int(a.call - b.call) })
	p.calls = len(calls)
	p.searches = []search{k.check(calls, q.Cap())}
	return p
}

// operation is the call as porcupine takes it; what the model sees is input.
func (c queueCall) operation(input any) porcupine.Operation {
	return porcupine.Operation{ClientId: c.client, Input: input, Call: c.call, Return: c.ret}
}
