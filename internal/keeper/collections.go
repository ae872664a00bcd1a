package keeper

import (
	"runtime"
	"sync"
)

// Collections tells of garbage collections, for the pools that have joined and are not garbage themselves.
// It holds them weakly.
//
// It learns of collections by a sentinel: an object that nobody refers to, whose finalizer runs after the
// collection that finds it and makes the next. While there are no pools there is none. It has no cleanup
// (runtime.AddCleanup): those wait with the P that found them, and are not run while GOMAXPROCS is lower than
// its number (Go 1.26 and 1.27, runtime.cleanupQueue), so that the chain would break.
type Collections[P comparable] struct {
	// Told is called after a collection, on the goroutine that runs finalizers. Two in quick succession may be
	// told of as one.
	Told func(alive []P)

	mu    sync.Mutex
	pools []func() P // the zero P once the pool is collected
	armed bool       // there is a sentinel
}

// Join has Told called for the pool that find returns, as long as that is not collected.
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
