package useafterrelease

import (
	"bytes"
	"fmt"
	"runtime"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

func plain() int {
	v := items.Acquire()
	defer items.Release(v)
	return v.n
}

func before() int {
	v := items.Acquire()
	n := v.n
	items.Release(v)
	return n
}

func reassigned() {
	v := items.Acquire()
	items.Release(v)
	v = items.Acquire()
	use(v)
	items.Release(v)
}

func reassignedInLoop(n int) {
	v := items.Acquire()
	for range n {
		use(v)
		items.Release(v)
		v = items.Acquire()
	}
	items.Release(v)
}

func eachTurn(n int) {
	for range n {
		v := items.Acquire()
		use(v)
		items.Release(v)
	}
}

func earlyReturn(err error) int {
	v := items.Acquire()
	if err != nil {
		items.Release(v)
		return 0
	}
	return v.n
}

func panics(err error) {
	v := items.Acquire()
	if err != nil {
		items.Release(v)
		panic(err)
	}
	use(v)
}

// The conditions exclude each other.
func sameCondition(done bool) {
	v := items.Acquire()
	if done {
		items.Release(v)
	}
	use()
	if !done {
		use(v)
	}
}

func flag(n int) {
	v := items.Acquire()
	released := false
	for i := range n {
		if i == 3 && !released {
			items.Release(v)
			released = true
		}
		if !released {
			use(v)
		}
	}
}

func breaks(n int) {
	v := items.Acquire()
	for range n {
		v.n++
		if v.n == 3 {
			items.Release(v)
			break
		}
	}
}

func lengths(p *buffers.Fixed) (int, bool) {
	b := p.Acquire()
	p.Release(b)
	return len(b) + cap(b), b == nil
}

func identity() bool {
	v := items.Acquire()
	items.Release(v)
	return items.Acquire() == v
}

// What is compared may be acquired again.
func acquiredAgain() {
	v := items.Acquire()
	items.Release(v)
	if items.Acquire() == v {
		use(v)
		items.Release(v)
	}
}

func kept() {
	v := items.Acquire()
	items.Release(v)
	runtime.KeepAlive(v)
}

// The variable is the closure's too, so nothing is known of it.
func captured() {
	v := items.Acquire()
	next := func() { v = items.Acquire() }
	items.Release(v)
	next()
	use(v)
}

func capturedByDefer() int {
	v := items.Acquire()
	defer func() { items.Release(v) }()
	return v.n
}

type holder struct{ v *item }

func (h *holder) swap() {
	items.Release(h.v)
	h.v = items.Acquire()
	use(h.v)
}

func inGoroutine() {
	v := items.Acquire()
	go items.Release(v)
	use()
}

func copied() []byte {
	b := bufs.Acquire(10)
	defer bufs.Release(b)
	return bytes.Clone(b)
}

// A plain value is the caller's own.
func values(p *pool.Pool[int]) int {
	n := p.Acquire()
	p.Release(n)
	return n
}

func leaseAgain() {
	l := items.Borrow()
	l.Release()
	l = items.Borrow()
	use(l.Value())
	l.Release()
}

func deferredLease() int {
	l := items.Borrow()
	defer l.Release()
	return l.Value().n
}

// A discarded object is nobody else's.
func discardedValue() *item {
	l := items.Borrow()
	v := l.Value()
	l.Discard()
	return v
}

func passedOn(f func(*pool.Lease[*item])) {
	l := items.Borrow()
	l.Release()
	f(&l)
	use(l.Value())
}

func addressKept(keep func(*pool.Lease[*item]), refill func()) {
	l := items.Borrow()
	keep(&l)
	l.Release()
	refill()
	use(l.Value())
}

func bufferAgain() {
	var b buffers.Buffer
	b.Init(bufs, 1)
	b.Release()
	b.Init(bufs, 1)
	b.Write(nil)
	b.Close()
}

func bufferPassedOn() {
	b := bufs.NewBuffer(0)
	b.Release()
	use(b)
	b.Len()
}

func deferOrder() {
	v := items.Acquire()
	defer items.Release(v)
	defer v.Close()
}

func detached() []byte {
	p := std.Get().(*[]byte)
	b := *p
	*p = nil
	std.Put(p)
	return b
}

func nilAfter() {
	v := items.Acquire()
	items.Release(v)
	v = nil
	use(v)
}

func printed() string {
	v := items.Acquire()
	items.Release(v)
	return fmt.Sprintf("%T", v) + fmt.Sprintf("%p", v)
}

func named() (n int, err error) {
	v := items.Acquire()
	defer items.Release(v)
	n = v.n
	return n, err
}

// The second result is the deferred function's.
func replaced() (v *item) {
	w := items.Acquire()
	defer items.Release(w)
	defer func() { v = nil }()
	return w
}

func suffix() {
	b := bufs.Acquire(10)
	bufs.Release(b[5:])
	use(b)
}

func discardedOnError(err error) *item {
	l := items.Borrow()
	defer l.Release()
	v := l.Value()
	if err != nil {
		l.Discard()
		return v
	}
	return nil
}

func bufferInClosure() {
	var b buffers.Buffer
	again := func() { b.Init(bufs, 1) }
	again()
	b.Release()
	again()
	b.Write(nil)
}

func methodValue() {
	v := items.Acquire()
	release := items.Release
	use(v)
	release(v)
	l := items.Borrow()
	end := l.Release
	defer end()
}
