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

// record is where a Handle was acquired. Guarded by the holders' mu. P1 of package pool: it leads to no resource
// and to no pool.
type record struct {
	acquired pool.Stack
	profiled bool // the record is in the profile plunge_held
	ended    bool // the loan has ended
	garbage  bool // the Handle is garbage
}

// token is an object on the heap that a Handle refers to. The collector reports when it is gone. It cannot report
// that for a Handle that is not on the heap. The field keeps a token from sharing a block with others.
type token struct{ _ *int }

// holders are the records of loans that have not ended. The pool's cleanup leads to holders, which it ends: P1.
type holders struct {
	mu       sync.Mutex
	on       bool
	all      map[*record]struct{}
	profiled int // of these, heldprofile.Limit at most
}

// newHolders makes holders that are off, and that end with the pool.
func newHolders[T any](p *Pool[T]) *holders {
	h := &holders{all: make(map[*record]struct{})}
	runtime.AddCleanup(p, (*holders).end, h)
	return h
}

// add records a Handle that is acquired now, or returns nil if it does not. If the profile is full it records only
// if whole is set.
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

// begin makes add record.
func (h *holders) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = true
}

// end forgets all records, and makes add record nothing.
func (h *holders) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = false
	for rec := range h.all {
		h.drop(rec)
	}
}

// leaks reports the Handles that the collector finds unreleased, if Options.Stacks is set.
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

// trace records the Acquire of the Handle that gets the caller's slot, unless sampling leaves it out. recording is
// set.
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

// sampleHeld makes the pool record one in n loans for the profile plunge_held. 0 means none. See pool.SampleHeld.
//
// P2: while a loan has a record, its Release calls untrace. So plain is cleared before the first record is made. It
// is set again before end forgets the records; in between a record may outlive its loan for a moment.
func (p *Pool[T]) sampleHeld(n int) {
	if p.leaks != nil {
		return // all loans are recorded
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
