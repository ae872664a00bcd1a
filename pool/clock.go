package pool

import (
	"sync"
	stdatomic "sync/atomic"
	"time"
	"weak"

	"go.uber.org/atomic"
)

const (
	maxStamp int64 = 1<<63 - 1

	// ticksPerLimit ticks make a MaxIdleTime, or an age of Prune: the granularity
	// of ages.
	ticksPerLimit = 16
	minTick       = time.Millisecond

	// minPruneTick is the finest tick that Prune can ask for: a timer at 100 Hz
	// costs some 0.02 % of a P.
	minPruneTick = 10 * time.Millisecond

	// punctual is the shortest tick that is trusted not to come a whole tick
	// late: twice the time that the scheduler lets a goroutine run.
	punctual = 20 * time.Millisecond

	// exactPerTick is how many releases a tick may read the clock by
	// themselves, which costs each some 60 ns, before the others of the tick
	// take over the stamp of the last. At most one in exactEvery, so that it
	// never costs more than a thousandth of a P.
	exactPerTick = 256
	exactEvery   = 64 * time.Microsecond
)

// clock stamps objects and wakes the pool up for expiry.
//
// Reading the clock at each Release would cost several times the Release. So a
// stamp in the engine serves all releases until the next tick; where it is 0
// the engine asks for one (stamp), and so learns that objects have become idle
// (wake). It is 0 after every tick, for exactPerTick releases, and while the pool
// sleeps: there is no tick then, but a timer for what will be too old. It falls
// asleep after a tick in which nothing was released.
//
// What a tick that comes late can do: an object may be handed out that has been
// idle longer than the limit by as much as the tick is more than one tick late
// (and more than punctual), as when the process was stopped. Where the limit is
// short every Acquire of an idle object reads the clock instead, some 30 ns.
//
// C1: while there is a surplus, more than MinIdle objects and a MaxIdleTime for
// them, a timer is armed, for the next tick or for sweepAt. A release that asked
// for its stamp arms it after its object is in the pool. One that did not has found
// the stamp of a tick that was over when rearm let the pool sleep, for in the last
// none was set; so rearm waits for a grace period before it looks for a surplus
// the last time.
//
// C2: while the pool sleeps every release asks for its stamp, and every Acquire
// reads the clock if there is a MaxIdleTime.
//
// No timer keeps a pool alive: the timer's function has a weak pointer. To follow
// that does so for the garbage collection under way, however, so that ticks of
// a pool in use may come more often than collections end; one that is not in use
// sleeps.
type clock struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	due   atomic.Int64 // when the next tick is; 0: the pool sleeps. Written under mu.
	floor atomic.Int64 // the engine's SetOldest: older stamps are looked at twice
	exact atomic.Int64 // releases of this tick that may still read the clock

	base  time.Time     // constant
	limit time.Duration // MaxIdleTime; <= 0: none. Constant.

	closed atomic.Bool

	mu      sync.Mutex
	tick    time.Duration // guarded by mu
	timer   uint64        // the number of the armed timer; others that fire do nothing
	sweepAt int64         // no idle object is older than limit before
}

func (c *clock) init(limit time.Duration) {
	c.base = time.Now()
	c.limit = limit
	if limit <= 0 {
		limit = DefaultMaxIdleTime // there are ages to be known for Prune
	}
	c.tick = max(limit/ticksPerLimit, minTick)
}

// exactly is how many releases of a tick may read the clock. mu is held.
func (c *clock) exactly() int64 {
	return max(1, min(exactPerTick, int64(c.tick/exactEvery)))
}

// quiet reports whether no release has asked for a stamp since refresh. mu is held.
func (c *clock) quiet() bool { return c.exact.Load() == c.exactly() }

// now returns the stamp of this moment, 1 or more.
func (c *clock) now() int64 { return int64(time.Since(c.base)) + 1 }

// expired reports whether an object with this stamp has been idle too long. The
// clock is read only where the last tick leaves it open.
func (c *clock) expired(stamp int64) bool {
	return c.limit > 0 && stamp < c.floor.Load() && c.now()-stamp > int64(c.limit)
}

func (c *clock) close() {
	c.closed.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timer++
	c.due.Store(0)
}

// refresh starts a tick and returns its time: it tells the engine which objects
// may be too old until the next, with time to spare should that be late, and
// has releases read the clock for a while. While the pool sleeps there is no next
// tick (C2). mu is held, so that ticks ascend.
func (p *Pool[T]) refresh() int64 {
	c := &p.clock
	now := c.now()
	if c.limit > 0 {
		floor := now + int64(c.tick+max(c.tick, punctual)-c.limit)
		if c.limit < ticksPerLimit*punctual || c.due.Load() == 0 {
			floor = maxStamp
		}
		c.floor.Store(floor)
		p.bag.SetOldest(floor)
	}
	c.exact.Store(c.exactly())
	p.bag.SetStamp(0)
	return now
}

