package pool

import (
	"time"
	"weak"

	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/keeper"
	"github.com/plungepool/plunge/shard"
)

// house is a Pool as the keeper, the engine and the registry see it: keeper.Pool, shard.Owner and registry.Pool.
type house[T any] Pool[T]

func (h *house[T]) pool() *Pool[T] { return (*Pool[T])(h) }

// find returns a function by which the keeper finds p, until p is collected.
func (p *Pool[T]) find() func() keeper.Pool {
	w := weak.Make(p)
	return func() keeper.Pool {
		if p := w.Value(); p != nil {
			return (*house[T])(p)
		}
		return nil
	}
}

// Stamp returns the stamp of an object that is about to become idle. It ends the time of looking once that is over.
func (h *house[T]) Stamp() int64 {
	p := h.pool()
	c := &p.clock
	now := now()
	if now-c.ticked.Load() > int64(looking) && c.coarse() && !inBubble(now) && p.bag.Lanes() > 0 && c.mu.TryLock() {
		if c.due.Load() != 0 {
			p.bag.SetStamp(now)
		}
		c.mu.Unlock()
	}
	return now
}

// Stamped makes the keeper call the pool, if the object that became idle may have to be dropped.
func (h *house[T]) Stamped(stamp int64) {
	p := h.pool()
	c := &p.clock
	if c.running(stamp) || c.limit <= 0 && p.bag.Lanes() == 0 {
		return
	}
	p.wake(c.windowLength())
}

// Oldest is the stamp of objects that become too old at this moment.
func (h *house[T]) Oldest() int64 {
	if h.clock.limit <= 0 {
		return -maxStamp
	}
	return now() - int64(h.clock.limit)
}

// Earned makes the keeper call the pool, which now has lanes.
func (h *house[T]) Earned() {
	p := h.pool()
	c := &p.clock
	c.mu.Lock()
	now := now()
	c.ticked.Store(now)
	p.promise(now)
	c.mu.Unlock()
	p.wake(c.tick())
}

// Alive returns about how many objects there are, idle or not.
func (h *house[T]) Alive() int {
	return int(h.pool().bag.Misses() + h.count.warmed.Load() - h.count.discards().Total())
}

// MayStop asks package grace.
func (h *house[T]) MayStop() bool { return grace.Spared() }

// Blame panics where Release was given nil.
func (h *house[T]) Blame(v T) { blame(v) }

// Holders is for package pooldebug.
func (h *house[T]) Holders() []Holder { return h.pool().Holders() }

// Tick does what is due.
func (h *house[T]) Tick() (time.Duration, shard.Gatherer) {
	p := h.pool()
	c := &p.clock
	p.follow()
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return 0, nil
	}
	now := now()
	if now < c.due.Load() && inBubble(now) {
		return 0, nil // another keeper has been here: see running
	}
	length := now - c.ticked.Load()
	c.ticked.Store(now)
	p.promise(now)
	gather := p.tidy(p.bag.Tick(now, length))
	p.bag.SetStamp(0)
	if d := now - c.window; c.limit > 0 && (d < 0 || d >= int64(c.windowLength())) { // d < 0: in a bubble
		c.window = now
		p.background(p.surplus(now), &p.count.expired)
	}
	next := p.next()
	c.due.Store(0)
	if next == 0 {
		next = p.next() // C1
	}
	if next > 0 {
		c.due.Store(now + int64(next))
	}
	return next, gather
}

// Lanes returns what empties the lanes, so that Relieve finds their objects.
func (h *house[T]) Lanes() shard.Gatherer {
	p := h.pool()
	if p.bag.Lanes() == 0 || p.bag.Len() <= p.minIdle {
		return nil
	}
	return p.bag.Compaction()
}

// Relieve drops half of the idle objects over MinIdle.
func (h *house[T]) Relieve() {
	p := h.pool()
	if n := (p.bag.Len() - p.minIdle + 1) / 2; n > 0 {
		p.background(p.bag.Shed(n, p.minIdle), &p.count.pressed)
	}
}
