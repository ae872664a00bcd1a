package pool

import (
	"runtime"
	"sync"
	"unsafe"
	"weak"
)

// trackers has the trackers of all checked pools. They are asked about an object that is foreign to one of them.
var trackers struct {
	mu  sync.Mutex
	all map[weak.Pointer[tracker]]struct{}
}

// register adds t to trackers until its pool is collected.
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
	if m.Kind == ForeignRelease && id.at != nil {
		m.ask(id.at, t)
	}
}

// ReportPart reports a ForeignRelease if at is the address of a byte in a buffer of any checked pool of package
// buffers: a part of that buffer was released. p does not take it. ReportPart is for packages that build on a Pool:
// see [CheckBytes].
func ReportPart(p *Pool[*byte], at *byte) {
	c := p.check
	if c == nil {
		return
	}
	m := Misuse{Pool: c.name, Kind: ForeignRelease, Second: callers()}
	m.ask(unsafe.Pointer(at), nil)
	if m.Owner != "" {
		m.Part = true // even if it begins where the buffer does: it ends elsewhere
		m.report(c.handle)
	}
}

// ask completes the report of the object at p with what trackers other than t know.
func (m *Misuse) ask(p unsafe.Pointer, t *tracker) {
	trackers.mu.Lock()
	var others []*tracker
	for w := range trackers.all {
		if u := w.Value(); u != nil && u != t {
			others = append(others, u)
		}
	}
	trackers.mu.Unlock()
	for _, u := range others {
		if rec, part := u.knows(p); rec != nil && (m.Owner == "" || !part) {
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

// first is the stack of the pool's last call for the object: the Acquire if it is out, else the Release.
func (r *record) first() Stack {
	if r.out > 0 || len(r.returned) == 0 {
		return r.acquired
	}
	return r.returned
}
