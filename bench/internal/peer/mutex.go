package peer

import "sync"

// mutexPool is a stack in a slice under a mutex, with the same bound as plunge. Its batches are the obvious ones:
// one lock for all objects.
//
//bench:pool 4 mutex
type mutexPool struct{ *mutexStack }

type mutexStack struct {
	mu    sync.Mutex
	idle  []*Object
	limit int
	o     Options
}

func newMutexPool(o Options) mutexPool {
	n := o.bound()
	return mutexPool{&mutexStack{idle: make([]*Object, 0, n), limit: n, o: o}}
}

func (a mutexPool) get() *Object {
	a.mu.Lock()
	n := len(a.idle) - 1
	if n < 0 {
		a.mu.Unlock()
		return a.o.object()
	}
	o := a.idle[n]
	a.idle[n] = nil
	a.idle = a.idle[:n]
	a.mu.Unlock()
	return o
}

func (a mutexPool) put(o *Object) {
	a.mu.Lock()
	if len(a.idle) < a.limit {
		a.idle = append(a.idle, o)
	}
	a.mu.Unlock()
}

func (a mutexPool) getN(dst []*Object) {
	a.mu.Lock()
	rest := max(len(a.idle)-len(dst), 0)
	n := copy(dst, a.idle[rest:])
	clear(a.idle[rest:])
	a.idle = a.idle[:rest]
	a.mu.Unlock()
	for n < len(dst) {
		dst[n] = a.o.object()
		n++
	}
}

func (a mutexPool) putN(held []*Object) {
	a.mu.Lock()
	n := min(len(held), a.limit-len(a.idle))
	a.idle = append(a.idle, held[:n]...)
	a.mu.Unlock()
}

// mutexLarge holds 128 bytes by value.
//
//bench:large 4 mutex
type mutexLarge struct{ s *mutexOf[Large] }

func newMutexLarge(o Options) mutexLarge {
	return mutexLarge{newMutexOf(OfOptions[Large]{Options: o, New: func() Large { return Large{} }})}
}

// Pair implements Bytes.
func (a mutexLarge) Pair(n int) int {
	for range n {
		l := a.s.pop()
		l.touch()
		a.s.push(l)
	}
	return n
}

// mutexOf is the stack for any type.
//
//bench:of 4 mutex
type mutexOf[T any] struct {
	mu   sync.Mutex
	idle []T
	o    OfOptions[T]
}

func newMutexOf[T any](o OfOptions[T]) *mutexOf[T] {
	return &mutexOf[T]{idle: make([]T, 0, o.bound()), o: o}
}

// Get implements Of.
func (a *mutexOf[T]) Get() Held[T] { return Held[T]{V: a.pop()} }

// Put implements Of.
func (a *mutexOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	a.push(h.V)
}

func (a *mutexOf[T]) pop() T {
	a.mu.Lock()
	n := len(a.idle) - 1
	if n < 0 {
		a.mu.Unlock()
		return a.o.make()
	}
	v := a.idle[n]
	clear(a.idle[n:])
	a.idle = a.idle[:n]
	a.mu.Unlock()
	return v
}

func (a *mutexOf[T]) push(v T) {
	a.mu.Lock()
	if len(a.idle) < cap(a.idle) {
		a.idle = append(a.idle, v)
	}
	a.mu.Unlock()
}
