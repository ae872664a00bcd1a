package pool

import (
	"iter"

	"github.com/plungepool/plunge/internal/registry"
)

// Info describes a pool: see All.
type Info struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"` // "pool", "buffers" or "resource": the package that the pool is of
	Stats Stats  `json:"stats"`
	Bytes int64  `json:"bytes"` // bytes of idle objects, 0 if not known: known for package buffers and with MaxIdleBytes
}

// All yields the named pools of the process, in the order in which they were created. That includes the pools of
// packages buffers and resource, and the process-wide ones. Pools that are closed or garbage are left out.
// Several may have the same name.
//
// The list of pools is that at the time of the call. The figures of each pool are read when it is yielded. All
// does not stop the world.
//
// The modules pool/poolprom and pool/poolotel export them to Prometheus and through OpenTelemetry.
func All() iter.Seq[Info] {
	return func(yield func(Info) bool) {
		for _, p := range registry.All() {
			if !yield(p.Info().(Info)) {
				return
			}
		}
	}
}

// list adds p to what All yields, if p has a name.
func (p *Pool[T]) list() {
	if p.name != "" {
		registry.Add(p, func(p *Pool[T]) registry.Pool { return (*house[T])(p) })
	}
}

// Closed reports whether Close was called.
func (h *house[T]) Closed() bool { return h.clock.closed.Load() }

// Info is what All yields.
func (h *house[T]) Info() any {
	s := h.pool().Stats()
	return Info{Name: s.Name, Kind: "pool", Stats: s, Bytes: s.IdleBytes}
}

// Sized reports whether Bytes of Info is known. It is for package internal/metrics.
func (h *house[T]) Sized() bool { return h.pool().weights != nil }
