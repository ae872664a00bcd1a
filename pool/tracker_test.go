package pool

import (
	"runtime"
	"testing"
	"time"
	"unsafe"
)

// TestRecordIsOfOneObject: the record of an object that was collected exists until its cleanup runs. Meanwhile
// another object may have the address, and the record is not about that one (K1).
func TestRecordIsOfOneObject(t *testing.T) {
	leaks := make(chan Misuse, 10)
	var found []Misuse
	handle := func(m Misuse) {
		if m.Kind == Leak {
			leaks <- m
		} else {
			found = append(found, m)
		}
	}
	type object [8]*int
	p := Must(New(Options[*object]{New: func() *object { return new(object) }, Check: true, OnMisuse: handle}))
	c := p.check.tracker
	stale := func() *record {
		v := p.Acquire()
		c.mu.Lock()
		defer c.mu.Unlock()
		return c.records[uintptr(unsafe.Pointer(v))]
	}
	again := func(rec *record, v *object) { // as if the cleanup had not run yet
		for rec.self.Value() != nil {
			runtime.GC()
		}
		<-leaks // of v itself, which does not matter here
		c.mu.Lock()
		defer c.mu.Unlock()
		c.lost = nil
		rec.buried, rec.at = false, uintptr(unsafe.Pointer(v))
		c.records[rec.at] = rec
	}
	leaked := func(what string) {
		t.Helper()
		select {
		case <-leaks:
		case <-time.After(5 * time.Second):
			t.Errorf("%s: the leak was not reported", what)
		}
	}

	rec, foreign := stale(), new(object)
	again(rec, foreign)
	p.Release(foreign)
	if len(found) != 1 || found[0].Kind != ForeignRelease {
		t.Errorf("Release of a foreign object: got %v, want that reported", found)
	}
	leaked("Release")
	c.mu.Lock()
	c.bury(rec) // the late cleanup changes nothing
	c.unlock()

	rec, own := stale(), new(object)
	again(rec, own)
	found = nil
	p.new = func() *object { return own }
	if v := p.Acquire(); v != own {
		t.Fatal("Acquire: got another object")
	}
	leaked("Acquire")
	c.mu.Lock()
	c.bury(rec)
	c.unlock()
	p.Release(own)
	if len(found) > 0 || p.Len() != 1 {
		t.Errorf("Release of the pool's own object: got %v and %d idle, want none and 1", found, p.Len())
	}
	p.Release(own)
	if len(found) != 1 || found[0].Kind != DoubleRelease {
		t.Errorf("Release again: got %v, want a double release", found)
	}
	select {
	case m := <-leaks:
		t.Errorf("got a leak reported twice: %v", m)
	case <-time.After(10 * time.Millisecond):
	}
	runtime.KeepAlive(p)
}
