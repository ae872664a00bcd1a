package main

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/pool"
)

// core is a pool with its hooks. The pool refers to its core by the hooks and the
// core to the pool, so that both are collected together.
type core struct {
	s    *soak
	book *book
	p    atomic.Pointer[pool.Pool[*object]]

	seed  uint64
	draws atomic.Uint64
	rate  uint64 // of faults: a multiple of perMille

	mayClose bool
	inside   atomic.Int32 // calls from inside hooks

	transit chan *object // from users to users; nil: none
}

// newCore makes the hooks of a pool that is yet to be made, and puts them into o.
func (s *soak) newCore(o *pool.Options[*object], seed uint64) *core {
	c := &core{s: s, book: &book{name: o.Name}, seed: seed, rate: 1}
	o.New = c.make
	o.Reset = c.reset
	o.Retain = c.retain
	o.Validate = c.validate
	o.Destroy = c.destroy
	return c
}

// The pools that live as long as the run: every size and layout, and both kinds
// of expiry.
func longLived() []pool.Options[*object] {
	os := []pool.Options[*object]{
		{MaxIdle: 1},
		{MaxIdle: 3, MaxIdleTime: 20 * time.Millisecond},
		{MaxIdle: 500, MinIdle: 20},
		{MaxIdle: 1000, MaxIdleTime: -1},
		{MaxIdle: 1000, Shards: 1},
		{MaxIdle: 500, LocalCache: -1},
		{MaxIdle: 1000, LocalCache: -1, Shards: 1, MaxIdleTime: 5 * time.Millisecond},
		{MaxIdle: 1000, MaxIdleTime: 2 * time.Millisecond, MinIdle: 5},
		{MaxIdle: 1000, MaxIdleTime: 500 * time.Millisecond, LocalCache: 3},
		{}, // the defaults
	}
	for i := range os {
		o := &os[i]
		o.Name = fmt.Sprintf("MinIdle %d, MaxIdle %d, %v, Shards %d, LocalCache %d", o.MinIdle, o.MaxIdle, o.MaxIdleTime, o.Shards, o.LocalCache)
	}
	return os
}

func (c *core) make() *object {
	early := c.draw()%2 == 0
	if early {
		c.fault(hookNew)
	}
	x := &object{book: c.book, serial: c.s.made.Add(1)}
	c.book.made.Add(1)
	if early {
		return x
	}
	// The pool never sees an object whose New fails.
	x.owner.Store(byOrphan)
	returns := false
	defer func() {
		if !returns {
			c.book.orphaned.Add(1)
		}
	}()
	c.fault(hookNew)
	x.owner.Store(byPool)
	returns = true
	return x
}

// look has a hook look at an object of the pool's.
func (c *core) look(h hook, x *object) {
	c.s.pass(x, byPool, byHook, hookNames[h])
	defer c.s.pass(x, byHook, byPool, hookNames[h])
	if x.book != c.book {
		c.s.failf("%s of %s got an object of %s", hookNames[h], c.book.name, x.book.name)
	}
	x.uses++
	c.fault(h)
}

func (c *core) reset(x *object) { c.look(hookReset, x) }

func (c *core) retain(x *object) bool {
	c.look(hookRetain, x)
	return c.draw()%64 != 0
}

func (c *core) validate(x *object) bool {
	c.look(hookValidate, x)
	return c.draw()%64 != 0
}

func (c *core) destroy(x *object) {
	c.s.pass(x, byPool, byNobody, "Destroy")
	x.uses++
	c.book.destroyed.Add(1)
	c.s.destroyed.Add(1)
	c.fault(hookDestroy)
}

// attach is called with a pool that exists now: hooks may call it, and its
// collection is counted.
func (c *core) attach(p *pool.Pool[*object]) {
	runtime.AddCleanup(p, func(n *atomic.Int64) { n.Add(1) }, &c.s.collected)
	c.p.Store(p)
}
