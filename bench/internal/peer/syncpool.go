package peer

import (
	"sync"

	"github.com/plungepool/plunge/pool/syncpool"
)

// syncPool is the standard library's sync.Pool.
//
//bench:pool 1 sync.Pool
type syncPool struct{ p *sync.Pool }

func newSyncPool(o Options) syncPool {
	return syncPool{&sync.Pool{New: func() any { return o.object() }}}
}

func (a syncPool) get() *Object  { return a.p.Get().(*Object) }
func (a syncPool) put(o *Object) { a.p.Put(o) }

// plungeSyncPool is the subject with sync.Pool's names: what a program gets by changing an import.
//
//bench:pool 1 syncpool
type plungeSyncPool struct{ p *syncpool.Pool }

func newPlungeSyncPool(o Options) plungeSyncPool {
	return plungeSyncPool{&syncpool.Pool{New: func() any { return o.object() }}}
}

func (a plungeSyncPool) get() *Object  { return a.p.Get().(*Object) }
func (a plungeSyncPool) put(o *Object) { a.p.Put(o) }

// syncPoolPointers pools pointers to slices, as package sync's documentation and
// vet tools advise.
//
//bench:bytes 1 sync.Pool-pointer
type syncPoolPointers struct{ p *sync.Pool }

func newSyncPoolPointers(o Options) syncPoolPointers {
	return syncPoolPointers{&sync.Pool{New: func() any {
		b := o.bytes()
		return &b
	}}}
}

// Pair implements Bytes.
func (a syncPoolPointers) Pair(n int) int {
	for range n {
		b := a.p.Get().(*[]byte)
		*b = append((*b)[:0], 1)
		a.p.Put(b)
	}
	return n
}

// syncPoolValues pools slices by value. Each Put allocates.
//
//bench:bytes 2 sync.Pool-value
type syncPoolValues struct{ p *sync.Pool }

func newSyncPoolValues(o Options) syncPoolValues {
	return syncPoolValues{&sync.Pool{New: func() any { return o.bytes() }}}
}

// Pair implements Bytes.
func (a syncPoolValues) Pair(n int) int {
	for range n {
		b := a.p.Get().([]byte)
		b = append(b[:0], 1)
		//lint:ignore SA6002 the allocation is what is compared
		a.p.Put(b)
	}
	return n
}

// syncPoolLarge pools pointers to 128 bytes, as vet tools advise.
//
//bench:large 1 sync.Pool-pointer
type syncPoolLarge struct{ p *sync.Pool }

func newSyncPoolLarge(o Options) syncPoolLarge {
	return syncPoolLarge{&sync.Pool{New: func() any {
		l := o.large()
		return &l
	}}}
}

// Pair implements Bytes.
func (a syncPoolLarge) Pair(n int) int {
	for range n {
		l := a.p.Get().(*Large)
		l.touch()
		a.p.Put(l)
	}
	return n
}

// syncPoolLargeValues pools values of 128 bytes. Each Put allocates.
//
//bench:large 2 sync.Pool-value
type syncPoolLargeValues struct{ p *sync.Pool }

func newSyncPoolLargeValues(o Options) syncPoolLargeValues {
	return syncPoolLargeValues{&sync.Pool{New: func() any { return o.large() }}}
}

// Pair implements Bytes.
func (a syncPoolLargeValues) Pair(n int) int {
	for range n {
		l := a.p.Get().(Large)
		l.touch()
		//lint:ignore SA6002 the allocation is what is compared
		a.p.Put(l)
	}
	return n
}

// syncPoolOf is sync.Pool for any type.
//
//bench:of 1 sync.Pool
type syncPoolOf[T any] struct {
	p *sync.Pool
	o OfOptions[T]
}

func newSyncPoolOf[T any](o OfOptions[T]) syncPoolOf[T] {
	return syncPoolOf[T]{&sync.Pool{New: func() any { return o.make() }}, o}
}

// Get implements Of.
func (a syncPoolOf[T]) Get() Held[T] { return Held[T]{V: a.p.Get().(T)} }

// Put implements Of.
func (a syncPoolOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	a.p.Put(h.V)
}

// syncPoolBuffers pools pointers to slices that grow to the largest length asked for. Most programs write their own
// pool of buffers like this.
//
//bench:buffers 3 sync.Pool
type syncPoolBuffers struct{ p *sync.Pool }

func newSyncPoolBuffers(Options) syncPoolBuffers {
	return syncPoolBuffers{&sync.Pool{New: func() any { return new([]byte) }}}
}

func (a syncPoolBuffers) get(n int) *[]byte {
	b := a.p.Get().(*[]byte)
	if cap(*b) < n {
		*b = make([]byte, n)
	}
	*b = (*b)[:n]
	return b
}

func (a syncPoolBuffers) put(b *[]byte) { a.p.Put(b) }

// syncPoolFixed pools pointers to slices of one length.
//
//bench:fixed 1 sync.Pool
type syncPoolFixed struct{ p *sync.Pool }

func newSyncPoolFixed(Options) syncPoolFixed {
	return syncPoolFixed{&sync.Pool{New: func() any {
		b := make([]byte, FixedSize)
		return &b
	}}}
}

func (a syncPoolFixed) get(int) *[]byte { return a.p.Get().(*[]byte) }
func (a syncPoolFixed) put(b *[]byte)   { a.p.Put(b) }

// syncPoolLog pools pointers to slices that are appended to.
//
//bench:log 2 sync.Pool
type syncPoolLog struct{ p *sync.Pool }

func newSyncPoolLog(Options) syncPoolLog {
	return syncPoolLog{&sync.Pool{New: func() any {
		b := make(appended, 0, lineRoom)
		return &b
	}}}
}

func (a syncPoolLog) get() *appended { return a.p.Get().(*appended) }

func (a syncPoolLog) put(b *appended) {
	*b = (*b)[:0]
	a.p.Put(b)
}
