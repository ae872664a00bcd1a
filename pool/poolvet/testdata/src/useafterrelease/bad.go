package useafterrelease

import (
	"sync"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/syncpool"
)

type item struct {
	n    int
	next *item
	mu   sync.Mutex
}

func (i *item) Close() error { return nil }

var (
	items *pool.Pool[*item]
	bufs  *buffers.Pool
	std   sync.Pool
	drop  syncpool.Pool
	sink  any
)

func use(...any) {}

func field() int {
	v := items.Acquire()
	items.Release(v)
	return v.n // want `v is used after its release on line 31: release it after the last use`
}

func method() {
	v, ok := items.TryAcquire()
	if ok {
		items.Release(v)
		v.Close() // want `v is used after its release on line 38`
	}
}

func slice() {
	b := bufs.Acquire(100)
	head := b[:10]
	buffers.Release(b)
	head[0] = 1 // want `b is used after`
}

func write(b []byte) {
	bufs.Release(b[:0])
	copy(b, "x") // want `b\[:0\] is used after`
}

func text(p *buffers.Fixed) string {
	b := p.Acquire()
	p.Release(b)
	return string(b) // want `b is used after`
}

func syncPool() {
	v := std.Get().(*item)
	std.Put(v)
	v.n++ // want `v is used after`
}

func drops() {
	v, ok := drop.Get().(*item)
	if !ok {
		v = new(item)
	}
	drop.Put(v)
	use(v) // want `v is used after`
}

func bothBranches(ok bool) {
	v := items.Acquire()
	if ok {
		v.n = 1
		items.Release(v)
	} else {
		items.Release(v)
	}
	use(v.next) // want `v is used after its release on line 82`
}

// Where the condition holds both run.
func somePath(full bool) int {
	v := items.Acquire()
	if full {
		items.Release(v)
	}
	return v.n // want `v is used after its release on line 91`
}

func forgotReturn(err error) {
	v := items.Acquire()
	if err != nil {
		items.Release(v)
	}
	for range 10 {
		use()
	}
	v.Close() // want `v is used after`
}

func loop(n int) {
	v := items.Acquire()
	for range n {
		v.n++            // want `v is used after its release on line 111`
		items.Release(v) // want `v is released by every turn of the loop`
	}
}

func returned() *item {
	v := items.Acquire()
	defer items.Release(v)
	return v // want `v is returned, but the defer on line 117 releases it before the caller has it: return a copy, or leave the release to the caller`
}

func returnedPart(n int) []byte {
	b := bufs.Acquire(n)
	defer bufs.Release(b)
	return b[:n/2] // want `b is returned, but`
}

func deferredUse() {
	v := items.Acquire()
	v.mu.Lock()
	defer v.mu.Unlock() // want `this deferred call uses v after its release on line 131`
	items.Release(v)
}

func defersInOrder() {
	v := items.Acquire()
	defer v.Close() // want `this deferred call uses v after its release on line 137: defer the release before it, so that it runs later`
	defer items.Release(v)
}

func lease() {
	l := items.Borrow()
	use(l.Value())
	l.Release()
	use(l.Value()) // want `l was released on line 143, so this call panics: release it after the last use`
}

func discarded() {
	l := items.Borrow()
	l.Discard()
	l.Value() // want `l was released on line 149`
}

func parameter(l *pool.Lease[*item]) {
	l.Release()
	l.Value() // want `l was released on line 154`
}

func leaseInLoop(n int) {
	l := bufs.Borrow(n)
	for range n {
		use(l.Bytes()) // want `l was released on line 162`
		l.Release()
	}
}

func value() {
	l := items.Borrow()
	v := l.Value()
	l.Release()
	v.n++ // want `l.Value\(\) is used after its release on line 169`
}

func valueReturned() []byte {
	l := bufs.Borrow(10)
	defer l.Release()
	return l.Bytes() // want `l.Bytes\(\) is returned, but the defer on line 175`
}

func lent() int {
	v := items.Acquire()
	l := items.Lend(v)
	l.Release()
	return v.n // want `v is used after its release on line 182`
}

func buffer() {
	b := bufs.NewBuffer(10)
	b.Write([]byte("x"))
	b.Release()
	b.Write([]byte("y")) // want `b was released on line 189`
}

func bufferContents() []byte {
	b := bufs.NewBuffer(10)
	defer b.Close()
	return b.Bytes() // want `b.Bytes\(\) is returned, but the defer on line 195`
}

func stored() {
	v := items.Acquire()
	items.Release(v)
	sink = v // want `v is used after`
}

func header() {
	b := *std.Get().(*[]byte)
	std.Put(&b)
	b = nil // want `&b is used after`
}

func notNil() {
	v := items.Acquire()
	items.Release(v)
	if v != nil {
		use(v) // want `v is used after`
	}
}

func inClosure() func() {
	return func() {
		v := items.Acquire()
		items.Release(v)
		v.n = 0 // want `v is used after`
	}
}

func generic[T any](p *pool.Pool[*T]) T {
	v := p.Acquire()
	p.Release(v)
	return *v // want `v is used after`
}
