package pool

import "github.com/plungepool/plunge/shard"

// Lease is a borrowed object. Release or Discard ends it, on any goroutine, but not on two at the same time. A
// Lease stays on the stack: borrowing allocates nothing. It must not be copied, because the copy could release
// the object again. go vet reports copies.
//
//	l := p.Borrow()
//	defer l.Release()
//	use(l.Value())
type Lease[T any] struct {
	_ noCopy

	pool *Pool[T]
	v    T
	lent bool // false once released, and in a zero Lease. Unlike a nil pool, a flag takes no write barrier.
}

// noCopy has go vet's copylocks report copies.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

const released = "pool: Value of a Lease that was released, or never lent"

// Borrow acquires an object, which the Lease's Release returns to the pool.
func (p *Pool[T]) Borrow() Lease[T] {
	if p == nil {
		panic(errNil)
	}
	return Lease[T]{pool: p, v: shard.GetBy[T, maker[T]](&p.bag), lent: true}
}

// Lend returns a Lease over an object already acquired from p.
func (p *Pool[T]) Lend(v T) Lease[T] {
	p.use()
	if p.check != nil {
		p.check.lend(v)
	}
	return Lease[T]{pool: p, v: v, lent: true}
}

// Value returns the object. It panics once the lease is released.
func (l *Lease[T]) Value() T {
	if !l.lent {
		panic(released)
	}
	return l.v
}

// Release returns the object to its pool. Further calls do nothing.
func (l *Lease[T]) Release() {
	if l.lent {
		l.lent = false
		shard.PutBy[T, maker[T]](&l.pool.bag, l.v)
	}
}

// Discard drops the object, because it is broken. It is counted under Discards.Broken and passed to Destroy.
// Further calls do nothing.
func (l *Lease[T]) Discard() {
	if l.lent {
		l.lent = false
		if c := l.pool.check; c != nil && !c.back(l.v) {
			return
		}
		l.pool.discard(l.v, &l.pool.count.broken)
	}
}
