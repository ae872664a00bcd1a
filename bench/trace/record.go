package trace

import (
	"sync"
	"time"

	"github.com/plungepool/plunge/pool"
)

// Recorder is a pool that records its calls. It is much slower than the pool, because all goroutines write to one
// list. That changes when things happen, but not what a goroutine does.
type Recorder[T comparable] struct {
	p *pool.Pool[T]

	mu    sync.Mutex
	start time.Time
	last  int64
	next  int       // the number of the next acquisition
	held  map[T]int // the acquisitions of the objects in use
	byID  map[int]int
	trace Trace
}

// Record returns a Recorder of the calls that go through it to p. Objects must differ, for example as pointers do,
// because a release is recognized by its object.
func Record[T comparable](p *pool.Pool[T]) *Recorder[T] {
	return &Recorder[T]{p: p, start: time.Now(), held: map[T]int{}, byID: map[int]int{}}
}

// Acquire is the pool's Acquire by the goroutine with this number. The caller chooses the number, for example that
// of a worker or a connection.
func (r *Recorder[T]) Acquire(goroutine int) T {
	v := r.p.Acquire()
	r.acquired(goroutine, v)
	return v
}

// TryAcquire is the pool's TryAcquire. A call that finds no object is not recorded.
func (r *Recorder[T]) TryAcquire(goroutine int) (T, bool) {
	v, ok := r.p.TryAcquire()
	if ok {
		r.acquired(goroutine, v)
	}
	return v, ok
}

// AcquireN is the pool's AcquireN, recorded as len(dst) acquisitions.
func (r *Recorder[T]) AcquireN(goroutine int, dst []T) {
	r.p.AcquireN(dst)
	for _, v := range dst {
		r.acquired(goroutine, v)
	}
}

// acquired records an acquisition.
func (r *Recorder[T]) acquired(goroutine int, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.held[v] = r.next
	r.add(goroutine, Acquire, r.next)
	r.next++
}

// Release is the pool's Release. An object that was not acquired through r is released, but not recorded.
func (r *Recorder[T]) Release(goroutine int, v T) {
	r.released(goroutine, v)
	r.p.Release(v)
}

// ReleaseN is the pool's ReleaseN, recorded as len(src) releases.
func (r *Recorder[T]) ReleaseN(goroutine int, src []T) {
	for _, v := range src {
		r.released(goroutine, v)
	}
	r.p.ReleaseN(src)
}

// released records a release before it happens: another goroutine may get the object right after it.
func (r *Recorder[T]) released(goroutine int, v T) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if object, ok := r.held[v]; ok {
		delete(r.held, v)
		r.add(goroutine, Release, object)
	}
}

// add records an event. r.mu is held.
func (r *Recorder[T]) add(goroutine int, op string, object int) {
	i, ok := r.byID[goroutine]
	if !ok {
		i = len(r.trace.Goroutines)
		r.byID[goroutine] = i
		r.trace.Goroutines = append(r.trace.Goroutines, nil)
	}
	r.last = max(r.last+1, time.Since(r.start).Nanoseconds())
	r.trace.Goroutines[i] = append(r.trace.Goroutines[i], Event{r.last, op, object})
}

// Trace returns what has happened so far.
func (r *Recorder[T]) Trace() Trace {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := Trace{Goroutines: make([][]Event, len(r.trace.Goroutines))}
	for i, events := range r.trace.Goroutines {
		t.Goroutines[i] = append([]Event(nil), events...)
	}
	return t
}
