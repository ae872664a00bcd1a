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

// HTTP returns a pool of buffers of length size for httputil.ReverseProxy.BufferPool. Without a pool
// ReverseProxy allocates 32 KiB per request. HTTP panics if size is negative.
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

// GRPC returns a mem.BufferPool for grpc's experimental.WithBufferPool and experimental.BufferPool. Like the
// buffers of grpc's own pools, its buffers are zero over their whole capacity; see Dirty. Get and Put allocate
// nothing on a hit.
func (p *Pool) GRPC() *GRPCPool {
	p.adapter.Do(func() {
		p.boxes = pool.Must(pool.New(pool.Options[*[]byte]{
			New:   func() *[]byte { return new([]byte) },
			Check: p.o.Check, NoCheck: p.o.NoCheck, OnMisuse: p.o.OnMisuse,
		}))
	})
	return &GRPCPool{pool: p}
}

// Dirty returns a pool whose buffers have arbitrary contents. It is for programs that write each byte of a
// buffer before they read it. grpc itself does.
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

// errPutTwice is what Put panics with if b was put before and not handed out since.
const errPutTwice = "buffers: second Put of a buffer"

// Put releases a buffer that Get returned, or a prefix of it. The caller must not use b or
// *b afterwards. A nil b is ignored.
//
// Put sets *b to nil, and panics if *b is nil already: a second Put would give one buffer to two users. A second
// Put after another Get has returned b goes unnoticed, and takes the buffer from its new user.
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

// Arrow returns an allocator for arrow-go. Its buffers are zero and aligned to 64 bytes. If Options.Sizes has a
// size that is not a multiple of 64, a buffer of that tier may have to be replaced by an aligned one. That one
// takes 64 bytes more than the pool counts.
func (p *Pool) Arrow() *ArrowPool { return &ArrowPool{pool: p} }

// Allocate returns size bytes, all of them zero.
func (a *ArrowPool) Allocate(size int) []byte {
	b := a.pool.AcquireZeroed(size)
	if misaligned(b) == 0 {
		return b
	}
	// The capacity stays, so that Free puts the new buffer into the tier of b: T1. b itself is dropped without a
	// Release, because one Acquire must not have two.
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

// Reallocate returns size bytes that begin with the contents of b. The rest is zero. It releases b unless it
// returns it.
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

// shrinks reports that size is less than a quarter of the capacity, and that a smaller tier has room for it.
func (a *ArrowPool) shrinks(size, capacity int) bool {
	k, ok := a.pool.index(size)
	return ok && size < capacity/4 && a.pool.tiers[k].size < capacity
}

// Free releases a buffer that Allocate or Reallocate returned.
func (a *ArrowPool) Free(b []byte) { a.pool.Release(b) }

// AnyPool is a bounded pool of values of any type. It has the methods of the interface BufferPool of
// gorilla/websocket.
type AnyPool struct{ values *pool.Pool[any] }

// Any returns a pool for the field WriteBufferPool of gorilla's websocket.Upgrader and Dialer. Connections
// create their write buffers themselves, and put them there while they have nothing to write. So these are not
// buffers of the Fixed. At most maxIdle of them are idle, and they are dropped when they were idle for as long
// as the Fixed's. Every call returns the same pool.
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

// Get returns a value that was put, or nil if there is none.
func (a *AnyPool) Get() any {
	v, ok := a.values.TryAcquire()
	if !ok {
		return nil
	}
	return v
}

// Put gives v to the pool. A nil v is ignored.
func (a *AnyPool) Put(v any) {
	if v != nil {
		a.values.Release(v)
	}
}

// Stats returns a snapshot. InUse has no meaning here, because the pool does not create the values.
func (a *AnyPool) Stats() pool.Stats { return a.values.Stats() }
