package pool

import (
	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/each"
)

// What the engine asks of the pool: see shard.Policy.

// refused takes an object that Retain rejected, or that MaxIdleBytes has no room for.
func (p *Pool[T]) refused(v T) {
	p.count.unpooled.Inc()
	why := &p.count.rejected
	if p.weights != nil && p.weights.refuses() {
		why = p.noRoom()
	}
	p.discard(v, why)
}

// lost takes an object over which Reset or Retain panicked. In a pool without Retain and Destroy the engine only
// counts such objects. If v is nil, lost panics to tell the caller that it released nil.
func (p *Pool[T]) lost(v T) {
	blame(v)
	p.count.unpooled.Inc()
	p.discard(v, &p.count.panicked)
}

// overflow takes an object that Release found no room for.
func (p *Pool[T]) overflow(v T) {
	if p.follow() && p.bag.TryPut(v) {
		return
	}
	p.count.unpooled.Inc()
	p.discardIdle(v, p.noRoom())
}

// noRoom is the reason why an object could not become idle.
func (p *Pool[T]) noRoom() *atomic.Uint64 {
	if p.clock.closed.Load() {
		return &p.count.closed
	}
	return &p.count.full
}

// accept looks at an idle object before Acquire hands it out. An object that is too old is handed out all the same
// if MinIdle keeps it.
func (p *Pool[T]) accept(v T, stamp int64) bool {
	if p.clock.expired(stamp) && (p.minIdle == 0 || p.bag.Len() >= p.minIdle) {
		p.unfit(v, &p.count.expired)
		return false
	}
	if p.validate != nil && !p.valid(v) {
		return false
	}
	if p.weights != nil {
		p.weigh(v)
	}
	return true
}

// weigh gives back the room of an idle object that Acquire hands out.
func (p *Pool[T]) weigh(v T) {
	weighed := false
	defer func() {
		if !weighed {
			p.count.refused.Inc()
			p.discard(v, &p.count.panicked)
		}
	}()
	p.weights.leave(v)
	weighed = true
}

// valid asks Validate about an idle object.
func (p *Pool[T]) valid(v T) bool {
	why := &p.count.panicked // if Validate does not return
	ok := false
	defer func() {
		if !ok {
			p.unfit(v, why)
		}
	}()
	ok = p.validate(v)
	why = &p.count.invalid
	return ok
}

// unfit drops an idle object that is not to be handed out.
func (p *Pool[T]) unfit(v T, why *atomic.Uint64) {
	p.count.refused.Inc()
	p.discardIdle(v, why)
}

// discard drops one object for a caller: Destroy, then the count by reason, so that an
// object over which Destroy panics counts as Panicked.
func (p *Pool[T]) discard(v T, why *atomic.Uint64) {
	p.forget()
	if s := p.held.Load(); s != nil {
		s.back(v)
	}
	if c := p.check; c != nil {
		if m, used := c.unseal(c.identify(v)); used {
			defer m.report(c.handle)
		}
	}
	if p.destroy == nil {
		why.Inc()
		return
	}
	done := false
	defer func() {
		if done {
			why.Inc()
		} else {
			p.count.panicked.Inc()
		}
	}()
	p.destroy(v)
	done = true
}

// discardIdle is discard for an object that was idle.
func (p *Pool[T]) discardIdle(v T, why *atomic.Uint64) {
	if p.weights == nil {
		p.discard(v, why)
		return
	}
	weighed := false
	defer func() {
		if weighed {
			p.discard(v, why)
		} else {
			p.discard(v, &p.count.panicked)
		}
	}()
	p.weights.leave(v)
	weighed = true
}

// drop discards objects that were idle. If Destroy panics or exits over one, the rest are still discarded.
func (p *Pool[T]) drop(vs []T, why *atomic.Uint64) {
	each.Do(vs, func(v T) { p.discardIdle(v, why) })
}
