package resource

import (
	"log/slog"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"weak"

	"github.com/plungepool/plunge/internal/heldprofile"
	"github.com/plungepool/plunge/pool"
)

// record is where a Handle was acquired. Guarded by the holders' mu. P1 of package pool: it leads to no resource, and to no pool.
type record struct {
	acquired pool.Stack
	profiled bool // it is in the profile plunge_held
	ended    bool // the loan
	garbage  bool // the Handle
}

// token is what a Handle refers to besides: the collector says when it is gone, which it cannot say of a Handle that is not
// on the heap. The field keeps it from sharing a block with others.
type token struct{ _ *int }

// holders are the records of loans that have not ended. What the collector holds for the pool is holders, which it ends: P1.
type holders struct {
	mu       sync.Mutex
	on       bool
	all      map[*record]struct{}
	profiled int // of these, heldprofile.Limit at most
}

// newHolders makes holders, which are off and end with the pool.
func newHolders[T any](p *Pool[T]) *holders {
	h := &holders{all: make(map[*record]struct{})}
	runtime.AddCleanup(p, (*holders).end, h)
	return h
}

// add notes a Handle that is acquired now; nil: it is not noted. One that the profile has no place for is, if whole is set.
func (h *holders) add(whole bool) *record {
	var pcs [heldprofile.MaxStack]uintptr
	rec := &record{acquired: slices.Clone(pcs[:runtime.Callers(1, pcs[:])])}
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case !h.on:
		return nil
	case h.profiled < heldprofile.Limit:
		h.profiled++
		rec.profiled = true
		heldprofile.Add(rec, rec.acquired)
	case !whole:
		return nil
	}
	h.all[rec] = struct{}{}
	return rec
}

// remove notes that the loan has ended.
func (h *holders) remove(rec *record) {
	h.mu.Lock()
	defer h.mu.Unlock()
	rec.ended = true
	h.drop(rec)
}

// drop forgets a record. mu is held.
func (h *holders) drop(rec *record) {
	delete(h.all, rec)
	if rec.profiled {
		rec.profiled = false
		h.profiled--
		heldprofile.Remove(rec)
	}
}

// begin has add record.
func (h *holders) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = true
}

// end forgets all, and has add record nothing.
func (h *holders) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = false
	for rec := range h.all {
		h.drop(rec)
	}
}

// leaks reports the Handles that the collector finds unreleased, where Options.Stacks is set.
type leaks struct {
	name    string
	handle  func(pool.Misuse)
	holders *holders
}

// ward is what the collector hands over with a token.
type ward struct {
	l   weak.Pointer[leaks]
	rec *record
}

// watch returns the token for a Handle with this record.
func (l *leaks) watch(rec *record) *token {
	t := new(token)
	runtime.AddCleanup(t, func(w ward) {
		if l := w.l.Value(); l != nil {
			l.lost(w.rec)
		}
	}, ward{weak.Make(l), rec})
	return t
}

// lost reports a Handle that the collector found, if its loan has not ended.
func (l *leaks) lost(rec *record) {
	l.holders.mu.Lock()
	leak := !rec.ended
	rec.garbage = true
	l.holders.mu.Unlock()
	if !leak {
		return
	}
	m := pool.Misuse{Pool: l.name, Kind: pool.Leak, First: rec.acquired}
	if l.handle != nil {
		l.handle(m)
		return
	}
	slog.Error("resource: a Handle was dropped without Release", "pool", l.name, "acquired", m.First)
}

// trace records, or not, where the Handle is acquired that is to have a slot of the caller's. recording is set.
func (p *Pool[T]) trace(s *slot[T]) *token {
	s.trace = nil // sampling may have been off when a record's loan ended
	if p.leaks != nil {
		s.trace = p.holders.add(true)
		return p.leaks.watch(s.trace)
	}
	if n := p.sample.Load(); n > 0 && rand.N(n) == 0 {
		s.trace = p.holders.add(false)
	}
	return nil
}

// untrace notes that the loan has ended. The caller owns the slot.
func (s *slot[T]) untrace() {
	if rec := s.trace; rec != nil {
		s.trace = nil
		s.pool.holders.remove(rec)
	}
}

// sampleHeld has one in n loans recorded for the profile plunge_held; 0: none. See pool.SampleHeld.
//
// P2: as long as a loan has a record its Release comes by untrace. So Releases leave the short way before the first record is made,
// and take it again before end forgets those that there are; meanwhile a record may outlive its loan for a moment.
func (p *Pool[T]) sampleHeld(n int) {
	if p.leaks != nil {
		return // it has all of them
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.holders == nil {
		if n == 0 {
			return
		}
		p.holders = newHolders(p)
	}
	p.sample.Store(int64(n))
	if n > 0 {
		p.ways.Store(0)
		p.holders.begin()
		p.ways.Store(recording)
		return
	}
	p.ways.Store(p.usual)
	p.holders.end()
}

// Checked reports whether the pool records the stacks of Acquires: see Options.Stacks.
func (p *Pool[T]) Checked() bool { return p.o.Stacks }

// Holders returns where the resources in use were acquired, and which of their Handles are garbage. It returns
// none if Options.Stacks is not set.
func (p *Pool[T]) Holders() []pool.Holder {
	if p.leaks == nil {
		return nil
	}
	h := p.holders
	h.mu.Lock()
	defer h.mu.Unlock()
	var all []pool.Holder
	for rec := range h.all {
		all = append(all, pool.Holder{Acquired: rec.acquired, Garbage: rec.garbage})
	}
	slices.SortFunc(all, func(a, b pool.Holder) int { return slices.Compare(a.Acquired, b.Acquired) })
	return all
}
