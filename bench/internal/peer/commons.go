package peer

import (
	"context"

	commons "github.com/jolestar/go-commons-pool/v2"
)

// commonsPool is the Go port of Apache Commons Pool. Its MaxIdle is plunge's bound. Objects in use are not bounded,
// so that no call waits. By default it tests and evicts nothing.
//
//bench:pool 6 go-commons-pool
type commonsPool struct{ p *commons.ObjectPool }

func newCommonsPool(o Options) commonsPool {
	return commonsPool{newCommons(o.bound(), func() any { return o.object() })}
}

// newCommons returns a pool of objects that object creates.
func newCommons(bound int, object func() any) *commons.ObjectPool {
	c := commons.NewDefaultPoolConfig()
	c.MaxTotal = -1
	c.MaxIdle = bound
	factory := commons.NewPooledObjectFactorySimple(func(context.Context) (any, error) { return object(), nil })
	return commons.NewObjectPool(context.Background(), factory, c)
}

func (a commonsPool) get() *Object {
	o, err := a.p.BorrowObject(context.Background())
	if err != nil {
		panic(err) // of the factory or the context, which do not fail
	}
	return o.(*Object)
}

func (a commonsPool) put(o *Object) {
	if err := a.p.ReturnObject(context.Background(), o); err != nil {
		panic(err) // not an object in use of this pool
	}
}

// commonsOf finds an object again in a map, so T must be comparable.
//
//bench:of 6 go-commons-pool
type commonsOf[T any] struct {
	p *commons.ObjectPool
	o OfOptions[T]
}

func newCommonsOf[T any](o OfOptions[T]) commonsOf[T] {
	return commonsOf[T]{newCommons(o.bound(), func() any { return o.make() }), o}
}

// Get implements Of.
func (a commonsOf[T]) Get() Held[T] {
	v, err := a.p.BorrowObject(context.Background())
	if err != nil {
		panic(err) // of the factory or the context, which do not fail
	}
	return Held[T]{V: v.(T)}
}

// Put implements Of.
func (a commonsOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	if err := a.p.ReturnObject(context.Background(), h.V); err != nil {
		panic(err) // not an object in use of this pool
	}
}
