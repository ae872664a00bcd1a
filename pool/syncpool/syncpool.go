// Package syncpool is sync.Pool by another import path: a [Pool] with its names, its zero value and its
// contract, over the engine of package pool. Where a program imports it in place of sync's, nothing else has to change.
//
//	var buffers = syncpool.Pool{New: func() any { return new(bytes.Buffer) }}
//
// What is the same as in package sync: objects are of any type, also nil ones of a pointer type; New may be nil or be
// assigned late, for it is read at each miss; Put(nil) does nothing; what is put need not come from Get; no method of an object
// is called; the order in which objects come back is not specified, and any may be dropped.
//
// What is not:
//
//   - Collections leave idle objects alone, unless DropOnGC is set. At most 1,024 times GOMAXPROCS are idle, and what nobody
//     needs for 5 minutes is dropped.
//   - A Get finds what is idle on any P, so fewer objects are made where goroutines wait between Get and Put.
//   - Under the race detector no object is dropped on purpose.
//   - A Pool takes 1 KiB, and 3 KiB once it was used.
//
// Checked mode (PLUNGE_CHECK=1) is not for these pools: what is misuse there is allowed here. A [pool.Pool] has
// what is left out: types, hooks, bounds, statistics.
package syncpool

import (
	"sync/atomic"

	"github.com/plungepool/plunge/pool"
)

// Pool is a set of idle objects, for concurrent use, as sync.Pool is. The zero Pool is ready to use and has no
// New. It must not be copied after first use.
//
// A Put of an object synchronizes before the Get that returns it. Get and Put allocate nothing on a hit, whatever
// New and the conversion of an object to any do.
type Pool struct {
	// New makes an object where Get finds none. nil: Get returns nil then. It is read at each such Get, so it may be
	// assigned at any time, but not while one is running.
	New func() any

	// DropOnGC drops objects that two garbage collections have found idle, as sync.Pool does, soon after the second. It is for
	// programs that rely on it. Such a collection then stops the world once more, for some 10 microseconds for all such pools
	// together. It is read at the first use.
	DropOnGC bool

	used atomic.Bool // idle is made
	join atomic.Bool // the pool is among those told of collections, or about to be
	idle pool.Pool[any]
}

// Get takes an object out of the pool, or makes one by New.
func (p *Pool) Get() any {
	if !p.used.Load() {
		p.first()
	}
	if x := p.idle.Acquire(); x != nil || p.New == nil {
		return x
	}
	return p.New()
}

// Put adds x to the pool, to be returned by some Get. It does nothing if x is nil.
func (p *Pool) Put(x any) {
	if x == nil {
		return
	}
	if !p.used.Load() {
		p.first()
	}
	p.idle.Release(x)
}

// first is the first use. Several may be in it at the same time.
func (p *Pool) first() {
	_ = p.idle.Init(pool.Options[any]{NoCheck: true}) // the only error is that another call was faster
	if p.DropOnGC && p.join.CompareAndSwap(false, true) {
		dropping.Join(p.find())
	}
	p.used.Store(true)
}
