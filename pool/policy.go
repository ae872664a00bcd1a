package pool

import (
	"log/slog"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/each"
)

// What the engine asks of the pool: see shard.Policy.

// miss makes an object for an Acquire that found none.
func (p *Pool[T]) miss() T {
	v := p.o.New()
	p.count.created.Inc()
	return v
}

// refused takes an object that Retain rejected.
func (p *Pool[T]) refused(v T) {
	p.count.unpooled.Inc()
	p.discard(v, &p.count.rejected)
}

// lost takes an object over which Reset or Retain panicked. Without Destroy the
// engine only counts them.
func (p *Pool[T]) lost(v T) {
	p.count.unpooled.Inc()
	p.discard(v, &p.count.panicked)
}

// overflow takes an object that Release found no room for.
func (p *Pool[T]) overflow(v T) {
	p.count.unpooled.Inc()
	p.discard(v, p.noRoom())
}

// noRoom is the reason why an object could not become idle.
func (p *Pool[T]) noRoom() *atomic.Uint64 {
	if p.clock.closed.Load() {
		return &p.count.closed
	}
	return &p.count.full
}

// accept looks at an idle object before Acquire hands it out.
func (p *Pool[T]) accept(v T, stamp int64) bool {
	why := &p.count.panicked // if Validate does not return
	ok := false
	defer func() {
		if !ok {
			p.count.refused.Inc()
			p.discard(v, why)
		}
	}()
	if p.clock.expired(stamp) {
		why = &p.count.expired
		return false
	}
	if p.o.Validate != nil && !p.o.Validate(v) {
		why = &p.count.invalid
		return false
	}
	ok = true
	return true
}

// discard drops one object: Destroy, then the count by reason, so that an
// object over which Destroy panics counts as Panicked.
func (p *Pool[T]) discard(v T, why *atomic.Uint64) {
	if p.o.Destroy == nil {
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
	p.o.Destroy(v)
	done = true
}

// drop discards objects, the rest too if Destroy panics or exits over one.
func (p *Pool[T]) drop(vs []T, why *atomic.Uint64) {
	each.Do(vs, func(v T) { p.discard(v, why) })
}

// dropInBackground is drop where no caller is there to take a panic: it is
// logged and goes no further, for one bad object should not end the process.
func (p *Pool[T]) dropInBackground(vs []T, why *atomic.Uint64) {
	each.Do(vs, func(v T) {
		defer func() {
			if r := recover(); r != nil {
				slog.Error("pool: Destroy panicked over an object that nobody was using", "pool", p.o.Name, "panic", r)
			}
		}()
		p.discard(v, why)
	})
}
