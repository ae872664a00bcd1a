package pool

import (
	"fmt"
	"unsafe"

	"github.com/plungepool/plunge/shard"
)

// A zero Pool is made by its first call. Acquire and Release leave that to the engine, which calls maker where it
// does not hit. The other methods begin with use.
//
// Z2: a Pool is made once its bag is made. The bag comes last, under clock.mu. So whoever finds the bag made sees
// the rest.

// Init sets the options of a zero Pool, before any other use. It is for a Pool that is a field or a variable.
// Options.New may be nil. The error wraps ErrOptions. It names the wrong field, or says that the pool was used
// or initialized before. After an error the pool is unchanged.
func (p *Pool[T]) Init(o Options[T]) error {
	if p == nil {
		panic(errNil)
	}
	if err := p.init(o); err != nil {
		return err
	}
	p.Warm()
	return nil
}

func (p *Pool[T]) init(o Options[T]) error {
	p.clock.mu.Lock()
	defer p.clock.mu.Unlock()
	if p.bag.Made() {
		return fmt.Errorf("%w: Init of a Pool that was used or initialized before; call it once, before any other use", ErrOptions)
	}
	return p.begin(o)
}

// use begins the methods that cannot hit. It makes the pool if this is its first use.
func (p *Pool[T]) use() {
	if p == nil {
		panic(errNil)
	}
	if !p.bag.Made() {
		p.first()
	}
}

// first makes the pool with the default options, unless another call has made it. It panics if they are bad, as a
// value from the environment can be.
//
//go:noinline
func (p *Pool[T]) first() {
	p.clock.mu.Lock()
	defer p.clock.mu.Unlock()
	if p.bag.Made() {
		return
	}
	if err := p.begin(Options[T]{}); err != nil {
		panic(err)
	}
}

// maker makes the Pool whose first field is the bag.
type maker[T any] struct{}

// Make is called by the engine: see shard.Maker.
func (maker[T]) Make(b *shard.Bag[T]) { (*Pool[T])(unsafe.Pointer(b)).first() }

// withoutNew makes misses return the zero T. If the zero T is nil, no hook is called with it.
func (o *Options[T]) withoutNew() {
	o.bare = true
	o.New = func() (zero T) { return zero }
	if nilOf[T]() == nil {
		return
	}
	spare := func(hook func(T)) func(T) {
		if hook == nil {
			return nil
		}
		return func(v T) {
			if !isNil(&v) {
				hook(v)
			}
		}
	}
	allow := func(hook func(T) bool) func(T) bool {
		if hook == nil {
			return nil
		}
		return func(v T) bool { return isNil(&v) || hook(v) }
	}
	o.Reset, o.Destroy, o.Poison = spare(o.Reset), spare(o.Destroy), spare(o.Poison)
	o.Retain, o.Validate = allow(o.Retain), allow(o.Validate)
	if size := o.Size; size != nil {
		o.Size = func(v T) int64 {
			if isNil(&v) {
				return 0
			}
			return size(v)
		}
	}
}
