package shard

import (
	stdatomic "sync/atomic"
	"unsafe"

	"github.com/plungepool/plunge/internal/atom"
)

// Maker makes a zero Bag at its first use. It is for a Bag that is a field of a type whose zero value is ready
// to use. GetBy, TryGetBy, PutBy, GetNBy and PutNBy ask a zero M, a type without size, if the bag was not made
// yet. They check that only when they do not hit, so hits cost no more.
type Maker[T any] interface {
	// Make sees to it that b is made, and then returns. Of the goroutines that call it at the same time one calls
	// b.Init. If Make panics, the call that needed b has done nothing.
	Make(b *Bag[T])
}

// None is the Maker of the bags that are made by New or Init: it panics.
type None[T any] struct{}

// Make panics.
func (None[T]) Make(*Bag[T]) { panic(notMade) }

// Get is b.Get() as a function.
func Get[T any](b *Bag[T]) T { return GetBy[T, None[T]](b) }

// TryGet is b.TryGet() as a function.
func TryGet[T any](b *Bag[T]) (T, bool) { return TryGetBy[T, None[T]](b) }

// Put is b.Put(v) as a function.
func Put[T any](b *Bag[T], v T) { PutBy[T, None[T]](b, v) }

// Made reports whether b was made. If so, all that its Init wrote is visible to the caller.
func (b *Bag[T]) Made() bool { return stdatomic.LoadInt64(&b.oldest) != 0 }

// Z1: a bag may be made while others are in Get and Put. Init writes in this order: what is constant, lanes, stamp,
// unguarded, plain and, last, oldest, which Made tests. So
//
//   - a hit needs nothing but what it sees by atomic loads of oldest or stamp, which are 0 before, and then of lanes;
//   - before that, Put looks at plain and unguarded by plain loads. Their zero values send it to prepare, which
//     waits until the bag is made. Loads may be reordered: if Put sees unguarded but not yet lanes, it goes to
//     prepare, too. If lanes has a lane, ask is there;
//   - every other call begins with made.
//
// So no value gets past a policy that prepares or admits, and a plain that is seen late only costs time.

// begun ends Init: Z1.
func (b *Bag[T]) begun() {
	atom.StorePointer(&b.lanes, unsafe.Pointer(&unused))
	if b.policy.Owner == nil {
		b.SetStamp(1)
	}
	if b.ask != nil {
		stdatomic.StoreUintptr(&b.unguarded, ^uintptr(0))
	}
	b.plain = b.policy.Prepare == nil && b.policy.Admit == nil
	b.SetOldest(minStamp)
}

// lazy is a Bag that an M makes. Where the functions of D1 do not hit they call its methods, none of them inlined.
type lazy[T any, M Maker[T]] Bag[T]

// made returns the bag, and makes it first if need be.
func (z *lazy[T, M]) made() *Bag[T] {
	b := (*Bag[T])(z)
	if !b.Made() {
		var m M
		m.Make(b)
	}
	return b
}

//go:noinline
func (z *lazy[T, M]) getOrMiss() T { return z.made().getOrMiss() }

//go:noinline
func (z *lazy[T, M]) getOrNot() (T, bool) { return z.made().getOrNot() }

//go:noinline
func (z *lazy[T, M]) putOrOverflow(v T) { z.made().putOrOverflow(v) }

//go:noinline
func (z *lazy[T, M]) getRest(dst []T, n int) { z.made().getRest(dst, n) }

//go:noinline
func (z *lazy[T, M]) putRest(src []T) { z.made().putRest(src) }