// refine is a tick out of turn, for Prune and at the start, and has ticks be fine
// enough for age from now on.
func (p *Pool[T]) refine(age time.Duration) int64 {
	c := &p.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	tick := max(age/ticksPerLimit, minPruneTick)
	if age <= 0 || tick >= c.tick {
		return p.refresh()
	}
	c.tick = tick
	now := p.refresh()
	if c.due.Load() != 0 {
		p.armTick(now) // the armed timer would come too late for what refresh has promised
	}
	return now
}

// stamp returns the stamp of an object that is about to become idle.
func (p *Pool[T]) stamp() int64 {
	c := &p.clock
	// Another who holds mu is about to set the stamp, or waits for a Sweep.
	if c.exact.Dec() < 0 && c.mu.TryLock() {
		defer c.mu.Unlock()
		now := c.now()
		if c.due.Load() != 0 { // C2
			p.bag.SetStamp(now)
		}
		return now
	}
	return c.now()
}

// wake starts the ticks unless they run.
func (p *Pool[T]) wake() {
	c := &p.clock
	if c.closed.Load() || c.running(c.now()) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if now := c.now(); !c.closed.Load() && !c.running(now) {
		p.armTick(now)
		p.refresh()
	}
}

// surplus reports whether there are objects that expire without traffic.
func (p *Pool[T]) surplus() bool { return p.clock.limit > 0 && p.bag.Len() > p.o.MinIdle }

// running reports whether there is a next tick that can be trusted. One that should
// have fired long ago never will: it was made in a testing/synctest bubble that
// is gone, and its time was another. (A pool that is used in a bubble and
// outside can lose its ticks all the same, if the bubble ends within a tick.)
func (c *clock) running(now int64) bool {
	const slack = int64(time.Minute)
	due := c.due.Load()
	return due != 0 && now-due < slack && due-now < max(int64(c.limit), slack)
}

// armTick arms the timer for the next tick. mu is held.
func (p *Pool[T]) armTick(now int64) {
	c := &p.clock
	c.due.Store(now + int64(c.tick))
	p.arm(c.tick)
}

// arm starts a timer, which the one before it gives way to. mu is held. A new timer
// each time: resetting one that another bubble made would panic.
func (p *Pool[T]) arm(d time.Duration) {
	p.clock.timer++
	w, n := weak.Make(p), p.clock.timer
	time.AfterFunc(d, func() {
		if p := w.Value(); p != nil {
			p.onTick(n)
		}
	})
}

// onTick is the timer's function.
func (p *Pool[T]) onTick(timer uint64) {
	c := &p.clock
	c.mu.Lock()
	if timer != c.timer {
		c.mu.Unlock()
		return
	}
	quiet := c.quiet()
	now := p.refresh()
	sweep := c.limit > 0 && now >= c.sweepAt
	c.mu.Unlock()

	var expired, crowded []T
	if sweep {
		expired, crowded = p.expire(now)
	}
	crowded = append(crowded, p.rearm(timer, quiet)...) // before the hooks: a slow Destroy must not hold up the ticks
	defer p.dropInBackground(crowded, &p.count.full)
	p.dropInBackground(expired, &p.count.expired)
}

// expire takes out what has been idle too long and finds out when to look again.
func (p *Pool[T]) expire(now int64) (expired, crowded []T) {
	c := &p.clock
	oldest := now - int64(c.limit)
	next := oldest // as long as only MinIdle are left whatever their age: at the next tick
	if p.bag.Len() > p.o.MinIdle {
		var young int64
		expired, crowded, young = p.bag.Sweep(oldest, p.o.MinIdle)
		if p.bag.Len() > p.o.MinIdle {
			next = young
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	// Whatever became idle since has at least the stamp of the tick before.
	c.sweepAt = min(next, now-int64(c.tick)) + int64(c.limit)
	return expired, crowded
}

// rearm arms the timer for the next tick, or lets the pool sleep if the last was quiet. It
// calls no hook: objects that found no room meanwhile are the caller's to drop.
func (p *Pool[T]) rearm(timer uint64, quiet bool) (crowded []T) {
	c := &p.clock
	surplus := p.surplus() // not under mu, for Len waits for a Sweep
	c.mu.Lock()
	if timer != c.timer {
		c.mu.Unlock()
		return nil
	}
	now := c.now()
	if !quiet || !c.quiet() {
		p.armTick(now)
		c.mu.Unlock()
		return nil
	}
	c.due.Store(0)
	p.refresh() // C2
	if surplus {
		p.arm(max(c.tick, time.Duration(c.sweepAt-now)))
		c.mu.Unlock()
		return nil
	}
	c.mu.Unlock()
	if c.limit <= 0 && p.bag.Len() > 0 {
		return nil // there is never a surplus, and a Sweep would hide the objects meanwhile
	}
	// C1: those that did not ask for a stamp are in the pool after the grace period of
	// Sweep, which also lets go of what free cells keep reachable.
	_, crowded, _ = p.bag.Sweep(-maxStamp, p.bag.Cap())
	if p.surplus() {
		p.wake()
	}
	return crowded
}
