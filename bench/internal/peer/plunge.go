package peer

import (
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/ring"
)

// plunge is the subject. It has default options, so statistics and expiry are on, unless the command line sets
// others.
//
//bench:pool 0 plunge
type plunge struct{ p *pool.Pool[*Object] }

func newPlunge(o Options) plunge {
	options := with(o.object, nil, o)
	if o.Reset {
		options.Reset = (*Object).wipe
	}
	p := pool.Must(pool.New(options))
	if b, ok := any(pool.Bag(p)).(interface{ Endow() }); ok && o.Endowed { // make bench-compare builds this with older revisions
		b.Endow()
	}
	return plunge{p}
}

func (a plunge) get() *Object        { return a.p.Acquire() }
func (a plunge) put(o *Object)       { a.p.Release(o) }
func (a plunge) putReset(o *Object)  { a.p.Release(o) } // the hook resets
func (a plunge) getN(dst []*Object)  { a.p.AcquireN(dst) }
func (a plunge) putN(held []*Object) { a.p.ReleaseN(held) }

func (a plunge) scoped() {
	l := a.p.Borrow()
	defer l.Release()
	l.Value().touch()
}

// plungeBytes pools slices by value.
//
//bench:bytes 0 plunge
type plungeBytes struct{ p *pool.Pool[[]byte] }

func newPlungeBytes(o Options) plungeBytes {
	return plungeBytes{pool.Must(pool.New(with(o.bytes, nil, o)))}
}

// Pair implements Bytes.
func (a plungeBytes) Pair(n int) int {
	for range n {
		b := a.p.Acquire()
		b = append(b[:0], 1)
		a.p.Release(b)
	}
	return n
}

// plungeHandles is the ring of handles.
//
//bench:handles 0 ring.Handles
type plungeHandles struct{ r *ring.Handles }

func newPlungeHandles(Options) plungeHandles { return plungeHandles{ring.NewHandles(QueueSize)} }

func (a plungeHandles) push() bool { return a.r.TryPush(7) }

func (a plungeHandles) pop() bool {
	_, ok := a.r.TryPop()
	return ok
}

// plungeRing is the ring of pointers.
//
//bench:ring 0 ring.Ring
type plungeRing struct {
	r *ring.Ring[*Object]
	v *Object
}

func newPlungeRing(Options) plungeRing {
	return plungeRing{ring.New[*Object](QueueSize), new(Object)}
}

func (a plungeRing) push() bool { return a.r.TryPush(a.v) }

func (a plungeRing) pop() bool {
	_, ok := a.r.TryPop()
	return ok
}

// plungeLarge pools 128 bytes by value.
//
//bench:large 0 plunge
type plungeLarge struct{ p *pool.Pool[Large] }

func newPlungeLarge(o Options) plungeLarge {
	return plungeLarge{pool.Must(pool.New(with(o.large, nil, o)))}
}

// Pair implements Bytes.
func (a plungeLarge) Pair(n int) int {
	for range n {
		l := a.p.Acquire()
		l.touch()
		a.p.Release(l)
	}
	return n
}

// plungeOf is plunge for any type.
//
//bench:of 0 plunge
type plungeOf[T any] struct{ p *pool.Pool[T] }

func newPlungeOf[T any](o OfOptions[T]) plungeOf[T] {
	return plungeOf[T]{pool.Must(pool.New(with(o.make, o.Reset, o.Options)))}
}

// Get implements Of.
func (a plungeOf[T]) Get() Held[T] { return Held[T]{V: a.p.Acquire()} }

// Put implements Of.
func (a plungeOf[T]) Put(h Held[T]) { a.p.Release(h.V) }
