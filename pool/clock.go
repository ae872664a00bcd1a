package pool

import (
	"math"
	"runtime"
	"sync"
	stdatomic "sync/atomic"
	"time"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/keeper"
	"github.com/plungepool/plunge/shard"
)

const (
	maxStamp int64 = math.MaxInt64

	// epoch is the stamp of the start of the program. Stamps in a testing/synctest bubble are less, because a
	// bubble's time starts in the year 2000.
	epoch int64 = 1 << 62

	// noLimit: a MaxIdleTime of 73 years or more means no limit. Everything that is added to or subtracted from a
	// stamp is less, so nothing overflows.
	noLimit = time.Duration(1) << 61

	// While Ps have lanes a MaxIdleTime has ticksPerLimit ticks, at least shortestTick and at most longestTick
	// apart. longestTick limits how long free cells keep an object reachable: to about a second.
	ticksPerLimit = 16
	shortestTick  = keeper.Interval
	longestTick   = 400 * time.Millisecond

	// windows: a MaxIdleTime is divided into so many, to find objects that nobody needed in that time.
	windows = 8

	// looking: for so long after a tick each Release asks for its stamp, and its P then looks at its lane. A P that
	// is worth a lane releases something in that time.
	looking = 100 * time.Microsecond
)

// clock stamps objects and has the keeper call the pool: Tick.
//
// A Release asks for its stamp, and gets the exact time, if it leaves its P's lane or comes in the first moment
// after a tick. Every other Release is a hit and gets the time of the last Release that asked. So its object may
// look older than it is, by one tick at most, but never younger. An Acquire that leaves its P's lane compares
// stamps with the exact time. A hit compares them with a bound that the last tick has set. The bound holds, with
// time to spare, until the next tick. If the whole process is halted that tick is late, and until it comes a hit
// may return an object that is too old.
//
// C1: the keeper is to call the pool while the pool needs work without traffic: while it has lanes, or a
// MaxIdleTime and more than MinIdle objects. A Release that asked for its stamp checks that the keeper is to call
// (Stamped), after its object is in the pool. Without lanes every Release does so. Tick first notes that the keeper
// is not to call, and then looks for objects the last time.
type clock struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	due    atomic.Int64 // when the next tick is; 0: the pool sleeps. Written under mu.
	ticked atomic.Int64 // when the last was. Written under mu.
	set    atomic.Int64 // when the pool awoke. Written under mu.

	limit  time.Duration // MaxIdleTime; <= 0: none. Constant.
	closed atomic.Bool

	resized atomic.Bool // Resize was called: the bound no longer follows GOMAXPROCS. Written under mu.

	dirty atomic.Bool // other Ps' free cells may keep dropped objects reachable

	mu     sync.Mutex
	member *keeper.Member
	window int64          // when the last window began
	seen   int            // windows since the pool was made
	low    [windows]int32 // the fewest objects that were idle in each of the last windows
}

// now returns the stamp of this moment.
func now() int64 { return epoch + keeper.Now() }

// inBubble reports whether a stamp is of a testing/synctest bubble.
func inBubble(stamp int64) bool { return stamp < epoch }

func (c *clock) init(limit time.Duration) {
	c.limit = limit
	if limit >= noLimit {
		c.limit = -1
	}
}

// expired reports whether an object with this stamp has been idle too long. Times inside and outside a bubble
// cannot be compared: then the age is not known, and expired returns false.
func (c *clock) expired(stamp int64) bool {
	if c.limit <= 0 {
		return false
	}
	now := now()
	return now-stamp > int64(c.limit) && inBubble(now) == inBubble(stamp)
}

// tick is the time from one tick to the next while there are lanes.
func (c *clock) tick() time.Duration {
	if c.limit <= 0 {
		return longestTick
	}
	return min(max(c.limit/ticksPerLimit, shortestTick), longestTick)
}

// coarse reports whether the time of the last tick is exact enough as a stamp: within an eighth of MaxIdleTime.
func (c *clock) coarse() bool { return c.limit <= 0 || c.limit >= 8*shortestTick }

// windowLength is how long a window is.
func (c *clock) windowLength() time.Duration { return max(c.limit/windows, keeper.Interval) }

