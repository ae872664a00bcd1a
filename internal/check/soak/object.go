package main

import "sync/atomic"

// Owners of an object that are not users. Users have numbers from 1.
const (
	byPool    int64 = -iota // idle, or on its way in or out
	byHook                  // a hook is looking at it
	byNobody                // destroyed, for good
	byOrphan                // New made it and then failed
	byForgot                // its holder has forgotten it
	inTransit               // in a channel from one user to another
)

// object is what the pools hold. Whoever gets an object swaps the owner, and must find the previous one there. So an
// object that is handed out twice, used after its destruction, or destroyed twice, is found at once.
type object struct {
	owner  atomic.Int64
	book   *book // of the pool that made it
	serial int64
	uses   int // the owner's, written plainly: the race detector sees what the swap does not
	_      [3]uint64
}

// pass makes to the owner of x. Until now the owner must be from.
func (s *soak) pass(x *object, from, to int64, what string) {
	if got := x.owner.Swap(to); got != from {
		s.failf("%s of object %d of %s: its owner was %d, want %d", what, x.serial, x.book.name, got, from)
	}
}

// book counts what becomes of the objects of one pool, independently of the
// pool: its own InUse is computed and so always adds up. A book does not refer to
// its pool, so that it can outlive it.
type book struct {
	name string

	made      atomic.Int64 // by the New hook
	orphaned  atomic.Int64 // of these, New failed afterwards
	destroyed atomic.Int64 // calls of the Destroy hook

	handed    atomic.Int64 // to users
	released  atomic.Int64 // by users
	broken    atomic.Int64 // Lease.Discard
	forgotten atomic.Int64 // by users

	closed atomic.Bool // Close has been called
	failed atomic.Bool // the constructor did not return
}

// held returns how many objects users hold, forgotten ones not counted. Exact
// when no call is in flight.
func (b *book) held() int64 {
	return b.handed.Load() - b.released.Load() - b.broken.Load() - b.forgotten.Load()
}

// rest returns how many objects are neither destroyed nor with a user: the idle
// ones.
func (b *book) rest() int64 {
	return b.made.Load() - b.orphaned.Load() - b.destroyed.Load() - b.forgotten.Load() - b.held()
}
