package pool

import (
	stdatomic "sync/atomic"

	"go.uber.org/atomic"
)

// weights enforces MaxIdleBytes.
//
// W1: bytes is the total size of all objects that are in the pool, on their way into it, or taken out of it and not
// yet discarded. It exceeds max only by objects that a failed AcquireN puts back.
type weights[T any] struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	bytes atomic.Int64
	over  atomic.Int64 // objects that were found too heavy, until refused has counted them

	max    int64
	size   func(T) int64
	retain func(T) bool // Options
}

// of is the size of v.
func (w *weights[T]) of(v T) int64 { return max(w.size(v), 0) }

// enter reports whether there is room for v, which it then takes.
func (w *weights[T]) enter(v T) bool {
	size := w.of(v)
	for {
		n := w.bytes.Load()
		if size > w.max-n {
			return false
		}
		if w.bytes.CompareAndSwap(n, n+size) {
			return true
		}
	}
}

// leave gives back the room of v.
func (w *weights[T]) leave(v T) { w.bytes.Sub(w.of(v)) }

// back takes room for v, even if there is none.
func (w *weights[T]) back(v T) { w.bytes.Add(w.of(v)) }

// admit calls Retain, then enter.
func (w *weights[T]) admit(v T) (ok bool) {
	if w.retain != nil && !w.retain(v) {
		return false
	}
	if !w.enter(v) {
		w.over.Inc()
		return false
	}
	return true
}

// refuses reports whether a refused object counts as too heavy. If several are refused at the same time, another of
// them may be the heavy one.
func (w *weights[T]) refuses() bool {
	for {
		n := w.over.Load()
		if n == 0 {
			return false
		}
		if w.over.CompareAndSwap(n, n-1) {
			return true
		}
	}
}

// enters takes room for an object that does not come by Release.
func (p *Pool[T]) enters(v T) bool { return p.weights == nil || p.weights.enter(v) }

// leaves gives the room of v back.
func (p *Pool[T]) leaves(v T) {
	if p.weights != nil {
		p.weights.leave(v)
	}
}
