package doublerelease

import (
	"sync"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

type item struct{ n int }

var (
	items *pool.Pool[*item]
	bufs  *buffers.Pool
	std   sync.Pool
)

func twice() {
	v := items.Acquire()
	items.Release(v)
	items.Release(v) // want `v is released twice, here and on line 20: remove one of the two`
}

func deferredToo(err error) error {
	v := items.Acquire()
	defer items.Release(v)
	if err != nil {
		items.Release(v) // want `v is released twice, here and on line 26`
		return err
	}
	return nil
}

func twoDefers() {
	b := bufs.Acquire(10)
	defer bufs.Release(b)
	defer buffers.Release(b[:0]) // want `b\[:0\] is released twice, here and on line 36`
}

func deferAfter() {
	v := std.Get()
	std.Put(v)
	defer std.Put(v) // want `v is released twice`
}

func noReturn(err error) {
	v := items.Acquire()
	if err != nil {
		items.Release(v)
	}
	items.Release(v) // want `v is released twice, here and on line 49`
}

func loop(n int) {
	v := items.Acquire()
	for range n {
		items.Release(v) // want `v is released by every turn of the loop, but acquired before it: acquire it in the loop, or release it after the loop`
	}
}

func loopUse(n int) {
	v := items.Acquire()
	for i := range n {
		if i > n {
			v.n++
		}
		items.Release(v) // want `v is released by every turn`
	}
}

func loopDefer(n int) {
	v := items.Acquire()
	for range n {
		defer items.Release(v) // want `v is released by every turn`
	}
}

func asserted() {
	v := std.Get().(*item)
	std.Put(v)
	std.Put(any(v)) // want `any\(v\) is released twice`
}

// No finding from here on.

func branches(ok bool) {
	v := items.Acquire()
	if ok {
		items.Release(v)
	} else {
		items.Release(v)
	}
}

func early(err error) error {
	v := items.Acquire()
	if err != nil {
		items.Release(v)
		return err
	}
	items.Release(v)
	return nil
}

func exclusive(ok bool) {
	v := items.Acquire()
	if ok {
		items.Release(v)
	}
	if !ok {
		items.Release(v)
	}
}

func idempotent() {
	l := items.Borrow()
	defer l.Release()
	l.Release()
	l.Release()
	b := bufs.NewBuffer(1)
	defer b.Close()
	b.Release()
}

func turns(n int) {
	for range n {
		v := items.Acquire()
		defer items.Release(v)
	}
}

func once(vs []*item) {
	v := items.Acquire()
	for range vs {
		if v.n > 0 {
			items.Release(v)
			return
		}
	}
	items.Release(v)
}

func others(vs []*item) {
	for _, v := range vs {
		items.Release(v)
	}
	items.Release(vs[0])
	items.Release(vs[0])
}

func again() {
	v := items.Acquire()
	items.Release(v)
	v = items.Acquire()
	items.Release(v)
	if w := items.Acquire(); w == v {
		items.Release(v)
	}
}

func nils() {
	std.Put(nil)
	std.Put(nil)
	items.Release(nil)
	items.Release(nil)
}
