package main

import (
	"math/rand/v2"
	"slices"
	"time"
)

const (
	// burst is the number of operations of a step.
	burst = 16

	// maxHeld is how many objects a worker holds at most; one in hotEvery, which
	// never pauses, up to maxHeldHot.
	maxHeld    = 12
	maxHeldHot = 96

	// Of commonOnes operations one forgets an object, and rareOnes concern a whole pool.
	commonOnes = 10_000
	rareOnes   = 14
)

// held is an object that a worker has.
type held struct {
	u user
	x *object
}

// worker uses pools, and holds objects of them between the operations. Its fields are in order at any time, because
// any call into a pool may panic or exit the goroutine.
type worker struct {
	s     *soak
	r     *rand.Rand
	users []user // one per pool
	held  []held
	limit int           // of held
	left  int           // steps to take; < 0: until the run is stopped
	keep  int           // objects to keep at the end
	pause time.Duration // the mean between two steps
}

// newWorker makes a worker on the given pools.
func (s *soak) newWorker(cores []*core) *worker {
	w := &worker{s: s, limit: maxHeld, left: -1}
	id := s.ids.Add(1)
	w.r = rand.New(rand.NewPCG(s.cfg.seed, uint64(id)))
	for _, c := range cores {
		w.users = append(w.users, user{core: c, p: c.p.Load(), id: id})
	}
	return w
}

// step is a step of an actor.
func (w *worker) step() (time.Duration, bool) {
	if w.left == 0 || w.s.stopped.Load() {
		return 0, !w.finish()
	}
	w.left--
	u := w.users[w.r.IntN(len(w.users))]
	for range burst {
		w.operate(u)
	}
	if w.pause == 0 {
		return 0, true
	}
	return w.pause/2 + time.Duration(w.r.Int64N(int64(w.pause))), true
}

// operate makes one operation on the pool of u.
func (w *worker) operate(u user) {
	room := w.limit - len(w.held)
	switch n := w.r.IntN(commonOnes); {
	case n == 0:
		if h, ok := w.drop(); ok {
			h.u.forget(h.x)
		}
		return
	case n <= rareOnes:
		w.rarely(u, n%7)
		return
	}
	if w.r.IntN(w.limit+1) < room {
		w.more(u, room)
	} else {
		w.less(u)
	}
}

func (w *worker) rarely(u user, n int) {
	switch n {
	case 0:
		u.clear()
	case 1:
		u.prune(time.Duration(w.r.IntN(3)) * time.Millisecond)
	case 2:
		u.warm()
	case 3:
		u.len()
	case 4:
		if u.mayClose && w.r.IntN(4) == 0 {
			u.close()
		}
	default:
		u.stats()
	}
}

// more is an operation that takes objects.
func (w *worker) more(u user, room int) {
	switch w.r.IntN(8) {
	case 0:
		xs := make([]*object, 1+w.r.IntN(room))
		u.acquireN(xs)
		for _, x := range xs {
			w.held = append(w.held, held{u, x})
		}
	case 1:
		if x := u.tryAcquire(); x != nil {
			w.held = append(w.held, held{u, x})
		}
	case 2:
		u.borrow(w.r.IntN(8) == 0)
	case 3:
		u.do(w.r.IntN(2) == 0)
	case 4:
		w.receive(u)
	default:
		w.held = append(w.held, held{u, u.acquire()})
	}
}

// less is an operation that gives objects back.
func (w *worker) less(u user) {
	switch w.r.IntN(8) {
	case 0:
		w.releaseN(1 + w.r.IntN(w.limit))
	case 1:
		if h, ok := w.drop(); ok {
			h.u.lend(h.x, w.r.IntN(8) == 0)
		}
	case 2:
		w.send()
	default:
		if h, ok := w.drop(); ok {
			h.u.release(h.x)
		}
	}
}

// drop takes one of the objects held out of the worker's hands.
func (w *worker) drop() (h held, ok bool) {
	n := len(w.held)
	if n == 0 {
		return h, false
	}
	i := w.r.IntN(n)
	h, w.held[i] = w.held[i], w.held[n-1]
	w.held[n-1] = held{}
	w.held = w.held[:n-1]
	return h, true
}

// releaseN gives back up to n objects, of the pool that the last object held belongs to.
func (w *worker) releaseN(n int) {
	if len(w.held) == 0 {
		return
	}
	u := w.held[len(w.held)-1].u
	var xs []*object
	w.held = slices.DeleteFunc(w.held, func(h held) bool {
		if len(xs) == n || h.u.core != u.core {
			return false
		}
		xs = append(xs, h.x)
		return true
	})
	u.releaseN(xs)
}

// send hands an object over to another worker, receive takes one that was.
func (w *worker) send() {
	h, ok := w.drop()
	if !ok {
		return
	}
	w.s.count(opHandOver)
	w.s.pass(h.x, h.u.id, inTransit, "handing over")
	select {
	case h.u.transit <- h.x:
	default:
		w.s.pass(h.x, inTransit, h.u.id, "taking back")
		h.u.release(h.x)
	}
}

func (w *worker) receive(u user) {
	select {
	case x := <-u.transit:
		w.s.pass(x, inTransit, u.id, "taking over")
		w.held = append(w.held, held{u, x})
	default:
	}
}

// finish gives back what the worker does not keep and reports whether that is done.
func (w *worker) finish() bool {
	for len(w.held) > w.keep {
		w.releaseN(len(w.held) - w.keep)
	}
	return true
}
