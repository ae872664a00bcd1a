package main

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/pool"
)

// shortLived counts the pools that live for some thousand operations.
type shortLived struct {
	made, failed, closed, dropped atomic.Int64 // failed: the constructor did not return

	settled atomic.Int64 // whose books are final: collected with all that could use them

	// The totals of the final books, and what was idle in a pool when it was collected.
	objects, orphaned, destroyed, held, forgotten atomic.Int64
	idleDropped, idleFailed                       atomic.Int64
}

// churn makes a pool, uses it and drops it.
func (s *soak) churn(r *rand.Rand) {
	pick := func(ns ...int) int { return ns[r.IntN(len(ns))] }
	o := pool.Options[*object]{
		Name:        "a pool for short",
		MaxIdle:     pick(1, 3, 8, 64, 500, 1000),
		MaxIdleTime: time.Duration(pick(-1, 0, 1, 2, 10)) * time.Millisecond,
		Shards:      pick(0, 0, 1, 3),
		LocalCache:  pick(0, 0, -1, 1, 8),
	}
	o.MinIdle = pick(0, 0, 1, min(o.MaxIdle, 10))
	c := s.newCore(&o, r.Uint64())
	c.rate = 4
	c.mayClose = r.IntN(3) == 0
	for _, hook := range []func(){
		func() { o.Reset = nil }, func() { o.Retain = nil }, func() { o.Validate = nil },
	} {
		if r.IntN(3) == 0 { // New and Destroy stay: they count
			hook()
		}
	}
	p := s.construct(c, o)
	if p == nil {
		return
	}
	s.short.made.Add(1)
	// A pool refers to its hooks and these to c: when c is collected so is the pool,
	// and no hook is running.
	runtime.AddCleanup(c, s.settle, c.book)

	var actors []*actor
	for range 1 + r.IntN(3) {
		w := s.newWorker([]*core{c})
		w.left = 1 + r.IntN(60)
		actors = append(actors, s.act(w.step))
	}
	for _, a := range actors {
		a.wait()
	}
	if r.IntN(2) == 0 {
		s.short.dropped.Add(1)
		return
	}
	s.short.closed.Add(1)
	s.try(user{core: c, p: p}.close) // drops everything, also where a hook fails
	row := s.atRest(c, p, 0)
	if row.idle() != 0 {
		row.wrong = append(row.wrong, "idle objects after Close")
	}
	for _, what := range row.check() {
		s.failf("%s, closed: %s", o.Name, what)
	}
}

// settle accounts for a pool that has been collected.
func (s *soak) settle(b *book) {
	t := &s.short
	t.objects.Add(b.made.Load())
	t.orphaned.Add(b.orphaned.Load())
	t.destroyed.Add(b.destroyed.Load())
	t.held.Add(b.held())
	t.forgotten.Add(b.forgotten.Load())
	switch idle := b.rest(); {
	case b.failed.Load():
		t.idleFailed.Add(idle)
	case b.closed.Load() && idle != 0:
		s.failf("a pool was closed and collected with %d objects that were not destroyed", idle)
	default:
		t.idleDropped.Add(idle)
	}
	t.settled.Add(1)
}
