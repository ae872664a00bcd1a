package peer

import "github.com/bytedance/gopkg/lang/syncx"

// syncxPool is ByteDance's pool of magazines, with NoGC as its README has it.
// Under the race detector it is a sync.Pool.
//
//bench:pool 2 syncx.Pool
type syncxPool struct{ p *syncx.Pool }

func newSyncxPool(o Options) syncxPool {
	return syncxPool{&syncx.Pool{New: func() any { return o.object() }, NoGC: true}}
}

func (a syncxPool) get() *Object  { return a.p.Get().(*Object) }
func (a syncxPool) put(o *Object) { a.p.Put(o) }

func (a syncxPool) putReset(o *Object) {
	o.wipe()
	a.p.Put(o)
}

func (a syncxPool) scoped() {
	o := a.p.Get().(*Object)
	defer a.p.Put(o)
	o.touch()
}

func (a syncxPool) getN(dst []*Object) {
	for i := range dst {
		dst[i] = a.p.Get().(*Object)
	}
}

func (a syncxPool) putN(held []*Object) {
	for _, o := range held {
		a.p.Put(o)
	}
}

// syncxOf is syncx.Pool for any type.
//
//bench:of 2 syncx.Pool
type syncxOf[T any] struct {
	p *syncx.Pool
	o OfOptions[T]
}

func newSyncxOf[T any](o OfOptions[T]) syncxOf[T] {
	return syncxOf[T]{&syncx.Pool{New: func() any { return o.make() }, NoGC: true}, o}
}

// Get implements Of.
func (a syncxOf[T]) Get() Held[T] { return Held[T]{V: a.p.Get().(T)} }

// Put implements Of.
func (a syncxOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	a.p.Put(h.V)
}
