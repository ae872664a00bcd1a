package leakedlease

import (
	"os"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

type item struct{ n int }

var (
	items *pool.Pool[*item]
	bufs  *buffers.Pool
	fixed *buffers.Fixed
)

func use(...any) {}

func never() {
	l := items.Borrow() // want `the lease of this call is not released before the function ends: defer its Release after this call`
	use(l.Value())
}

func early(err error) error {
	l := bufs.Borrow(10) // want `not released before the return on line 28`
	if err != nil {
		return err
	}
	use(l.Bytes())
	l.Release()
	return nil
}

func earlyAfterUse() int {
	l := fixed.Borrow() // want `not released before the return on line 38`
	if n := len(l.Bytes()); n > 10 {
		return n
	}
	defer l.Release()
	return 0
}

func process() {
	l := pool.BorrowSlice[int]() // want `not released`
	use(l.Value())
}

func lent(v *item) {
	l := items.Lend(v) // want `not released`
	use(l.Value())
}

func dropped() {
	items.Borrow()     // want `the lease of this call is dropped, so nothing can release it: keep it in a variable and defer its Release`
	_ = bufs.Borrow(1) // want `is dropped`
}

func loop(n int) {
	for range n {
		l := items.Borrow() // want `not released before the loop borrows the next: release it at the end of the loop's body`
		use(l.Value())
	}
}

func loopContinue(vs []int) {
	for _, v := range vs {
		l := items.Borrow() // want `not released before the loop borrows the next`
		if v > 10 {
			continue
		}
		l.Release()
	}
}

func overwritten(n int) {
	var l pool.Lease[*item]
	for range n {
		l = items.Borrow() // want `not released before the loop borrows the next`
	}
	l.Release()
}

func loopReturns(vs []int) {
	for _, v := range vs {
		l := items.Borrow() // want `not released before the loop borrows the next`
		if v > 10 {
			l.Release()
			return
		}
		if v > 5 {
			l.Discard()
			return
		}
	}
}

func again() {
	l := items.Borrow()
	l.Release()
	l = items.Borrow() // want `not released before the function ends`
	use(l.Value())
}

// No finding from here on.

func loopPerhaps(vs []int) {
	for _, v := range vs {
		l := items.Borrow()
		if v > 10 {
			l.Release()
		}
		use(v)
	}
}

func loopExhaustive(modes []int) {
	for _, mode := range modes {
		l := items.Borrow()
		switch mode {
		case 1:
			l.Release()
		case 2:
			l.Discard()
		}
	}
}

func deferred() {
	l := items.Borrow()
	defer l.Release()
	use(l.Value())
}

func explicit(err error) error {
	l := items.Borrow()
	if err != nil {
		l.Discard()
		return err
	}
	l.Release()
	return nil
}

func returned() pool.Lease[*item] { return items.Borrow() }

func returnedVar() pool.Lease[*item] {
	l := items.Borrow()
	return l
}

type holder struct{ l pool.Lease[*item] }

func stored(h *holder) { h.l = items.Borrow() }

func passed() {
	l := items.Borrow()
	release(&l)
}

func release(l *pool.Lease[*item]) { l.Release() }

func closure() {
	l := items.Borrow()
	defer func() { l.Release() }()
	use(l.Value())
}

func methodValue() {
	l := items.Borrow()
	defer use(l.Release)
}

func goroutine() {
	l := items.Borrow()
	go l.Release()
}

func exits(err error) {
	l := items.Borrow()
	if err != nil {
		os.Exit(1)
	}
	if l.Value() == nil {
		panic("nil")
	}
	l.Release()
}

func conditional(own bool) {
	var l pool.Lease[*item]
	if own {
		l = items.Borrow()
	}
	use()
	if own {
		l.Release()
	}
}

func exhaustive(mode int) {
	l := items.Borrow()
	switch mode {
	case 1:
		l.Release()
	case 2:
		l.Discard()
	}
}

func loopReleases(n int) {
	for i := range n {
		l := items.Borrow()
		if i == 3 {
			l.Discard()
			continue
		}
		l.Release()
	}
}

// The object is the caller's to release.
func handedOn() *item {
	l := items.Borrow()
	return l.Value()
}

func releasedObject() {
	l := items.Borrow()
	items.Release(l.Value())
}

func nilObject() error {
	l := items.Borrow()
	if l.Value() == nil {
		return os.ErrNotExist
	}
	l.Release()
	return nil
}

func collected(n int) (all []*item) {
	for range n {
		l := items.Borrow()
		all = append(all, l.Value())
	}
	return all
}

func sent(c chan<- *item, h map[int]*item) {
	l := items.Borrow()
	c <- l.Value()
	m := items.Borrow()
	h[0] = m.Value()
}

func lentAndReleased(v *item) {
	l := items.Lend(v)
	use(l.Value())
	items.Release(v)
}

func forever() {
	l := items.Borrow()
	for {
		use(l.Value())
	}
}
