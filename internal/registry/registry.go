// Package registry lists the named pools of the process, of whichever package, and keeps none of them alive.
package registry

import (
	"slices"
	"sync"
	"weak"
)

// Pool is a pool as the registry sees it.
type Pool interface {
	// Closed reports whether the pool is no longer to be listed.
	Closed() bool

	// Info returns what the pool tells of itself: a pool.Info.
	Info() any
}

// Entry is a pool that is listed.
type Entry struct {
	Pool
	ID uint64 // no other pool of the process has it; ascending
}

// finder is an Entry that keeps nothing alive: find returns nil once the pool is collected.
type finder struct {
	find func() Pool
	id   uint64
}

var (
	mu    sync.Mutex
	pools []finder
	last  uint64 // the ID given last
	full  = 16   // the number of pools at which Add looks for those that are gone
)

// Add lists p, in the form that as returns, until p is closed or collected.
func Add[P any](p *P, as func(*P) Pool) {
	w := weak.Make(p)
	add(func() Pool {
		if p := w.Value(); p != nil {
			return as(p)
		}
		return nil
	})
}

func add(find func() Pool) {
	mu.Lock()
	defer mu.Unlock()
	if len(pools) >= full {
		alive()
		full = max(2*len(pools), 16)
	}
	last++
	pools = append(pools, finder{find, last})
}

// All returns the pools in the order in which they were added.
func All() []Pool {
	var all []Pool
	for _, e := range Entries() {
		all = append(all, e.Pool)
	}
	return all
}

// Entries is All with the pools' IDs, by which they can be known again.
func Entries() []Entry {
	mu.Lock()
	defer mu.Unlock()
	return alive()
}

// alive returns what Entries does, and forgets the pools that are gone. mu is held.
func alive() []Entry {
	var all []Entry
	pools = slices.DeleteFunc(pools, func(f finder) bool {
		p := f.find()
		if p == nil || p.Closed() {
			return true
		}
		all = append(all, Entry{p, f.id})
		return false
	})
	return all
}
