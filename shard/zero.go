package shard

import "unsafe"

// H2: where Put calls Prepare without a deferred function (H1), one compare tells that it may, and that the value's
// first word is not 0: that word, less 1, is lower than Bag.unguarded. For a nil value the policy can then say in its
// own words what Prepare panicked over. That costs a Put nothing.

// firstWord returns the first word of *v, or 1 where that is smaller.
func firstWord[T any](v *T) uintptr {
	if unsafe.Sizeof(*v) < unsafe.Sizeof(uintptr(0)) {
		return 1
	}
	return *(*uintptr)(unsafe.Pointer(v))
}

// askGuarded is prepare where Put does not call Prepare itself: the value's first word is 0, or the P has no lane.
func (b *Bag[T]) askGuarded(v T) {
	returned := false
	defer func() {
		if !returned {
			b.blame(v) // may panic, and then v is not counted as lost
		}
		b.totals.asking.Inc() // Put takes it back if it goes on
	}()
	b.policy.Prepare(v)
	returned = true
}

// blame has the policy say what Prepare or Admit has failed over.
func (b *Bag[T]) blame(v T) {
	if o, ok := b.policy.Owner.(Blamer[T]); ok && firstWord(&v) == 0 {
		o.Blame(v)
	}
}
