package resource

import (
	"math/rand/v2"
	"time"
	"weak"
)

// idleLooks is how many times per MaxIdleTime the pool looks at idle resources.
const idleLooks = 8

// The pool looks again at resources that it did not close at once after a soon-th of MaxIdleTime or MaxLifetime,
// but not before shortestLook: see step.
const (
	soon         = 256
	shortestLook = 10 * time.Millisecond
)

// born notes the age of a resource that New has just created. mu is held.
func (p *Pool[T]) born(s *slot[T]) {
	now, w := p.now(), s.word.Load()
	s.born = w / lentOne
	s.seen, s.seenAt = s.born, now
	if p.o.MaxLifetime > 0 {
		life := p.o.MaxLifetime
		if j := p.o.LifetimeJitter; j > 0 {
			life -= rand.N(j)
		}
		s.deadline = now + int64(life)
		p.wake(s.deadline)
	}
	if p.o.MaxIdleTime > 0 && p.live > p.minIdle {
		p.wake(now + int64(p.o.MaxIdleTime/idleLooks))
	}
}

// wake makes the timer call tick at that time, or sooner. mu is held.
//
// T1: one timer, armed only while something is due. It holds the pool weakly, so a pool that was dropped without
// Close is collected.
func (p *Pool[T]) wake(at int64) {
	if p.closed || p.due != 0 && p.due <= at {
		return
	}
	if p.timer != nil {
		p.timer.Stop()
	}
	p.due = at
	p.timerID++
	w, id := weak.Make(p), p.timerID
	p.timer = after(time.Duration(at-p.now()), func() {
		if p := w.Value(); p != nil {
			p.tick(id)
		}
	})
}

// tick is the timer's function.
func (p *Pool[T]) tick(id uint64) {
	p.mu.Lock()
	if id != p.timerID || p.closed {
		p.mu.Unlock()
		return
	}
	p.due = 0
	p.sweep()
	p.unlock() // grow sends the probe, if that was due
}

// sweep closes resources that are too old and arms the timer for the next ones. mu is held.
//
// A1: a sweep closes at most a quarter of the resources, rounded up, for their age.
//
// Release reads no clock for MaxIdleTime: a resource counts as idle since sweep first saw it with the same word.
// The resource that is idle for longest is at the bottom of the stack.
func (p *Pool[T]) sweep() {
	if p.o.MaxIdleTime == 0 && p.o.MaxLifetime == 0 || p.refusing() {
		return
	}
	now := p.now()
	quota := (p.live + 3) / 4
	next := int64(0)
	look := func(at int64) {
		if next == 0 || at < next {
			next = at
		}
	}
	if p.idle.head.Load()&slow == 0 {
		all := p.seize()
		left := len(all)
		var stay []*slot[T] // from the bottom
		for i := len(all) - 1; i >= 0; i-- {
			s := all[i]
			why := p.tooOld(s, now, left)
			if why == 0 || quota == 0 && s.word.Load()&retired == 0 {
				stay = append(stay, s)
				if why != 0 {
					look(now + int64(p.step()))
				}
				continue
			}
			quota--
			left--
			p.shutLocked(s, why)
		}
		for i, j := 0, len(stay)-1; i < j; i, j = i+1, j-1 {
			stay[i], stay[j] = stay[j], stay[i]
		}
		p.restore(stay)
	}
	for _, s := range *p.table.Load() {
		w := s.word.Load()
		switch {
		case s.deadline == 0 || w&retired != 0:
		case s.deadline > now:
			look(s.deadline)
		case w&state == held && quota > 0:
			s.retire(lifetime)
			quota--
		case w&state != vacant:
			look(now + int64(p.step()))
		}
	}
	if p.o.MaxIdleTime > 0 && p.live-p.closing > p.minIdle {
		look(now + int64(p.o.MaxIdleTime/idleLooks))
	}
	if next != 0 {
		p.wake(next)
	}
}

// tooOld returns why an idle resource is to be closed, or 0. idle is the number of idle resources. mu is held.
func (p *Pool[T]) tooOld(s *slot[T], now int64, idle int) reason {
	w := s.word.Load()
	if lent := w / lentOne; lent != s.seen {
		s.seen, s.seenAt = lent, now
	}
	switch limit := int64(p.o.MaxIdleTime); {
	case w&retired != 0:
		return s.reason
	case s.deadline != 0 && s.deadline <= now:
		return lifetime
	case limit > 0 && idle > p.minIdle && now-s.seenAt >= limit:
		return idleTooLong
	}
	return 0
}

// step is how long to wait before more resources are closed.
func (p *Pool[T]) step() time.Duration {
	d := p.o.MaxIdleTime
	if d == 0 || p.o.MaxLifetime != 0 && p.o.MaxLifetime < d {
		d = p.o.MaxLifetime
	}
	return max(d/soon, shortestLook)
}
