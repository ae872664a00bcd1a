// Package registry lists the named pools of the process, of whichever package, and keeps none of them alive.
package registry

import (
	"slices"
	"sync"
)

// Pool is a pool as the registry sees it.
type Pool interface {
	// Closed reports whether the pool is to be listed no more.
	Closed() bool

	// Info returns what the pool tells of itself: a pool.Info.
	Info() any
}

var (
	mu    sync.Mutex
	pools []func() Pool // each is weak: nil once the pool is collected
	full  = 16          // the number of pools at which Add looks for those that are gone
)

// Add lists the pool that find returns, until it is closed or find returns nil.
func Add(find func() Pool) {
	mu.Lock()
	defer mu.Unlock()
	if len(pools) >= full {
		alive()
		full = max(2*len(pools), 16)
	}
	pools = append(pools, find)
}

// All returns the pools in the order in which they were added.
func All() []Pool {
	mu.Lock()
	defer mu.Unlock()
	return alive()
}

// alive returns what All does, and forgets the pools that are gone. mu is held.
func alive() []Pool {
	var all []Pool
	pools = slices.DeleteFunc(pools, func(find func() Pool) bool {
		p := find()
		if p == nil || p.Closed() {
			return true
		}
		all = append(all, p)
		return false
	})
	return all
}
