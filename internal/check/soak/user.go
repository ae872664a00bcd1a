package main

import (
	"errors"
	"time"

	"github.com/plungepool/plunge/pool"
)

// op is a kind of operation, as the account lists them.
type op int

const (
	opAcquire op = iota
	opTryAcquire
	opRelease
	opAcquireN
	opReleaseN
	opBorrow
	opLend
	opDiscard
	opDo
	opClear
	opPrune
	opWarm
	opStats
	opLen
	opHandOver
	opForget
	opNew
	opClose
	ops
)

var opNames = [ops]string{
	"Acquire", "TryAcquire", "Release", "AcquireN", "ReleaseN", "Borrow", "Lend", "Discard", "Do",
	"Clear", "Prune", "Warm", "Stats", "Len", "hand over", "forget", "New", "Close",
}

// user is someone who uses a pool: a worker, or a hook. Each method leaves the
// books right however the call ends.
type user struct {
	*core
	p  *pool.Pool[*object]
	id int64
}

// takes accounts for an object that the pool has handed out.
func (u user) takes(x *object) {
	u.s.pass(x, byPool, u.id, "Acquire")
	if x.book != u.book {
		u.s.failf("Acquire from %s returned an object of %s", u.book.name, x.book.name)
	}
	x.uses++
	u.book.handed.Add(1)
}

// gives accounts for an object that the pool is about to get back.
func (u user) gives(x *object) {
	x.uses++
	u.s.pass(x, u.id, byPool, "Release")
	u.book.released.Add(1)
}

func (u user) acquire() *object {
	u.s.count(opAcquire)
	x := u.p.Acquire()
	u.takes(x)
	return x
}

func (u user) tryAcquire() *object {
	u.s.count(opTryAcquire)
	x, ok := u.p.TryAcquire()
	if !ok {
		return nil
	}
	u.takes(x)
	return x
}

func (u user) release(x *object) {
	u.s.count(opRelease)
	u.gives(x)
	u.p.Release(x)
}

// acquireN fills xs, or has it cleared when a hook fails.
func (u user) acquireN(xs []*object) {
	u.s.count(opAcquireN)
	done := false
	defer func() {
		for _, x := range xs {
			if !done && x != nil {
				u.s.failf("AcquireN of %s failed and left object %d in dst", u.book.name, x.serial)
			}
		}
	}()
	u.p.AcquireN(xs)
	done = true
	for _, x := range xs {
		u.takes(x)
	}
}

func (u user) releaseN(xs []*object) {
	u.s.count(opReleaseN)
	for _, x := range xs {
		u.gives(x)
	}
	u.p.ReleaseN(xs)
}

// borrow borrows and gives back at once, or discards.
func (u user) borrow(discard bool) {
	u.s.count(opBorrow)
	l := u.p.Borrow()
	u.takes(l.Value())
	u.endLease(&l, discard)
}

// lend gives back an object by a lease.
func (u user) lend(x *object, discard bool) {
	u.s.count(opLend)
	l := u.p.Lend(x)
	u.endLease(&l, discard)
}

func (u user) endLease(l *pool.Lease[*object], discard bool) {
	defer l.Release() // does nothing any more
	x := l.Value()
	if !discard {
		u.gives(x)
		l.Release()
		return
	}
	u.s.count(opDiscard)
	u.s.pass(x, u.id, byPool, "Discard")
	u.book.broken.Add(1)
	l.Discard()
}

var errDo = errors.New("soak: Do's function")

func (u user) do(fails bool) {
	u.s.count(opDo)
	var want error
	if fails {
		want = errDo
	}
	err := u.p.Do(func(x *object) error {
		u.takes(x)
		defer u.gives(x)
		u.fault(hookDo)
		return want
	})
	if err != want { //nolint:errorlint // the very same
		u.s.failf("Do returned %v, want %v", err, want)
	}
}

func (u user) clear() {
	u.s.count(opClear)
	u.p.Clear()
}

func (u user) prune(age time.Duration) {
	u.s.count(opPrune)
	u.p.Prune(age)
}

func (u user) warm() {
	u.s.count(opWarm)
	u.p.Warm()
}

func (u user) stats() {
	u.s.count(opStats)
	s := u.p.Stats()
	if s.Idle < 0 || s.Idle > s.MaxIdle || s.PeakIdle > s.MaxIdle || s.InUse < 0 {
		u.s.failf("Stats of %s: %+v", u.book.name, s.Map())
	}
}

func (u user) len() {
	u.s.count(opLen)
	if n, limit := u.p.Len(), u.p.Cap(); n < 0 || n > limit {
		u.s.failf("Len of %s: got %d, want 0 to %d", u.book.name, n, limit)
	}
}

func (u user) close() {
	u.s.count(opClose)
	u.book.closed.Store(true)
	if err := u.p.Close(); err != nil {
		u.s.failf("Close of %s: %v", u.book.name, err)
	}
}

// forget drops an object that stays in use for ever, as far as the pool knows.
func (u user) forget(x *object) {
	u.s.count(opForget)
	u.s.pass(x, u.id, byForgot, "forgetting")
	u.book.forgotten.Add(1)
}

// reenter makes one call, or a few that belong together. Mostly these are a pair, because many of the others empty
// the pool or look at all of it.
func (u user) reenter(r uint64) {
	n, r := r%40, r/40
	switch n {
	case 0:
		u.clear()
	case 1:
		u.prune(time.Duration(r%3) * time.Millisecond)
	case 2:
		u.warm()
	case 3:
		u.stats()
	case 4:
		u.len()
	case 5:
		if u.mayClose {
			u.close()
		}
	case 6, 7:
		u.borrow(r%2 == 0)
	case 8, 9:
		u.lend(u.acquire(), r%2 == 0)
	case 10, 11:
		u.do(r%2 == 0)
	case 12, 13, 14, 15:
		xs := make([]*object, 1+r%9)
		u.acquireN(xs)
		u.releaseN(xs)
	case 16, 17, 18, 19, 20, 21:
		if x := u.tryAcquire(); x != nil {
			u.release(x)
		}
	default:
		u.release(u.acquire())
	}
}
