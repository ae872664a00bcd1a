package pool

import (
	"runtime"
	"sync"
	"unsafe"
	"weak"
)

// tracker is what a checked pool knows about the objects that it has handed out.
//
// K1: it keeps no object alive. It knows an object by its address. A record is valid as long as its weak pointer
// leads to that address: then no other object has reused the address.
//
// K2: what the collector holds for an object leads to the tracker and to the pool only by a weak pointer. So the
// pool can be collected while its objects live on. Then nobody asks about them.
type tracker struct {
	name   string
	handle func(Misuse) // Options.OnMisuse
	slices bool         // objects are slices, see adopt
	bare   bool         // callers make the objects, see adopt
	extent uintptr      // bytes of an object, if CheckBytes was called; else 0

	mu      sync.Mutex
	records map[uintptr]*record // of all objects seen, by address

	out     int // handed out and not back
	anon    int // of these, those without identity
	surplus int // how many more are out by the records than in fact: see adopt

	lost  []*record // collected while out: the last maxLost
	seals seals
	leaks []Misuse // to be reported by unlock
}

// maxLost is how many collected objects a tracker remembers.
const maxLost = 1000

// record is what is known about one object, from the first time it is seen until
// it is collected. Guarded by the tracker's mu.
type record struct {
	at   uintptr
	size uintptr            // identity.size
	self weak.Pointer[byte] // to the object, unless immortal
	// immortal: outside the collector's memory, such as the value of a package-level variable. As far as this pool
	// knows the address is never reused.
	immortal bool
	buried   bool // collected

	out    int // times handed out and not back: 1 or 0, but New may return an object twice
	leases int // of these, on lease

	acquired, lent, returned Stack // the last stack of each

	seal seal
}

// ward is what the collector hands to collected.
type ward struct {
	t   weak.Pointer[tracker] // K2
	rec *record
}

// find returns the record of the object at p, nil if it has none. mu is held.
func (t *tracker) find(p unsafe.Pointer) *record {
	rec := t.records[uintptr(p)]
	if rec == nil || rec.immortal || rec.self.Value() == (*byte)(p) {
		return rec
	}
	t.bury(rec) // K1: another object had the address; its cleanup has not run yet
	return nil
}

// add makes a record for the object at id.at. mu is held.
func (t *tracker) add(id identity) *record {
	rec := &record{at: uintptr(id.at), size: id.size}
	rec.seal.bytes, rec.seal.before = id.memory(t.extent)
	rec.immortal = !guard((*byte)(id.at), ward{weak.Make(t), rec})
	if !rec.immortal {
		rec.self = weak.Make((*byte)(id.at))
	}
	t.records[rec.at] = rec
	return rec
}

// guard makes the collector call collected when the object at p is gone. It returns false if that never happens.
func guard(p *byte, w ward) (ok bool) {
	defer func() {
		if recover() != nil { // AddCleanup: not in an allocated block
			ok = false
		}
	}()
	return runtime.AddCleanup(p, collected, w) != runtime.Cleanup{}
}

// collected is called by the collector, on a goroutine of its own.
func collected(w ward) {
	t := w.t.Value()
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.unlock()
	t.bury(w.rec)
}

// bury forgets the record of an object that was collected, and reports a leak if the object was out. mu is held.
func (t *tracker) bury(rec *record) {
	if rec.buried {
		return
	}
	rec.buried = true
	if t.records[rec.at] == rec {
		delete(t.records, rec.at)
	}
	if rec.out == 0 {
		return
	}
	if len(t.lost) == maxLost {
		t.lost = append(t.lost[:0], t.lost[1:]...)
	}
	t.lost = append(t.lost, rec)
	if !t.slices {
		t.leaks = append(t.leaks, Misuse{Pool: t.name, Kind: Leak, First: rec.acquired})
	}
}

// unlock unlocks mu and reports the leaks found while it was held.
func (t *tracker) unlock() {
	leaks := t.leaks
	t.leaks = nil
	t.mu.Unlock()
	for _, m := range leaks {
		m.reportAlone(t.handle)
	}
}

