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
	"unsafe"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// Pool is a set of idle objects, for concurrent use, as sync.Pool is. The zero Pool is ready to use and has no
// New. It must not be copied after first use.
//
// A Put of an object synchronizes before the Get that returns it. Get and Put allocate nothing on a hit, whatever
// New and the conversion of an object to any do.
type Pool struct {
	idle pool.Pool[any] // first: maker

	// New makes an object where Get finds none. nil: Get returns nil then. It is read at each such Get, so it may be
	// assigned at any time, but not while one is running.
	New func() any

	// DropOnGC drops objects that two garbage collections have found idle, as sync.Pool does, soon after the second. It is for
	// programs that rely on it. Such a collection then stops the world once more, for some 10 microseconds for all such pools
	// together. It is read at the first use.
	DropOnGC bool
}

// Get takes an object out of the pool, or makes one by New.
func (p *Pool) Get() any { return shard.GetBy[any, maker](p.bag()) }

// Put adds x to the pool, to be returned by some Get. It does nothing if x is nil.
func (p *Pool) Put(x any) {
	if x != nil {
		shard.PutBy[any, maker](p.bag(), x)
	}
}

// bag is what the pool begins with: a pool.Pool begins with it, and no use of that is the first.
func (p *Pool) bag() *shard.Bag[any] { return (*shard.Bag[any])(unsafe.Pointer(p)) }

// maker makes the Pool that a bag is the begin of.
type maker struct{}

// Make is asked by the engine: see shard.Maker.
func (maker) Make(b *shard.Bag[any]) {
	p := (*Pool)(unsafe.Pointer(b))
	err := p.idle.Init(pool.Options[any]{New: p.miss, NoCheck: true})
	if err == nil && p.DropOnGC { // else another call was faster: there is no other error
		dropping.Join(p.find())
	}
}

func (p *Pool) miss() any {
	if p.New == nil {
		return nil
	}
	return p.New()
}
