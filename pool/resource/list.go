package resource

import (
	"github.com/plungepool/plunge/internal/registry"
	"github.com/plungepool/plunge/pool"
)

// listed is a Pool as pool.All sees it.
type listed[T any] Pool[T]

func (p *listed[T]) Closed() bool { return (*Pool[T])(p).Closed() }

// SampleHeld is for pool.SampleHeld.
func (p *listed[T]) SampleHeld(n int) { (*Pool[T])(p).sampleHeld(n) }

// Holders is for package pooldebug.
func (p *listed[T]) Holders() []pool.Holder { return (*Pool[T])(p).Holders() }

// Info is what pool.All yields.
func (p *listed[T]) Info() any {
	info, _ := p.Limited()
	return info
}

// Limited returns Info and the Stats that it is made from. It is for packages pooldebug and internal/metrics.
func (p *listed[T]) Limited() (pool.Info, Stats) {
	s := (*Pool[T])(p).Stats()
	maxIdle := s.Max
	if p.o.MaxIdle > 0 {
		maxIdle = min(p.o.MaxIdle, s.Max)
	}
	return s.info(maxIdle), s
}

// info returns the figures that package pool knows too: see Closes. PeakIdle is not known; the value here is an
// upper bound.
func (s Stats) info(maxIdle int) pool.Info {
	c := s.ClosedBy
	reused := s.Acquired - min(s.Acquired, s.Created-s.Warmed)
	return pool.Info{Name: s.Name, Kind: "resource", Stats: pool.Stats{
		Name:     s.Name,
		Acquired: s.Acquired,
		Reused:   reused,
		Created:  s.Created - s.Warmed,
		Warmed:   s.Warmed,
		Released: s.Acquired - uint64(s.InUse),
		Discarded: pool.Discards{
			Full:     c.Surplus,
			Expired:  c.Idle + c.Lifetime + c.Uses,
			Invalid:  c.Unhealthy + c.Overdue,
			Rejected: c.NotReset,
			Broken:   c.Broken + c.Interrupted + c.Dropped + s.Hijacked,
			Panicked: c.Panicked,
			Cleared:  c.Drained,
			Closed:   c.Closed,
		},
		Idle:     s.Idle,
		InUse:    s.InUse,
		PeakIdle: min(s.Peak, maxIdle),
		MaxIdle:  maxIdle,
		Shards:   1,
	}}
}

// list adds p to what pool.All yields, if p has a name.
func (p *Pool[T]) list() {
	if p.o.Name != "" {
		registry.Add(p, func(p *Pool[T]) registry.Pool { return (*listed[T])(p) })
	}
}
