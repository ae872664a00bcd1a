package main

import (
	"runtime"
	"sync/atomic"
	"time"
)

// hook names a function of Options, and Do's, which is the user's code as well.
type hook int

const (
	hookNew hook = iota
	hookReset
	hookRetain
	hookValidate
	hookDestroy
	hookDo
	hooks
)

var hookNames = [hooks]string{"New", "Reset", "Retain", "Validate", "Destroy", "Do's function"}

// kind is what a hook does that it should not.
type kind int

const (
	kindPanic kind = iota
	kindExit
	kindSleep
	kindCall
	kinds
)

var kindNames = [kinds]string{"panic", "Goexit", "sleep", "call of the pool"}

// perMille is how many calls of a hook in a thousand are of each kind.
var perMille = [kinds]uint64{2, 1, 1, 8}

// injected is the panic of a hook.
type injected struct{ hook hook }

// faults counts what was done, by hook and kind.
type faults [hooks][kinds]atomic.Int64

// maxInside bounds the calls that the hooks of a pool make into it at a time,
// and with that how deep they nest.
const maxInside = 48

// mix is splitmix64: a random number from the nth of a sequence.
func mix(n uint64) uint64 {
	n += 0x9e3779b97f4a7c15
	n = (n ^ n>>30) * 0xbf58476d1ce4e5b9
	n = (n ^ n>>27) * 0x94d049bb133111eb
	return n ^ n>>31
}

// draw returns the next random number of the pool. Hooks have no goroutine of
// their own to keep a source.
func (c *core) draw() uint64 { return mix(c.seed + c.draws.Add(1)) }

// fault does, at random, what the hook should not: it panics, exits the
// goroutine, sleeps or calls the pool.
func (c *core) fault(h hook) {
	r := c.draw()
	n, r := r%1000, r/1000
	for k, share := range perMille {
		share *= c.rate
		if n >= share {
			n -= share
			continue
		}
		count := &c.s.faults[h][k]
		switch kind(k) {
		case kindPanic:
			count.Add(1)
			panic(injected{h})
		case kindExit:
			count.Add(1)
			runtime.Goexit()
		case kindSleep:
			count.Add(1)
			time.Sleep(time.Duration(r % uint64(time.Millisecond)))
		case kindCall:
			c.callFrom(h, r)
		}
		return
	}
}

// callFrom has a hook call the pool, and at random recovers from the panic of a hook inside.
func (c *core) callFrom(h hook, r uint64) {
	p := c.p.Load()
	if p == nil {
		return // the constructor is running
	}
	defer c.inside.Add(-1)
	if c.inside.Add(1) > maxInside {
		return
	}
	c.s.faults[h][kindCall].Add(1)
	if r&1 == 0 {
		defer c.s.recoverInjected()
	}
	u := user{core: c, p: p, id: c.s.ids.Add(1)}
	u.reenter(r / 2)
}
