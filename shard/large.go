package shard

import "sync"

// GetBy, TryGetBy, PutBy, GetNBy and PutNBy are nosplit functions, see D1. Such a function has 800 bytes of stack,
// for itself and all nosplit functions that it calls; the linker refuses what could need more.
const (
	// maxDirect is the size in bytes of the largest T that GetBy, TryGetBy and PutBy
	// handle themselves. Storing one with pointers in it can take a write barrier that
	// needs some 500 bytes of stack.
	maxDirect = 24

	// maxDirectN is the same for GetNBy and PutNBy, whose frames are large in builds without optimization: one word,
	// which never takes that barrier.
	maxDirectN = 8

	// maxBoxless is the size of the largest T that they take from or hand to other functions. A larger one goes in a
	// box, because even the call of such a function would need too much stack.
	maxBoxless = 128
)

// box returns a box for one value.
//
//go:noinline
func (b *Bag[T]) box() *T {
	if boxes := b.boxes.Load(); boxes != nil {
		if x, ok := boxes.Get().(*T); ok {
			return x
		}
	}
	return new(T)
}

// free takes a box back that box returned, and forgets what is in it.
//
//go:noinline
func (b *Bag[T]) free(x *T) {
	var zero T
	*x = zero
	boxes := b.boxes.Load()
	if boxes == nil {
		b.boxes.CompareAndSwap(nil, new(sync.Pool))
		boxes = b.boxes.Load()
	}
	boxes.Put(x)
}

// getLarge is Get for a T that takes a box. The caller frees the box.
//
//go:noinline
func (z *lazy[T, M]) getLarge() *T {
	b := z.made()
	x := b.box()
	*x = b.getOrMiss()
	return x
}

// tryGetLarge is TryGet likewise; nil stands for false.
//
//go:noinline
func (z *lazy[T, M]) tryGetLarge() *T {
	b := z.made()
	v, ok := b.getOrNot()
	if !ok {
		return nil
	}
	x := b.box()
	*x = v
	return x
}

// putLarge is Put likewise, and frees the box.
//
//go:noinline
func (z *lazy[T, M]) putLarge(x *T) {
	b := z.made()
	v := *x
	b.free(x)
	if b.plain || z.prepare(v) {
		b.putOrOverflow(v)
	}
}
