package shard

import "sync"

// GetBy, TryGetBy, PutBy, GetNBy and PutNBy are nosplit functions, see D1. All the
// stack that such have, together with what they call of the kind, is 800 bytes;
// the linker refuses what could need more.
const (
	// maxDirect is the size in bytes of the largest T that GetBy, TryGetBy and PutBy
	// handle themselves. Storing one with pointers in it can take a write barrier that
	// needs some 500 bytes of stack.
	maxDirect = 24

	// maxDirectN is that of GetNBy and PutNBy, whose frames are large where the
	// compiler does not optimize: a word, which never takes that barrier.
	maxDirectN = 8

	// maxBoxless is the size of the largest T that they take from or hand to
	// other functions. A larger one goes in a box, for even the call of such a
	// function would need too much.
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
