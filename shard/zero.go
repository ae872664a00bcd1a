package shard

import "unsafe"

// H2: where Put calls Prepare without a deferred function (H1), one compare tells that it may, and that the value is
// not nil: its first word, less 1, is lower than Bag.unguarded. So the policy can say in its own words what Prepare
// panicked over, and that costs a Put nothing.

// firstWord returns the first word of *v, or 1 where that is smaller.
func firstWord[T any](v *T) uintptr {
	if unsafe.Sizeof(*v) < unsafe.Sizeof(uintptr(0)) {
		return 1
	}
	return *(*uintptr)(unsafe.Pointer(v))
}

// askGuarded is prepare for the values whose Prepare Put would call itself, had they another first word than 0 and the P a lane.
func (b *Bag[T]) askGuarded(v T) {
	returned := false
	defer func() {
		if !returned {
			b.blame(v) // may panic, and then v counts for nothing
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
