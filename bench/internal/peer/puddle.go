package peer

import (
	"context"
	"unsafe"

	"github.com/jackc/puddle/v2"
)

// puddlePool is the pool under pgx. Its MaxSize bounds objects idle and in use together, and Acquire waits when it
// is reached. So MaxSize is plunge's bound on idle objects plus the most that any workload holds at a time. Then no
// call waits.
//
//bench:pool 7 puddle
type puddlePool struct {
	p *puddle.Pool[*puddleObject]
}

// puddleObject leads from an object back to its resource. The object is the first field, so a pointer to it is also
// a pointer to the puddleObject.
type puddleObject struct {
	Object
	r *puddle.Resource[*puddleObject]
}

func newPuddlePool(o Options) puddlePool {
	p, err := puddle.NewPool(&puddle.Config[*puddleObject]{
		Constructor: func(context.Context) (*puddleObject, error) {
			o.Made.Add(1)
			return new(puddleObject), nil
		},
		MaxSize: int32(o.bound() + outstanding()),
	})
	if err != nil {
		panic(err) // of the configuration
	}
	return puddlePool{p}
}

func (a puddlePool) get() *Object {
	r, err := a.p.Acquire(context.Background())
	if err != nil {
		panic(err) // of the constructor or the context, which do not fail
	}
	o := r.Value()
	o.r = r
	return &o.Object
}

func (a puddlePool) put(o *Object) { (*puddleObject)(unsafe.Pointer(o)).r.Release() }

// puddleOf is puddle for any type. Its Held has the resource.
//
//bench:of 7 puddle
type puddleOf[T any] struct {
	p *puddle.Pool[T]
	o OfOptions[T]
}

func newPuddleOf[T any](o OfOptions[T]) puddleOf[T] {
	p, err := puddle.NewPool(&puddle.Config[T]{
		Constructor: func(context.Context) (T, error) { return o.make(), nil },
		MaxSize:     int32(o.bound() + outstanding()),
	})
	if err != nil {
		panic(err) // of the configuration
	}
	return puddleOf[T]{p, o}
}

// Get implements Of.
func (a puddleOf[T]) Get() Held[T] {
	r, err := a.p.Acquire(context.Background())
	if err != nil {
		panic(err) // of the constructor or the context, which do not fail
	}
	return Held[T]{r.Value(), r}
}

// Put implements Of.
func (a puddleOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	h.ticket.(*puddle.Resource[T]).Release()
}
