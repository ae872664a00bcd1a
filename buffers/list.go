package buffers

import (
	"weak"

	"github.com/plungepool/plunge/internal/registry"
	"github.com/plungepool/plunge/pool"
)

// listed is a Pool as pool.All sees it.
type listed Pool

func (p *listed) Closed() bool { return p.closed.Load() }

func (p *listed) Info() any {
	s := (*Pool)(p).Stats()
	return pool.Info{Name: s.Name, Kind: "buffers", Stats: s.Total(), Bytes: s.RetainedBytes}
}

// SampleHeld has each tier record one in n, those that are not open yet, too: pool.SampleHeld.
func (p *listed) SampleHeld(n int) {
	p.quotas.mu.Lock()
	defer p.quotas.mu.Unlock()
	p.sample = n
	(*Pool)(p).eachPool(func(p *pool.Pool[*byte]) { p.SampleHeld(n) })
}

// list has pool.All yield p, if it has a name.
func (p *Pool) list() {
	if p.o.Name == "" {
		return
	}
	w := weak.Make(p)
	registry.Add(func() registry.Pool {
		if p := w.Value(); p != nil {
			return (*listed)(p)
		}
		return nil
	})
}
