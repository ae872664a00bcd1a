package peer

import "sync"

// syncPool is the standard library's.
//
//bench:pool 1 sync.Pool
type syncPool struct{ p *sync.Pool }

func newSyncPool(o Options) syncPool {
	return syncPool{&sync.Pool{New: func() any { return o.object() }}}
}

func (a syncPool) get() *Object  { return a.p.Get().(*Object) }
func (a syncPool) put(o *Object) { a.p.Put(o) }

func (a syncPool) putReset(o *Object) {
	o.wipe()
	a.p.Put(o)
}

func (a syncPool) scoped() {
	o := a.p.Get().(*Object)
	defer a.p.Put(o)
	o.touch()
}

func (a syncPool) getN(dst []*Object) {
	for i := range dst {
		dst[i] = a.p.Get().(*Object)
	}
}

func (a syncPool) putN(held []*Object) {
	for _, o := range held {
		a.p.Put(o)
	}
}

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

// syncPoolValues pools slices by value, each Put of which allocates.
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
