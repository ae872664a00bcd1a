package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/pool"
)

// objects is what is tested: a pool of objects.
type objects interface {
	Acquire() *object
	TryAcquire() (*object, bool)
	AcquireN([]*object)
	Release(*object)
	ReleaseN([]*object)
	Clear() int
	Prune(time.Duration) int
	Close() error
}

// object is what is pooled.
type object struct {
	id    uint32      // from 1
	fresh atomic.Bool // nobody has acquired it yet
}

// poolVerb says what happened to an object, or to the pool.
type poolVerb uint8

const (
	made     poolVerb = iota // Acquire found none idle
	hit                      // Acquire or TryAcquire returned an idle object
	missed                   // TryAcquire found none
	released                 // Release
	destroyed
	cleared // Clear; n is how many
	pruned  // Prune
	closed  // Close
	over    // the history is over: nothing is on its way
)

var verbNames = [...]string{"Acquire, new:", "Acquire:", "TryAcquire: none", "Release", "Destroy", "Clear:", "Prune:", "Close", "the end of"}

// poolCall is a call on a pool or of its Destroy hook, with its result. A batch is one for each of
// its objects.
type poolCall struct {
	client    int
	call, ret int64
	verb      poolVerb
	id        uint32 // of the object, 0 if the call is about the pool
	n         int
}

// sweeps tells whether the call takes idle objects out of the pool.
func (c poolCall) sweeps() bool { return c.verb == cleared || c.verb == pruned || c.verb == closed }

// within tells whether c may have run inside d.
func (c poolCall) within(d poolCall) bool { return d.call <= c.call && c.ret <= d.ret }

func (c poolCall) overlaps(d poolCall) bool { return c.call <= d.ret && d.call <= c.ret }

func (c poolCall) String() string {
	switch c.verb {
	case missed, closed:
		return verbNames[c.verb]
	case cleared, pruned:
		return fmt.Sprintf("%s %d", verbNames[c.verb], c.n)
	default:
		return fmt.Sprintf("%s #%d", verbNames[c.verb], c.id)
	}
}

// recorder is a history of a pool while it is made. New and Destroy are the pool's hooks.
type recorder struct {
	clock *clock
	ids   atomic.Uint32
	spare int // the client to whom calls of Destroy are attributed

	mu        sync.Mutex
	destroyed []poolCall

	stash stash
}

func (r *recorder) New() *object {
	x := &object{id: r.ids.Add(1)}
	x.fresh.Store(true)
	return x
}

func (r *recorder) Destroy(x *object) {
	c := poolCall{client: r.spare, verb: destroyed, id: x.id, call: r.clock.now()}
	c.ret = r.clock.now()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.destroyed = append(r.destroyed, c)
}

// stash is where goroutines leave objects for others to release.
type stash struct {
	mu sync.Mutex
	xs []*object
}

func (s *stash) put(x *object) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.xs = append(s.xs, x)
}

func (s *stash) take() *object {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.xs) == 0 {
		return nil
	}
	x := s.xs[len(s.xs)-1]
	s.xs = s.xs[:len(s.xs)-1]
	return x
}

// mix is how often a worker does what, in 100 steps; the rest are Acquire and TryAcquire.
type mix struct {
	release int
	pass    int // of the objects to be released, leave one in the stash, or take one from there
	batch   int // of the Acquires and Releases
	sweep   int
	close   int
	prune   bool // a sweep may be a Prune
}

// worker is one goroutine's part of a history.
type worker struct {
	*recorder
	pool  objects
	id    int
	mix   mix
	rnd   *rand.Rand
	held  []*object
	calls []poolCall
}

// step does one thing.
func (w *worker) step() {
	pause(w.rnd)
	dice := w.rnd.IntN(100)
	m := w.mix
	switch {
	case dice < m.close:
		w.close()
	case dice < m.close+m.sweep:
		w.sweep()
	case dice < m.close+m.sweep+m.release && len(w.held) > 0:
		w.release(w.size())
	default:
		w.acquire(w.size())
	}
}

// size is how many objects to take or give back at once.
func (w *worker) size() int {
	if w.rnd.IntN(100) < w.mix.batch {
		return 2 + w.rnd.IntN(4)
	}
	return 1
}