// took notes that the pool hands an object out.
func (t *tracker) took(id identity) {
	stack := callers()
	leased := stack.by("Pool.Borrow")
	t.mu.Lock()
	defer t.unlock()
	t.out++
	if id.at == nil {
		t.anon++
		return
	}
	rec := t.find(id.at)
	if rec == nil {
		rec = t.add(id)
	}
	rec.out++
	rec.acquired = stack
	rec.seal.on = false // New may return an object twice
	if leased {
		rec.leases++
		rec.lent = stack
	}
}

// untook notes that an object was not handed out after all.
func (t *tracker) untook(id identity) {
	t.mu.Lock()
	defer t.unlock()
	t.out--
	if id.at == nil {
		t.anon--
	} else if rec := t.find(id.at); rec != nil {
		rec.out--
	}
}

// back notes that an object comes back, and reports whether it may.
func (t *tracker) back(id identity) bool {
	stack := callers()
	leased := stack.by("Lease.Release", "Lease.Discard")
	t.mu.Lock()
	m, ok := t.admit(id, leased, stack)
	t.unlock()
	if !ok && !(t.bare && id.null) { // without New, nil stands for no object
		m.Nil = id.null
		t.askOthers(&m, id)
		m.report(t.handle)
	}
	return ok
}

// admit is back for a stack. mu is held.
func (t *tracker) admit(id identity, leased bool, stack Stack) (m Misuse, ok bool) {
	m = Misuse{Pool: t.name, Second: stack}
	if id.at == nil {
		if t.anon > 0 {
			t.anon--
		} else if !t.slices || t.out == 0 {
			m.Kind = ForeignRelease
			return m, false
		} else {
			t.surplus++
		}
		t.came()
		return m, true
	}
	rec := t.find(id.at)
	switch {
	case rec == nil && t.adopt(id):
		rec = t.records[uintptr(id.at)]
	case rec == nil:
		m.Kind = ForeignRelease
		return m, false
	case rec.out == 0 || leased && rec.leases == 0:
		m.Kind, m.First = DoubleRelease, rec.returned
		return m, false
	case !leased && rec.leases >= rec.out:
		m.Kind, m.First = StillLeased, rec.lent
		return m, false
	}
	rec.out--
	if leased {
		rec.leases = max(0, rec.leases-1)
	}
	rec.returned = stack
	t.came()
	return m, true
}

// came counts one object that is back.
func (t *tracker) came() {
	t.out--
	if t.out == 0 && t.surplus > 0 {
		// All slices still recorded as out have grown and came back with other arrays.
		for _, rec := range t.records {
			rec.out, rec.leases = 0, 0
		}
		t.surplus, t.anon, t.lost = 0, 0, nil
	}
}

// adopt accepts a slice whose array is not known, if the pool may have handed it out with a smaller array: append
// has moved it since. adopt cannot know which slice that was, so its record stays until its array is collected or
// everything is back. For the same reason a collected array proves no leak.
//
// In a pool without New it accepts any object while a zero value is out: the caller has made the object in its
// place. mu is held.
func (t *tracker) adopt(id identity) bool {
	if t.out == 0 || !t.slices && !(t.bare && t.anon > 0) {
		return false
	}
	grown := t.anon > 0 // it had no array
	if grown {
		t.anon--
	} else {
		for _, rec := range t.records {
			if grown = rec.out > 0 && rec.size < id.size; grown {
				break
			}
		}
		for _, rec := range t.lost {
			grown = grown || rec.size < id.size
		}
		if !grown {
			return false
		}
		t.surplus++
	}
	t.add(id).out++
	return true
}

// lend notes that an object that was acquired goes on lease.
func (t *tracker) lend(id identity) {
	if id.at == nil {
		return
	}
	stack := callers()
	t.mu.Lock()
	m, ok := Misuse{Pool: t.name, Second: stack}, false
	rec := t.find(id.at)
	switch {
	case rec == nil && t.adopt(id):
		rec, ok = t.records[uintptr(id.at)], true
	case rec == nil:
		m.Kind = ForeignRelease
	case rec.out == 0:
		m.Kind, m.First = DoubleRelease, rec.returned
	case rec.leases >= rec.out:
		m.Kind, m.First = StillLeased, rec.lent
	default:
		ok = true
	}
	if ok {
		rec.leases++
		rec.lent = stack
	}
	t.unlock()
	if !ok {
		m.Nil = id.null
		t.askOthers(&m, id)
		m.report(t.handle)
	}
}
