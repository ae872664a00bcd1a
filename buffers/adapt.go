package buffers

import (
	"unsafe"

	"github.com/plungepool/plunge/pool"
)

// What other libraries take for a pool of buffers. None is imported here: their
// interfaces are met by methods alone.

// HTTPPool has the methods of net/http/httputil.BufferPool.
type HTTPPool struct {
	pool *Pool
	size int
}

// HTTP returns a pool of buffers of length size for httputil.ReverseProxy.BufferPool,
// which copies with a buffer of 32 KiB where it has none. It panics if size is
// negative.
func (p *Pool) HTTP(size int) *HTTPPool {
	if size < 0 {
		panic("buffers: HTTP with a negative size")
	}
	return &HTTPPool{pool: p, size: size}
}

// Get acquires a buffer.
func (h *HTTPPool) Get() []byte { return h.pool.Acquire(h.size) }

// Put releases it.
func (h *HTTPPool) Put(b []byte) { h.pool.Release(b) }

// GRPCPool has the methods of google.golang.org/grpc/mem.BufferPool.
type GRPCPool struct {
	pool  *Pool
	dirty bool
}

// GRPC returns a pool for grpc's mem.BufferPool, as given to
// experimental.WithBufferPool and experimental.BufferPool. Buffers are zero over their
// whole capacity, as those of grpc's own pools; see Dirty. Get and Put allocate nothing
// on a hit.
func (p *Pool) GRPC() *GRPCPool {
	p.adapter.Do(func() {
		p.boxes = pool.Must(pool.New(pool.Options[*[]byte]{
			New:   func() *[]byte { return new([]byte) },
			Check: p.o.Check, NoCheck: p.o.NoCheck, OnMisuse: p.o.OnMisuse,
		}))
	})
	return &GRPCPool{pool: p}
}

// Dirty returns a pool whose buffers have arbitrary contents, for an application in
// which every user of one fills what it reads. grpc itself does.
func (g *GRPCPool) Dirty() *GRPCPool { return &GRPCPool{pool: g.pool, dirty: true} }

// Get acquires a buffer of length n.
func (g *GRPCPool) Get(n int) *[]byte {
	b := g.pool.Acquire(n)
	if !g.dirty && g.pool.used(n) {
		clear(b[:cap(b)])
	}
	box := g.pool.boxes.Acquire()
	*box = b
	return box
}

// errPutTwice is the panic of a Put of what was put before and not handed out since.
const errPutTwice = "buffers: second Put of a buffer"

// Put releases a buffer that Get returned, or a prefix of it. The caller must not use b or
// *b afterwards. A nil b is ignored.
//
// Put sets *b to nil, and panics if it is nil: b was put before, and one box in the pool twice
// would give one buffer to two users. (grpc's own Buffer panics on a second Free.) A second Put
// after another Get has returned b is not noticed: it takes the buffer from its new user.
func (g *GRPCPool) Put(b *[]byte) {
	if b == nil {
		return
	}
	if *b == nil {
		panic(errPutTwice)
	}
	g.pool.Release(*b)
	*b = nil
	g.pool.boxes.Release(b)
}

// arrowAlign is the alignment that the Arrow format recommends, in bytes.
const arrowAlign = 64

// ArrowPool has the methods of arrow-go's memory.Allocator.
type ArrowPool struct{ pool *Pool }

// Arrow returns an allocator for arrow-go: its buffers are zero and aligned to 64 bytes.
// Tiers whose sizes are multiples of 64 are so aligned. A buffer of another tier that is
// not gives its place to a new one that is, which takes 64 bytes more than the pool
// counts for it.
func (p *Pool) Arrow() *ArrowPool { return &ArrowPool{pool: p} }

// Allocate returns size bytes, all of them zero.
func (a *ArrowPool) Allocate(size int) []byte {
	b := a.pool.AcquireZeroed(size)
	if misaligned(b) == 0 {
		return b
	}
	// The capacity stays, so that Free brings the new buffer where b came from: T1. b
	// itself is dropped, not released, or one Acquire would have two Releases.
	capacity := cap(b)
	takeBack(unsafe.SliceData(b), capacity)
	b = make([]byte, capacity+arrowAlign)
	if skip := misaligned(b); skip > 0 {
		b = b[arrowAlign-skip:]
	}
	return b[:size:capacity]
}

func misaligned(b []byte) int {
	return int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) % arrowAlign)
}

// Reallocate returns size bytes that begin with those of b, which it takes, and are
// zero beyond.
func (a *ArrowPool) Reallocate(size int, b []byte) []byte {
	if size >= 0 && size <= cap(b) && !a.shrinks(size, cap(b)) {
		if size > len(b) {
			clear(b[len(b):size])
		}
		return b[:size]
	}
	g := a.Allocate(size)
	copy(g, b)
	a.Free(b)
	return g
}

// shrinks reports that size is less than a quarter of the capacity, and a smaller tier's
// business.
func (a *ArrowPool) shrinks(size, capacity int) bool {
	k, ok := a.pool.index(size)
	return ok && size < capacity/4 && a.pool.tiers[k].size < capacity
}

// Free takes back what Allocate or Reallocate returned.
func (a *ArrowPool) Free(b []byte) { a.pool.Release(b) }

// AnyPool is a bounded pool of values of any type, with the methods of
// gorilla/websocket's BufferPool.
type AnyPool struct{ values *pool.Pool[any] }

// Any returns a pool for websocket.Upgrader's and Dialer's WriteBufferPool. A websocket
// connection makes its write buffer itself, wraps it in a type of its own, and puts it
// there while it has nothing to write; so these buffers are not Fixed's, but they are
// bounded and dropped when idle as those are, Fixed's maxIdle of them. Every call
// returns the same pool.
func (p *Fixed) Any() *AnyPool {
	p.anyOnce.Do(func() {
		p.any = &AnyPool{pool.Must(pool.New(pool.Options[any]{
			New:     func() any { return nil },
			NoCheck: true, // its values come from elsewhere
			MaxIdle: p.tier.max,
		}))}
	})
	return p.any
}

// Get takes a value that was put, or returns nil if there is none.
func (a *AnyPool) Get() any {
	v, ok := a.values.TryAcquire()
	if !ok {
		return nil
	}
	return v
}

// Put makes v idle. nil is dropped.
func (a *AnyPool) Put(v any) {
	if v != nil {
		a.values.Release(v)
	}
}

// Stats returns a snapshot. As the values come from elsewhere, InUse has no meaning.
func (a *AnyPool) Stats() pool.Stats { return a.values.Stats() }
