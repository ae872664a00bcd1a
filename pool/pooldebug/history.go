package pooldebug

import (
	"slices"
	"sync"
	"time"

	"github.com/plungepool/plunge/internal/registry"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/resource"
)

const (
	every  = 5 * time.Second // from one sample to the next
	span   = 5 * time.Minute // how far samples go back
	linger = 5 * time.Minute // how long samples are taken after the last look
	kept   = int(span/every) + 1
)

// sample is the state of a pool at one time.
type sample struct {
	at time.Time
	pool.Stats
	limited *resource.Stats // nil: it is not of package resource
}

// history has the samples of the pools of the process, taken by a timer while somebody looks. It knows pools by
// their IDs. So it keeps none alive, and does not mix up pools of the same name.
type history struct {
	mu     sync.Mutex
	looked time.Time           // the last look
	due    time.Time           // when the timer fires; zero: there is none
	past   map[uint64][]sample // by registry.Entry.ID, oldest first, kept at most
}

// watched is a pool as one look sees it.
type watched struct {
	pool.Info
	limited *resource.Stats // nil: it is not of package resource
	entry   registry.Entry
	past    []sample // oldest first; the last is Info's own
}

// look returns every pool, and keeps the timer taking samples for some time.
func (h *history) look() []watched {
	all, now := read()
	h.mu.Lock()
	defer h.mu.Unlock()
	h.looked = now
	// A timer of a synctest bubble that is gone never fires.
	if h.due.IsZero() || now.After(h.due.Add(every)) {
		h.record(all, now)
		h.schedule(now)
	}
	for i := range all {
		w := &all[i]
		past := h.past[w.entry.ID]
		if n := len(past); n > 0 && past[n-1].at == now {
			past = past[:n-1]
		}
		w.past = append(slices.Clone(past), sample{now, w.Stats, w.limited})
	}
	return all
}

// read returns the pools as they are now.
func read() ([]watched, time.Time) {
	var all []watched
	for _, e := range registry.Entries() {
		w := watched{entry: e}
		if p, ok := e.Pool.(interface {
			Limited() (pool.Info, resource.Stats)
		}); ok {
			info, stats := p.Limited()
			w.Info, w.limited = info, &stats
		} else {
			w.Info = e.Info().(pool.Info)
		}
		all = append(all, w)
	}
	return all, time.Now()
}

// schedule starts the timer. h.mu is held.
func (h *history) schedule(now time.Time) {
	due := now.Add(every)
	h.due = due
	time.AfterFunc(every, func() { h.tick(due) })
}

// tick takes the samples that are due, or ends the history.
func (h *history) tick(due time.Time) {
	all, now := read()
	h.mu.Lock()
	defer h.mu.Unlock()
	switch {
	case h.due != due: // a look found the timer late and has started another
	case now.Sub(h.looked) >= linger:
		h.due, h.past = time.Time{}, nil
	default:
		h.record(all, now)
		h.schedule(now)
	}
}

// record adds a sample of each pool, and forgets pools that are gone. h.mu is held.
func (h *history) record(all []watched, now time.Time) {
	past := make(map[uint64][]sample, len(all))
	for _, w := range all {
		s := append(h.past[w.entry.ID], sample{now, w.Stats, w.limited})
		if len(s) > kept {
			s = slices.Delete(s, 0, len(s)-kept)
		}
		past[w.entry.ID] = s
	}
	h.past = past
}
