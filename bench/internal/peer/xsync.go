package peer

import "github.com/puzpuzpuz/xsync/v4"

// xsyncHandles is the queue of xsync for the elements of ring.Handles. Its Try calls fail whenever another
// goroutine is ahead of them. So the loops try again, and do so for every queue.
//
//bench:handles 1 xsync.MPMCQueue
type xsyncHandles struct{ q *xsync.MPMCQueue[uint32] }

func newXsyncHandles(Options) xsyncHandles {
	return xsyncHandles{xsync.NewMPMCQueue[uint32](QueueSize)}
}

func (a xsyncHandles) push() bool { return a.q.TryEnqueue(7) }

func (a xsyncHandles) pop() bool {
	_, ok := a.q.TryDequeue()
	return ok
}

// xsyncPointers is the queue of xsync for the elements of ring.Ring.
//
//bench:ring 1 xsync.MPMCQueue
type xsyncPointers struct {
	q *xsync.MPMCQueue[*Object]
	v *Object
}

func newXsyncPointers(Options) xsyncPointers {
	return xsyncPointers{xsync.NewMPMCQueue[*Object](QueueSize), new(Object)}
}

func (a xsyncPointers) push() bool { return a.q.TryEnqueue(a.v) }

func (a xsyncPointers) pop() bool {
	_, ok := a.q.TryDequeue()
	return ok
}

// xsyncPool is the queue used as a pool. A get that finds it empty creates an object, and a put that finds it full
// drops one. A Try call that fails because another goroutine is ahead counts as empty or full, as in any use as a
// pool.
//
//bench:pool 5 xsync.MPMCQueue
type xsyncPool struct {
	q *xsync.MPMCQueue[*Object]
	o *Options
}

func newXsyncPool(o Options) xsyncPool {
	return xsyncPool{xsync.NewMPMCQueue[*Object](o.bound()), &o}
}

func (a xsyncPool) get() *Object {
	o, ok := a.q.TryDequeue()
	if !ok {
		return a.o.object()
	}
	return o
}

func (a xsyncPool) put(o *Object) { a.q.TryEnqueue(o) }

// xsyncLarge holds 128 bytes by value.
//
//bench:large 5 xsync.MPMCQueue
type xsyncLarge struct {
	q *xsync.MPMCQueue[Large]
	o *Options
}

func newXsyncLarge(o Options) xsyncLarge {
	return xsyncLarge{xsync.NewMPMCQueue[Large](o.bound()), &o}
}

// Pair implements Bytes.
func (a xsyncLarge) Pair(n int) int {
	for range n {
		l, ok := a.q.TryDequeue()
		if !ok {
			l = a.o.large()
		}
		l.touch()
		a.q.TryEnqueue(l)
	}
	return n
}

// xsyncOf is the queue as a pool of any type.
//
//bench:of 5 xsync.MPMCQueue
type xsyncOf[T any] struct {
	q *xsync.MPMCQueue[T]
	o OfOptions[T]
}

func newXsyncOf[T any](o OfOptions[T]) xsyncOf[T] {
	return xsyncOf[T]{xsync.NewMPMCQueue[T](o.bound()), o}
}

// Get implements Of.
func (a xsyncOf[T]) Get() Held[T] {
	v, ok := a.q.TryDequeue()
	if !ok {
		v = a.o.make()
	}
	return Held[T]{V: v}
}

// Put implements Of.
func (a xsyncOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	a.q.TryEnqueue(h.V)
}
