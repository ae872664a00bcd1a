package trace

import (
	"bytes"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// TestRecord records goroutines that hand objects to each other, and reads the trace
// back.
func TestRecord(t *testing.T) {
	r := Record(pool.Must(pool.New(pool.Options[*int]{New: func() *int { return new(int) }})))
	const n = 100
	objects := make(chan *int, 4)
	var all sync.WaitGroup
	all.Go(func() {
		for range n {
			objects <- r.Acquire(7)
		}
		close(objects)
	})
	all.Go(func() {
		for v := range objects {
			r.Release(9, v)
		}
	})
	all.Wait()
	r.Release(9, new(int)) // not from the pool, so it is not recorded
	got := r.Trace()
	if len(got.Goroutines) != 2 || len(got.Goroutines[0]) != n || len(got.Goroutines[1]) != n || got.Acquired() != n {
		t.Fatalf("got %d goroutines, %d acquisitions", len(got.Goroutines), got.Acquired())
	}
	var b bytes.Buffer
	if err := got.Write(&b); err != nil {
		t.Fatal(err)
	}
	if back, err := Read(&b); err != nil || !reflect.DeepEqual(back, got) {
		t.Errorf("read back: %v, the same: %v", err, reflect.DeepEqual(back, got))
	}
}

// TestRecordN shows that a call for many objects is recorded as one event for each.
func TestRecordN(t *testing.T) {
	r := Record(pool.Must(pool.New(pool.Options[*int]{New: func() *int { return new(int) }})))
	if _, ok := r.TryAcquire(1); ok {
		t.Error("TryAcquire of an empty pool: got an object")
	}
	held := make([]*int, 3)
	r.AcquireN(1, held)
	r.ReleaseN(1, held)
	v, ok := r.TryAcquire(1)
	if !ok {
		t.Error("TryAcquire: got no object")
	}
	r.Release(1, v)
	got := r.Trace()
	if err := got.Check(); err != nil || got.Acquired() != 4 || len(got.Goroutines) != 1 || len(got.Goroutines[0]) != 8 {
		t.Errorf("got %v, %v", got, err)
	}
}

func TestCheck(t *testing.T) {
	for text, want := range map[string]string{
		`{"goroutines": [[{"at":1,"op":"acquire","object":0},{"at":2,"op":"release","object":0}]]}`:   "",
		`{"goroutines": [[{"at":5,"op":"release","object":0}],[{"at":1,"op":"acquire","object":0}]]}`: "",
		`{"goroutines": []}`: "no \"acquire\"",
		`{"goroutines": [[{"at":1,"op":"release","object":0}],[{"at":5,"op":"acquire","object":0}]]}`:                                  "before it is acquired",
		`{"goroutines": [[{"at":1,"op":"acquire","object":1}]]}`:                                                                       "object must be",
		`{"goroutines": [[{"at":1,"op":"acquire","object":0},{"at":1,"op":"release","object":0}]]}`:                                    "ascend",
		`{"goroutines": [[{"at":1,"op":"acquire","object":0},{"at":2,"op":"take","object":0}]]}`:                                       "op must be",
		`{"goroutines": [[{"at":1,"op":"acquire","object":0},{"at":2,"op":"release","object":0},{"at":3,"op":"release","object":0}]]}`: "a second time",
		`{"threads": []}`: "unknown field",
		`[`:               "trace:",
	} {
		_, err := Read(strings.NewReader(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}
