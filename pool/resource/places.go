package resource

import "fmt"

// vacate makes the slot vacant. mu is held.
func (p *Pool[T]) vacate(s *slot[T]) {
	var zero T
	s.value, s.deadline, s.cancel, s.reason = zero, 0, nil, 0
	for {
		w := s.word.Load()
		if s.word.CompareAndSwap(w, w&^(state|retired)) {
			break
		}
	}
	p.live--
	p.free = append(p.free, s.index)
}

// occupy takes a vacant slot and makes it busy. mu is held.
//
// L1: live exceeds max only after a Resize, until enough resources are back. Only occupy raises live, and it is
// called only while live is less than max. live counts a slot from before New is called until after Close has
// returned. (A pool that frees the place when Close begins exceeds its limit as the server counts it: jackc/pgx
// 2425.)
func (p *Pool[T]) occupy() *slot[T] {
	p.live++
	p.count.peak = max(p.count.peak, p.live)
	var s *slot[T]
	if n := len(p.free); n > 0 {
		s = p.slot(uint64(p.free[n-1]))
		p.free = p.free[:n-1]
	} else {
		old := *p.table.Load()
		s = &slot[T]{index: uint32(len(old)), pool: p}
		table := append(old, s) // readers of the old table do not look beyond its end
		p.table.Store(&table)
	}
	s.become(busy)
	return s
}

// reasons reports whether there is a reason for slow: G1. mu is held.
func (p *Pool[T]) reasons() bool { return p.waiters.n > 0 || p.excess() > 0 || p.refusing() }

// excess is how many resources must still be closed because of Resize. mu is held.
func (p *Pool[T]) excess() int { return p.live - p.closing - p.max }

// settle clears slow if there is no reason for it any more. mu is held.
func (p *Pool[T]) settle() {
	if h := p.idle.head.Load(); h&slow != 0 && !p.reasons() {
		p.idle.head.Store(h&^slow + tagOne) // G1: nobody else changes it
	}
}

// unlock ends a section under mu. Anything may have changed in it.
func (p *Pool[T]) unlock() {
	p.grow()
	p.settle()
	if len(p.quiet) > 0 && p.live == p.late {
		for _, ch := range p.quiet {
			close(ch)
		}
		p.quiet = nil
	}
	p.mu.Unlock()
}

// Resize sets Max. Idle resources over the new Max are closed at once, others when they are released. It panics
// if max is not in 1..LimitMax. MinIdle does not change; the pool keeps at most Max idle.
func (p *Pool[T]) Resize(max int) {
	if max < 1 || max > LimitMax {
		panic(fmt.Sprintf("resource: Resize: max is %d; use 1 to %d", max, LimitMax))
	}
	p.mu.Lock()
	p.max = max
	if p.excess() > 0 {
		all := p.seize()
		for len(all) > 0 && p.excess() > 0 {
			p.shutLocked(all[len(all)-1], surplus) // the one that is idle longest
			all = all[:len(all)-1]
		}
		if len(all) > 0 {
			p.restore(all)
		}
	}
	p.unlock()
}
