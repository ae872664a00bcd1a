package buffers

import (
	"github.com/plungepool/plunge/internal/registry"
	"github.com/plungepool/plunge/pool"
)

// listed is a Pool as pool.All sees it.
type listed Pool

func (p *listed) Closed() bool { return p.closed.Load() }

// Sized reports that Bytes of Info is known. It is for package internal/metrics.
func (p *listed) Sized() bool { return true }

func (p *listed) Info() any {
	s := (*Pool)(p).Stats()
	return pool.Info{Name: s.Name, Kind: "buffers", Stats: s.Total(), Bytes: s.RetainedBytes}
}

// Holders is for package pooldebug.
func (p *listed) Holders() []pool.Holder { return (*Pool)(p).Holders() }

// SampleHeld has each tier record one in n, and each that is opened later, too: pool.SampleHeld.
func (p *listed) SampleHeld(n int) {
	p.quotas.mu.Lock()
	defer p.quotas.mu.Unlock()
	p.sample = n
	(*Pool)(p).eachPool(func(p *pool.Pool[*byte]) { p.SampleHeld(n) })
}

// list has pool.All yield p, if it has a name.
func (p *Pool) list() {
	if p.o.Name != "" {
		registry.Add(p, func(p *Pool) registry.Pool { return (*listed)(p) })
	}
}
