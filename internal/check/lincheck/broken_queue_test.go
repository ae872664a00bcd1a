package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// fault names what is wrong with a queue or a pool of this package's tests; "" is nothing.
type fault string

// slowQueue is a queue under a mutex, which is obviously right except for its fault. The fault shows now and then.
type slowQueue struct {
	fault fault
	n     int

	mu  sync.Mutex
	q   []uint32
	rnd *rand.Rand
}

func slowQueues(f fault) func(int, *rand.Rand) queue {
	return func(capacity int, rnd *rand.Rand) queue {
		return &slowQueue{fault: f, n: capacity, rnd: rand.New(rand.NewPCG(rnd.Uint64(), 0))}
	}
}

func (s *slowQueue) Cap() int { return s.n }

// fails tells whether the fault is f and shows now.
func (s *slowQueue) fails(f fault) bool { return s.fault == f && s.rnd.IntN(16) == 0 }

func (s *slowQueue) TryPush(v uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.fails("full too early"):
		return false
	case len(s.q) == s.n && s.fails("overwrites"):
		s.q = append(s.q[1:], v)
		return true
	case len(s.q) == s.n && !s.fails("one too many"):
		return false
	case s.fails("loses"):
		return true
	case s.fails("jumps the queue"):
		s.q = slices.Insert(s.q, 0, v)
		return true
	}
	s.q = append(s.q, v)
	return true
}

func (s *slowQueue) TryPop() (uint32, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.q) == 0 || s.fails("empty too early") {
		return 0, false
	}
	v := s.q[0]
	switch {
	case s.fault == "last in, first out":
		v = s.q[len(s.q)-1]
		s.q = s.q[:len(s.q)-1]
	case s.fails("doubles"):
	case s.fails("invents"):
		s.q = s.q[1:]
		return torn, true
	default:
		s.q = s.q[1:]
	}
	return v, true
}

// twin is the algorithm of ring.Ring, written for clarity, with a fault, and with time for others
// between any two of its steps.
type twin struct {
	fault      fault
	n, lap     uint64
	slots      []twinSlot
	head, tail atomic.Uint64
	calls      atomic.Int32 // under way
}

type twinSlot struct {
	stamp atomic.Uint64
	value atomic.Uint32
}

func twins(f fault) func(int, *rand.Rand) queue {
	return func(capacity int, _ *rand.Rand) queue {
		t := &twin{fault: f, n: uint64(capacity), lap: 16, slots: make([]twinSlot, capacity)}
		for i := range t.slots {
			t.slots[i].stamp.Store(uint64(i))
		}
		return t
	}
}

func (t *twin) Cap() int { return int(t.n) }

func (t *twin) next(p uint64) uint64 {
	if p++; p%t.lap == t.n {
		p += t.lap - t.n
	}
	return p
}

// claim takes the position at an end of the queue whose slot has that stamp.
func (t *twin) claim(end *atomic.Uint64, full uint64) (p uint64, s *twinSlot, ok bool) {
	if t.calls.Add(1) > 1 && t.fault == "gives up in company" {
		return 0, nil, false
	}
	for range 10_000 { // with some faults an end falls behind its slot's stamp for good
		p = end.Load()
		s = &t.slots[p%t.lap]
		runtime.Gosched()
		d := int64(s.stamp.Load() - (p + full))
		if d < 0 && t.fault != "no look at the stamp" {
			return 0, nil, false
		}
		if d > 0 {
			continue
		}
		runtime.Gosched()
		if t.fault == "claims without CAS" {
			end.Store(t.next(p))
			return p, s, true
		}
		if end.CompareAndSwap(p, t.next(p)) {
			runtime.Gosched()
			return p, s, true
		}
		if t.fault == "gives up a lost CAS" {
			return 0, nil, false
		}
	}
	return 0, nil, false
}

func (t *twin) TryPush(v uint32) bool {
	defer t.calls.Add(-1)
	p, s, ok := t.claim(&t.tail, 0)
	if !ok {
		return false
	}
	if t.fault == "publishes too early" {
		s.stamp.Store(p + 1)
		runtime.Gosched()
	}
	s.value.Store(v)
	runtime.Gosched()
	s.stamp.Store(p + 1)
	return true
}

func (t *twin) TryPop() (uint32, bool) {
	defer t.calls.Add(-1)
	p, s, ok := t.claim(&t.head, 1)
	if !ok {
		return 0, false
	}
	if t.fault == "frees too early" {
		s.stamp.Store(p + t.lap)
		runtime.Gosched()
	}
	v := s.value.Load()
	runtime.Gosched()
	s.stamp.Store(p + t.lap)
	return v, true
}
