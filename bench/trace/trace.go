// Package trace records how a program uses a pool, so that `make tune` can replay it with other options. A
// [Recorder] takes the place of the program's pool. It yields a [Trace], a JSON file. (cmd/tune -record makes a
// trace of a workload of the bench.)
//
//	{"goroutines": [
//	  [{"at": 1, "op": "acquire", "object": 0}, {"at": 9, "op": "release", "object": 0}],
//	  [{"at": 4, "op": "acquire", "object": 1}]
//	]}
//
// at is in nanoseconds, and no two events have the same. object is the number of the acquisition. A release, which
// may be on another goroutine, has its object's number.
package trace

import (
	"encoding/json"
	"fmt"
	"io"
)

// The operations of an Event.
const (
	Acquire = "acquire"
	Release = "release"
)

// Event is one operation.
type Event struct {
	At     int64  `json:"at"`
	Op     string `json:"op"`
	Object int    `json:"object"`
}

// Trace has the events of each goroutine in their order.
type Trace struct {
	Goroutines [][]Event `json:"goroutines"`
}

// Read reads a trace and checks it.
func Read(r io.Reader) (Trace, error) {
	var t Trace
	d := json.NewDecoder(r)
	d.DisallowUnknownFields()
	if err := d.Decode(&t); err != nil {
		return t, fmt.Errorf("trace: %w", err)
	}
	return t, t.Check()
}

// Write writes t.
func (t Trace) Write(w io.Writer) error { return json.NewEncoder(w).Encode(t) }

// Acquired returns the number of acquisitions.
func (t Trace) Acquired() int {
	n := 0
	for _, events := range t.Goroutines {
		for _, e := range events {
			if e.Op == Acquire {
				n++
			}
		}
	}
	return n
}

// Check reports the first event that cannot have happened. If it finds none,
//
//	T1: each object is acquired once, and then released at most once.
//
// So the events can be replayed in the order of their times. Goroutines that wait for each other's objects then do
// not wait for ever.
func (t Trace) Check() error {
	n := t.Acquired()
	if n == 0 {
		return fmt.Errorf("trace: no %q event", Acquire)
	}
	acquired, released := make([]int64, n), make([]int64, n)
	for g, events := range t.Goroutines {
		last := int64(0)
		for i, e := range events {
			bad := func(why string) error {
				return fmt.Errorf("trace: goroutine %d, event %d: %+v: %s", g, i, e, why)
			}
			if e.At <= last {
				return bad("at must be over 0 and ascend")
			}
			last = e.At
			if e.Object < 0 || e.Object >= n {
				return bad(fmt.Sprintf("object must be 0 to %d, the number of acquisitions less 1", n-1))
			}
			times := acquired
			switch e.Op {
			case Acquire:
			case Release:
				times = released
			default:
				return bad(fmt.Sprintf("op must be %q or %q", Acquire, Release))
			}
			if times[e.Object] != 0 {
				return bad("a second time")
			}
			times[e.Object] = e.At
		}
	}
	for i, at := range released {
		if at != 0 && (acquired[i] == 0 || at <= acquired[i]) {
			return fmt.Errorf("trace: object %d is released before it is acquired", i)
		}
	}
	return nil
}
