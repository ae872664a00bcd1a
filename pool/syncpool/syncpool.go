// Package syncpool replaces sync.Pool by a change of the import path. Its [Pool] has the same names, zero value and
// contract, and uses the engine of package pool.
//
//	var buffers = syncpool.Pool{New: func() any { return new(bytes.Buffer) }}
//
// As in package sync, objects are of any type. New may be nil, and may be assigned later: it is read at each
// miss. Put(nil) does nothing. Objects that are put need not come from Get. No method of an object is called.
// The order in which objects are returned is not specified, and any object may be dropped.
//
// What differs:
//
//   - Garbage collections leave idle objects alone, unless DropOnGC is set. At most 1,024 times GOMAXPROCS objects
//     are idle, and objects that are not needed for 5 minutes are dropped.
//   - Get finds objects that are idle on any P. So fewer are created if goroutines wait between Get and Put.
//   - The race detector does not make it drop objects at random.
//   - A Pool takes 1 KiB, and 3 KiB once it was used.
//
// These pools are never checked (PLUNGE_CHECK=1), because sync.Pool allows what Check reports. For types, hooks, bounds
// and statistics use [pool.Pool].
package syncpool

import (
	"unsafe"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// Pool is a set of idle objects for concurrent use, as sync.Pool is. The zero Pool is ready to use. It must not
// be copied after first use.
//
// A Put synchronizes before the Get that returns the same object. Get and Put allocate nothing on a hit. (The
// conversion of an object to any may allocate.)
type Pool struct {
	idle pool.Pool[any] // first: maker

	// New creates an object when Get finds none. nil: Get returns nil. It is read at each miss, so it may be
	// assigned at any time, but not while a Get is running.
	New func() any

	// DropOnGC drops objects that were idle during two garbage collections, as sync.Pool does. It is for
	// programs that rely on that. Each collection then stops the world once more, for some 10 µs for all such
	// pools together. DropOnGC is read at the first use.
	DropOnGC bool
}

// Get returns an idle object, or one that New creates.
func (p *Pool) Get() any { return shard.GetBy[any, maker](p.bag()) }

// Put adds x to the pool. It does nothing if x is nil.
func (p *Pool) Put(x any) {
	if x != nil {
		shard.PutBy[any, maker](p.bag(), x)
	}
}

// bag returns the bag that p begins with, as a pool.Pool does. The first use of idle is always by way of it.
func (p *Pool) bag() *shard.Bag[any] { return (*shard.Bag[any])(unsafe.Pointer(p)) }

// maker makes the Pool that begins with a bag.
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
