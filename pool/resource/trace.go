package resource

import (
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// record is where a Handle was acquired. Guarded by the records' mu.
type record struct {
	acquired pool.Stack
	ended    bool // the loan
	garbage  bool // the Handle
}

// token is what a Handle refers to besides: the collector says when it is gone, which it cannot say of a Handle that is not
// on the heap. The field keeps it from sharing a block with others.
type token struct{ _ *int }

// records are those of the Handles that were not given back, where Options.Stacks is set.
type records struct {
	name   string
	handle func(pool.Misuse)

	mu  sync.Mutex
	all map[*record]struct{}
}

// maxStack is how many frames of a stack are recorded.
const maxStack = 64

// add notes a Handle that is acquired now.
func (r *records) add() (*record, *token) {
	var pcs [maxStack]uintptr
	rec := &record{acquired: slices.Clone(pcs[:runtime.Callers(2, pcs[:])])}
	r.mu.Lock()
	r.all[rec] = struct{}{}
	r.mu.Unlock()
	t := new(token)
	type ward struct {
		r   weak.Pointer[records]
		rec *record
	}
	runtime.AddCleanup(t, func(w ward) {
		if r := w.r.Value(); r != nil {
			r.lost(w.rec)
		}
	}, ward{weak.Make(r), rec})
	return rec, t
}

// lost reports a Handle that the collector found, if its loan has not ended.
func (r *records) lost(rec *record) {
	r.mu.Lock()
	leak := !rec.ended
	rec.garbage = true
	r.mu.Unlock()
	if !leak {
		return
	}
	m := pool.Misuse{Pool: r.name, Kind: pool.Leak, First: rec.acquired}
	if r.handle != nil {
		r.handle(m)
		return
	}
	slog.Error("resource: a Handle was dropped without Release", "pool", r.name, "acquired", m.First)
}

// untrace notes that the loan has ended. The caller owns the slot.
func (s *slot[T]) untrace() {
	rec := s.trace
	if rec == nil {
		return
	}
	s.trace = nil
	r := s.pool.records
	r.mu.Lock()
	rec.ended = true
	delete(r.all, rec)
	r.mu.Unlock()
}

// Checked reports whether the pool records the stacks of Acquires: see Options.Stacks.
func (p *Pool[T]) Checked() bool { return p.o.Stacks }

// Holders returns where the resources in use were acquired, and which of their Handles are garbage. It returns
// none if Options.Stacks is not set.
func (p *Pool[T]) Holders() []pool.Holder {
	if p.records == nil {
		return nil
	}
	r := p.records
	r.mu.Lock()
	defer r.mu.Unlock()
	var held []pool.Holder
	for rec := range r.all {
		held = append(held, pool.Holder{Acquired: rec.acquired, Garbage: rec.garbage})
	}
	slices.SortFunc(held, func(a, b pool.Holder) int { return slices.Compare(a.Acquired, b.Acquired) })
	return held
}
