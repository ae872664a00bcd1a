package main

import (
	"runtime"
	"time"

	"github.com/plungepool/plunge/pool"
)

// longLived makes a pool that lives as long as the run.
func (s *soak) longLived(o pool.Options[*object], seed uint64) {
	for {
		c := s.newCore(&o, seed)
		c.transit = make(chan *object, 64)
		if p := s.construct(c, o); p != nil {
			s.cores = append(s.cores, c)
			return
		}
		seed++
	}
}

// monitor looks at the counters of the pools that live long: they must not decrease. (Reused and Released may
// decrease, because of calls under way.)
func (s *soak) monitor() {
	before := make([]pool.Stats, len(s.cores))
	for !s.stopped.Load() {
		for i, c := range s.cores {
			now, was := c.p.Load().Stats(), before[i]
			d, e := now.Discarded, was.Discarded
			if now.Created < was.Created || now.Warmed < was.Warmed || now.Stolen < was.Stolen || now.PeakIdle < was.PeakIdle ||
				d.Full < e.Full || d.Expired < e.Expired || d.Invalid < e.Invalid || d.Rejected < e.Rejected || d.Broken < e.Broken ||
				d.Panicked < e.Panicked || d.Cleared < e.Cleared || d.Pruned < e.Pruned || d.Closed < e.Closed ||
				d.Pressed < e.Pressed {
				s.failf("Stats of %s: a counter has decreased, from %+v to %+v", c.book.name, was.Map(), now.Map())
			}
			before[i] = now
		}
		s.sleep(100 * time.Millisecond)
	}
}

// settleDown waits until nothing moves any more and makes the rows of the pools that live long: first with what is
// still held, then after everything was given back and the pools were closed.
func (s *soak) settleDown(a *account, holding map[*core][]held) {
	a.long = len(s.cores)
	for _, c := range s.cores {
		u := user{core: c, p: c.p.Load(), id: s.ids.Add(1)}
		for len(c.transit) > 0 {
			x := <-c.transit
			s.pass(x, inTransit, u.id, "taking over")
			s.try(func() { u.release(x) })
		}
	}
	for _, c := range s.cores {
		a.rest = append(a.rest, s.atRest(c, c.p.Load(), int64(len(holding[c]))))
	}
	for _, c := range s.cores {
		for _, h := range holding[c] {
			s.try(func() { h.u.release(h.x) })
		}
		s.try(user{core: c, p: c.p.Load()}.close)
		a.ended = append(a.ended, s.atRest(c, c.p.Load(), 0))
	}
	s.until(func() bool { return s.short.settled.Load() == s.short.made.Load()+s.short.failed.Load() })
}

// construct makes the pool of a core; nil if a hook failed.
func (s *soak) construct(c *core, o pool.Options[*object]) (p *pool.Pool[*object]) {
	s.count(opNew)
	if !s.try(func() { p = pool.Must(pool.New(o)) }) {
		c.book.failed.Store(true)
		s.short.failed.Add(1)
		runtime.AddCleanup(c, s.settle, c.book)
		return nil
	}
	c.attach(p)
	return p
}