// took records that the worker got an object between call and now.
func (w *worker) took(call, ret int64, x *object) {
	verb := hit
	if x.fresh.Swap(false) {
		verb = made
	}
	w.calls = append(w.calls, poolCall{client: w.id, call: call, ret: ret, verb: verb, id: x.id})
	w.held = append(w.held, x)
}

func (w *worker) acquire(n int) {
	if n > 1 {
		xs := make([]*object, n)
		call := w.clock.now()
		w.pool.AcquireN(xs)
		ret := w.clock.now()
		for _, x := range xs {
			w.took(call, ret, x)
		}
		return
	}
	if w.rnd.IntN(2) == 0 {
		call := w.clock.now()
		x := w.pool.Acquire()
		w.took(call, w.clock.now(), x)
		return
	}
	call := w.clock.now()
	x, ok := w.pool.TryAcquire()
	ret := w.clock.now()
	if ok {
		w.took(call, ret, x)
		return
	}
	w.calls = append(w.calls, poolCall{client: w.id, call: call, ret: ret, verb: missed})
}

func (w *worker) release(n int) {
	if w.rnd.IntN(100) < w.mix.pass {
		w.stash.put(w.pick())
		if x := w.stash.take(); x != nil {
			w.held = append(w.held, x)
		}
	}
	n = min(n, len(w.held))
	xs := make([]*object, n)
	for i := range xs {
		xs[i] = w.pick()
	}
	call := w.clock.now()
	if n == 1 {
		w.pool.Release(xs[0])
	} else {
		w.pool.ReleaseN(xs)
	}
	ret := w.clock.now()
	for _, x := range xs {
		w.calls = append(w.calls, poolCall{client: w.id, call: call, ret: ret, verb: released, id: x.id})
	}
}

// pick takes a random object from those held.
func (w *worker) pick() *object {
	i := w.rnd.IntN(len(w.held))
	x := w.held[i]
	w.held = slices.Delete(w.held, i, i+1)
	return x
}

func (w *worker) sweep() {
	c := poolCall{client: w.id, verb: cleared}
	if w.mix.prune && w.rnd.IntN(2) == 0 {
		c.verb = pruned
		age := time.Duration(w.rnd.IntN(2)) * time.Hour // of all ages, or none: they only move
		c.call = w.clock.now()
		c.n = w.pool.Prune(age)
	} else {
		c.call = w.clock.now()
		c.n = w.pool.Clear()
	}
	c.ret = w.clock.now()
	w.calls = append(w.calls, c)
}

func (w *worker) close() {
	c := poolCall{client: w.id, verb: closed, call: w.clock.now()}
	_ = w.pool.Close() // always nil
	c.ret = w.clock.now()
	w.calls = append(w.calls, c)
}

// makePool makes the pool under test, with the recorder's hooks.
type makePool func(o pool.Options[*object]) objects

func realPool(o pool.Options[*object]) objects { return pool.Must(pool.New(o)) }

// record runs the shape's goroutines on the pool, releases most of what is held and closes the pool.
// It returns all calls, in no order, and how many objects are still held.
func (r *recorder) record(s shape, p objects, m mix, warm int) (calls []poolCall, held int) {
	first := &worker{recorder: r, pool: p, mix: m, rnd: rand.New(rand.NewPCG(s.seed, 0))}
	for range warm {
		first.acquire(1)
	}
	for len(first.held) > 0 {
		first.release(1)
	}

	workers := make([]*worker, s.goroutines)
	s.together(func(id int, rnd *rand.Rand) {
		w := &worker{recorder: r, pool: p, id: id, mix: m, rnd: rnd}
		for range s.calls {
			w.step()
		}
		workers[id] = w
	})

	last := &worker{recorder: r, pool: p, mix: m, rnd: first.rnd}
	last.mix.pass = 0
	for _, w := range workers {
		last.held = append(last.held, w.held...)
	}
	last.held = append(last.held, r.stash.xs...)
	for len(last.held) > 1 {
		last.release(1)
	}
	last.close()

	calls = slices.Concat(first.calls, last.calls)
	for _, w := range workers {
		calls = append(calls, w.calls...)
	}
	return calls, len(last.held)
}
