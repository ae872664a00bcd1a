package puddle

import (
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

var start = time.Now()

// now is a time in nanoseconds, of a clock that is never set.
func now() int64 { return int64(time.Since(start)) + 1 }

// Resource is a resource of the pool's, the same one for each of its loans. Its fields belong to whoever has it.
type Resource[T any] struct {
	value    T
	created  time.Time
	used     int64
	h        *resource.Handle[*Resource[T]] // nil: it is not acquired
	hijacked bool
}

// lent returns the resource of a loan that begins.
func lent[T any](h *resource.Handle[*Resource[T]]) *Resource[T] {
	r := h.Value()
	r.h = h
	return r
}

// own panics unless the resource is acquired or, with hijacked set, hijacked.
func (r *Resource[T]) own(hijacked bool) {
	if r.h == nil && !(hijacked && r.hijacked) {
		panic("puddle: a resource is used that is not acquired")
	}
}

// back ends the loan.
func (r *Resource[T]) back() *resource.Handle[*Resource[T]] {
	r.own(false)
	h := r.h
	r.h = nil
	return h
}

// Value returns what the constructor has made.
func (r *Resource[T]) Value() T {
	r.own(true)
	return r.value
}

// Release gives the resource back.
func (r *Resource[T]) Release() {
	r.own(false)
	r.used = now()
	r.back().Release()
}

// ReleaseUnused gives it back as if it had not been used.
func (r *Resource[T]) ReleaseUnused() { r.back().Release() }

// Destroy has it destroyed.
func (r *Resource[T]) Destroy() { r.back().Discard(nil) }

// Hijack takes it out of the pool. It is the caller's from then on.
func (r *Resource[T]) Hijack() {
	r.back().Hijack()
	r.hijacked = true
}

// CreationTime returns when it was made.
func (r *Resource[T]) CreationTime() time.Time {
	r.own(true)
	return r.created
}

// LastUsedNanotime returns when it was released last, or made, by a clock of the package's own.
func (r *Resource[T]) LastUsedNanotime() int64 {
	r.own(true)
	return r.used
}

// IdleDuration returns the time since then.
func (r *Resource[T]) IdleDuration() time.Duration {
	r.own(true)
	return time.Duration(now() - r.used)
}
