package pool

import (
	"runtime"
	"sync"
	"unsafe"
	"weak"
)

// trackers are those of all checked pools, to be asked about an object that is foreign to one of them.
var trackers struct {
	mu  sync.Mutex
	all map[weak.Pointer[tracker]]struct{}
}

// register has the tracker asked, for as long as there is its pool.
func (t *tracker) register() {
	w := weak.Make(t)
	trackers.mu.Lock()
	defer trackers.mu.Unlock()
	if trackers.all == nil {
		trackers.all = make(map[weak.Pointer[tracker]]struct{})
	}
	trackers.all[w] = struct{}{}
	runtime.AddCleanup(t, func(w weak.Pointer[tracker]) {
		trackers.mu.Lock()
		defer trackers.mu.Unlock()
		delete(trackers.all, w)
	}, w)
}

// askOthers completes the report of a foreign object, if another tracker knows it. mu is not held.
func (t *tracker) askOthers(m *Misuse, id identity) {
	if m.Kind != ForeignRelease || id.at == nil {
		return
	}
	trackers.mu.Lock()
	var others []*tracker
	for w := range trackers.all {
		if u := w.Value(); u != nil && u != t {
			others = append(others, u)
		}
	}
	trackers.mu.Unlock()
	for _, u := range others {
		if rec, part := u.knows(id.at); rec != nil && (m.Owner == "" || !part) {
			m.Owner, m.Part, m.First = u.name, part, rec.first()
			if !part {
				return
			}
		}
	}
}

// knows returns a copy of the record of the object at p, or of the buffer that p is in.
func (t *tracker) knows(p unsafe.Pointer) (known *record, part bool) {
	t.mu.Lock()
	defer t.unlock()
	rec := t.find(p)
	if rec == nil && t.extent > 0 {
		for at, r := range t.records {
			if at < uintptr(p) && uintptr(p) < at+t.extent && r.self.Value() != nil {
				rec, part = r, true
				break
			}
		}
	}
	if rec == nil {
		return nil, false
	}
	known = new(record)
	*known = *rec
	return known, part
}

// first is where the object was when its pool dealt with it last.
func (r *record) first() Stack {
	if r.out > 0 || len(r.returned) == 0 {
		return r.acquired
	}
	return r.returned
}
