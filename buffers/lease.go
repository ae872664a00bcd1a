package buffers

// Lease is a borrowed buffer. Release returns it to its pool, and may be called on any goroutine, but not on two
// at the same time. A Lease stays on the stack: borrowing allocates nothing. It must not be copied, because the
// copy could release the buffer again. go vet reports copies.
//
//	l := p.Borrow(4096)
//	defer l.Release()
//	use(l.Bytes())
type Lease struct {
	_ noCopy

	pool  *Pool  // nil in a lease of fixed's
	fixed *Fixed // nil in a lease of pool's
	b     []byte
	lent  bool // false once released, and in a zero Lease. A flag takes no write barrier.
}

// noCopy has go vet's copylocks report copies.
type noCopy struct{}

func (*noCopy) Lock()   {}
func (*noCopy) Unlock() {}

const errReleased = "buffers: Bytes of a Lease that was released, or never lent"

// Borrow acquires a buffer of length n, which the Lease's Release returns to the pool.
func (p *Pool) Borrow(n int) Lease { return Lease{pool: p, b: p.Acquire(n), lent: true} }

// Borrow acquires a buffer, which the Lease's Release returns to the pool.
func (p *Fixed) Borrow() Lease { return Lease{fixed: p, b: p.Acquire(), lent: true} }

// Bytes returns the buffer. It panics once the lease is released.
func (l *Lease) Bytes() []byte {
	if !l.lent {
		panic(errReleased)
	}
	return l.b
}

// Release returns the buffer to its pool. Further calls do nothing.
func (l *Lease) Release() {
	if !l.lent {
		return
	}
	l.lent = false
	if l.fixed != nil {
		l.fixed.Release(l.b)
		return
	}
	l.pool.Release(l.b)
}
