package pool

import (
	"context"
	"log/slog"
	"math/bits"
	"runtime"
	"sync"
	stdatomic "sync/atomic"
	"time"
	"unsafe"
	"weak"

	"github.com/plungepool/plunge/internal/heldprofile"
)

// LimitHeld is the most objects of one pool that the profile plunge_held contains.
const LimitHeld = heldprofile.Limit

const (
	filterLog = 13 // 1 KiB of bits, two for each of LimitHeld
	filterLen = 1 << filterLog
)

// holds has the records of one pool in the profile.
//
// P1: nothing in the profile leads to an object, to holds or to the pool. The cleanup of an object leads to holds
// by a weak pointer. The cleanup of the pool leads to holds, which it ends.
//
// P2: the bit of an object is set before a recorded Acquire returns the object, and as long as the object has a
// record.
type holds struct {
	name  string
	limit time.Duration // Options.LogHeld

	bits [filterLen / 32]stdatomic.Uint32 // which have an object. Written under mu.

	mu      sync.Mutex
	on      bool
	records map[uintptr]*hold // by address
	counts  [filterLen]uint16 // how many objects share a bit
	dropped uint64
	due     time.Time // when look is to be called; zero: never
}

// hold is the record of one object that is out.
type hold struct {
	at      uintptr
	cleanup runtime.Cleanup
	since   int64 // stamp
	stack   Stack // its Acquire, until it is logged; nil without LogHeld
}

// bitOf returns the number of the bit for an address.
func bitOf(at uintptr) uintptr {
	const golden = 0x9e3779b97f4a7c15>>(64-bits.UintSize) | 1 // Knuth's multiplicative hashing
	return at * golden >> (bits.UintSize - filterLog)
}

// mayHave reports whether the object at p may have a record. False is certain: P2.
func (h *holds) mayHave(p unsafe.Pointer) bool {
	bit := bitOf(uintptr(p))
	return h.bits[bit/32].Load()&(1<<(bit%32)) != 0
}

// add records the object at p with the stack of its Acquire. It does nothing if p is nil.
func (h *holds) add(p unsafe.Pointer) {
	if p == nil {
		return
	}
	var pcs [maxStack]uintptr
	stack := Stack(pcs[:runtime.Callers(1, pcs[:])])
	rec := &hold{at: uintptr(p)}
	if h.limit > 0 {
		rec.stack, rec.since = append(Stack(nil), stack...), now()
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.on {
		return
	}
	h.drop(h.records[rec.at]) // its Release was not seen, or another object has the address now
	if len(h.records) >= LimitHeld {
		h.dropped++
		return
	}
	h.records[rec.at] = rec
	bit := bitOf(rec.at)
	h.counts[bit]++
	h.bits[bit/32].Or(1 << (bit % 32))
	rec.cleanup = cleanup((*byte)(p), gone, goner{weak.Make(h), rec})
	heldprofile.Add(rec, stack)
	if h.limit > 0 {
		h.call()
	}
}

// remove forgets the object at p.
func (h *holds) remove(p unsafe.Pointer) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop(h.records[uintptr(p)])
}

// drop forgets a record; nil is none. mu is held.
func (h *holds) drop(rec *hold) {
	if rec == nil {
		return
	}
	delete(h.records, rec.at)
	bit := bitOf(rec.at)
	if h.counts[bit]--; h.counts[bit] == 0 {
		h.bits[bit/32].And(^uint32(1 << (bit % 32)))
	}
	rec.cleanup.Stop()
	heldprofile.Remove(rec)
}

// begin makes add record.
func (h *holds) begin() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = true
}

// end forgets all records, and makes add record nothing: the engine no longer reports Releases.
func (h *holds) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.on = false
	for _, rec := range h.records {
		h.drop(rec)
	}
}

// goner is what the collector hands to gone.
type goner struct {
	h   weak.Pointer[holds] // P1
	rec *hold
}

// gone is called by the collector, on a goroutine of its own.
func gone(g goner) {
	h := g.h.Value()
	if h == nil {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.records[g.rec.at] == g.rec {
		h.drop(g.rec)
	}
}

// call schedules look, unless it is scheduled. If look is long overdue, its timer belonged to a testing/synctest
// bubble that is gone. mu is held.
func (h *holds) call() {
	now := time.Now()
	if !h.due.IsZero() && now.Before(h.due.Add(h.limit)) {
		return
	}
	h.due = now.Add(h.limit)
	w := weak.Make(h) // P1
	time.AfterFunc(h.limit, func() {
		if h := w.Value(); h != nil {
			h.look()
		}
	})
}

// look logs objects that are in use for too long.
func (h *holds) look() {
	now := now()
	var long []hold
	h.mu.Lock()
	h.due = time.Time{}
	more := false
	for _, rec := range h.records {
		switch {
		case rec.stack == nil: // logged
		case now-rec.since >= int64(h.limit) && inBubble(now) == inBubble(rec.since):
			long = append(long, *rec)
			rec.stack = nil
		default:
			more = true
		}
	}
	if more {
		h.call()
	}
	h.mu.Unlock()
	for _, rec := range long {
		slog.LogAttrs(context.Background(), slog.LevelWarn, "pool: an object is out for long; it was acquired",
			slog.String("pool", h.name), slog.Duration("for", time.Duration(now-rec.since)))
		rec.stack.log(slog.LevelWarn, h.name)
	}
}