// running reports whether the next tick is sure to come. If its testing/synctest bubble is gone, it never comes. To
// recognize that: every bubble begins at the same time, and in a bubble no tick is late.
func (c *clock) running(now int64) bool {
	due := c.due.Load()
	if due == 0 || inBubble(due) != inBubble(now) {
		return false
	}
	return !inBubble(now) || c.set.Load() < now && now <= due
}

// wake makes the keeper call the pool in d.
func (p *Pool[T]) wake(d time.Duration) {
	c := &p.clock
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed.Load() {
		return
	}
	now := now()
	if !c.running(now) {
		k := &keeper.Process
		if inBubble(now) {
			k = new(keeper.Keeper) // for this bubble's time
		}
		if c.member == nil || !c.member.Of(k) {
			c.member = k.Join(p.find())
		}
		c.due.Store(0)
		c.set.Store(now)
	}
	if due := now + int64(d); c.due.Load() == 0 || due < c.due.Load() {
		c.due.Store(due)
	}
	c.member.Call(d)
}

// promise tells the engine which objects hits may hand out until the next tick, with time to spare in case that
// tick is late. mu is held.
func (p *Pool[T]) promise(now int64) {
	if c := &p.clock; c.limit > 0 {
		p.bag.SetOldest(now + int64(2*c.tick()-c.limit))
	}
}

// tidy returns what the lanes' state asks for.
func (p *Pool[T]) tidy(state shard.State) shard.Gatherer {
	dirty := p.clock.dirty.Swap(false)
	switch {
	case state == shard.Quiet:
		return p.bag.Compaction()
	case state == shard.Stale || dirty && state != shard.NoLanes:
		return &p.bag
	}
	return nil
}

// surplus takes out what nobody needed for MaxIdleTime: first objects that have been idle for longer, then as many
// as were idle all the time. These may be any objects, because rings hand out objects in turn. mu is held.
func (p *Pool[T]) surplus(now int64) []T {
	c := &p.clock
	c.low[c.seen%windows] = int32(min(p.bag.Low(), LimitMaxIdle))
	c.seen++
	old := p.bag.Sweep(now-int64(c.limit), p.minIdle)
	c.lower(len(old))
	span := min(windows, int((c.limit+c.windowLength()-1)/c.windowLength()))
	if c.seen <= span {
		return old
	}
	least := math.MaxInt
	for i := range span {
		least = min(least, int(c.low[(c.seen-1-i)%windows]))
	}
	shed := p.bag.Shed(least, p.minIdle)
	c.lower(len(shed))
	return append(old, shed...)
}

// lower notes that n objects, idle all the time, were taken out. mu is held.
func (c *clock) lower(n int) {
	for i := range c.low {
		c.low[i] = max(c.low[i]-int32(n), 0)
	}
}

// next is when the pool wants to be called again, 0 if it does not.
func (p *Pool[T]) next() time.Duration {
	c := &p.clock
	switch {
	case p.bag.Lanes() > 0:
		return c.tick()
	case c.limit > 0 && p.bag.Len() > p.minIdle:
		return c.windowLength()
	}
	return 0
}

// forget clears free cells, which could keep a dropped object reachable: this P's cells at once, other Ps' soon.
func (p *Pool[T]) forget() {
	if !p.bag.Forget() {
		return
	}
	if grace.Allowed(spareStops) {
		shard.Gather(&p.bag)
		return
	}
	p.clock.dirty.Store(true)
}

// spareStops is how many stops of the world forget leaves to calls that look for objects.
const spareStops = 2

// follow adapts a default MaxIdle to GOMAXPROCS, until Resize is called. It reports whether MaxIdle has changed.
func (p *Pool[T]) follow() bool {
	if !p.procs || p.clock.closed.Load() {
		return false
	}
	n := defaultMaxIdle()
	if n == p.bag.Cap() || p.clock.resized.Load() {
		return false
	}
	p.clock.mu.Lock()
	defer p.clock.mu.Unlock()
	if p.clock.resized.Load() {
		return false
	}
	p.background(p.bag.Resize(n), &p.count.full)
	return true
}

func defaultMaxIdle() int { return min(DefaultMaxIdlePerP*runtime.GOMAXPROCS(0), LimitMaxIdle) }

func (c *clock) close() {
	c.closed.Store(true)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.due.Store(0)
}
