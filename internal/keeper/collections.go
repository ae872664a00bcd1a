package keeper

import (
	"runtime"
	"sync"
)

// Collections tells of garbage collections, for the pools that have joined and are not garbage themselves.
// It holds them weakly.
//
// It learns of collections by a sentinel: an object that nobody refers to. The finalizer of a sentinel runs after the
// collection that finds it, and makes the next one. While there are no pools there is no sentinel. A cleanup
// (runtime.AddCleanup) would break the chain: it waits with the P that found it, and is not run while GOMAXPROCS is
// lower than that P's number (Go 1.26 and 1.27, runtime.cleanupQueue).
type Collections[P comparable] struct {
	// Told is called after a collection, on the goroutine that runs finalizers. Two in quick succession may be
	// told of as one.
	Told func(alive []P)

	mu    sync.Mutex
	pools []func() P // the zero P once the pool is collected
	armed bool       // there is a sentinel
}

// Join lets Told know of the pool that find returns, as long as the pool is not collected.
func (c *Collections[P]) Join(find func() P) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pools = append(c.pools, find)
	c.arm()
}

// arm makes a sentinel. mu is held.
func (c *Collections[P]) arm() {
	if c.armed || len(c.pools) == 0 {
		return
	}
	c.armed = true
	type sentinel struct{ c *Collections[P] }
	runtime.SetFinalizer(&sentinel{c}, func(x *sentinel) { x.c.collected() })
}

// collected is called after a collection.
func (c *Collections[P]) collected() {
	c.mu.Lock()
	c.armed = false
	var alive []P
	var gone P
	kept := c.pools[:0]
	for _, find := range c.pools {
		if p := find(); p != gone {
			alive = append(alive, p)
			kept = append(kept, find)
		}
	}
	clear(c.pools[len(kept):])
	c.pools = kept
	c.arm()
	c.mu.Unlock()
	c.Told(alive)
}
