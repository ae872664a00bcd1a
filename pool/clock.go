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

	// epoch is the stamp of the program's begin. Stamps of a testing/synctest bubble are less: there
	// it is the year 2000.
	epoch int64 = 1 << 62

	// noLimit is the shortest MaxIdleTime that is none: 73 years. What is added to or taken from
	// stamps is less, so that nothing overflows.
	noLimit = time.Duration(1) << 61

	// ticksPerLimit ticks make a MaxIdleTime where Ps have lanes, but they are between shortestTick
	// and longestTick apart. The longest is for what free cells keep reachable: one second.
	ticksPerLimit = 16
	shortestTick  = keeper.Interval
	longestTick   = 400 * time.Millisecond

	// windows are what a MaxIdleTime is divided into to find what nobody needed for so long.
	windows = 8

	// looking is for how long after a tick each Release asks for its stamp, so that the P that it is on
	// looks at its lane. A P that is worth one releases something in that time.
	looking = 100 * time.Microsecond
)

// clock stamps objects and has the keeper call the pool: Tick.
//
// A Release that leaves its P's own memory, and all in the first moment after a tick, ask for their stamp
// and get the exact time. The others are hits, which get that of the last tick, so what they release may
// look older than it is by as much as ticks are apart, and is never too old. An Acquire that leaves its P's memory compares the exact
// time. A hit compares what the last tick has said may be handed out until the next, with time to
// spare; after a halt of the whole process, in which ticks do not come, it may hand out what has become too old,
// until the tick that is late comes.
//
// C1: while there is something to be done without traffic the keeper is to call the pool: objects more than
// MinIdle and a MaxIdleTime for them, or lanes. A Release that asked for its stamp looks whether it is (Stamped)
// after its object is in the pool, and there are no others while there are no lanes; Tick says that it is not before
// it looks for objects the last time.
type clock struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	due    atomic.Int64 // when the next tick is; 0: the pool sleeps. Written under mu.
	ticked atomic.Int64 // when the last was. Written under mu.
	set    atomic.Int64 // when the pool awoke. Written under mu.

	limit  time.Duration // MaxIdleTime; <= 0: none. Constant.
	closed atomic.Bool

	resized atomic.Bool // by the user: the bound follows nothing any more. Written under mu.

	dirty atomic.Bool // what was dropped may be reachable through other Ps' free cells

	mu     sync.Mutex
	member *keeper.Member
	window int64          // when the last window began
	seen   int            // windows since the pool was made
	low    [windows]int32 // the least that was idle in the last ones
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

// expired reports whether an object with this stamp has been idle too long. Times in a bubble and outside
// have nothing to do with each other: there the age is not known.
func (c *clock) expired(stamp int64) bool {
	if c.limit <= 0 {
		return false
	}
	now := now()
	return now-stamp > int64(c.limit) && inBubble(now) == inBubble(stamp)
}

// tick is how far ticks are apart while there are lanes.
func (c *clock) tick() time.Duration {
	if c.limit <= 0 {
		return longestTick
	}
	return min(max(c.limit/ticksPerLimit, shortestTick), longestTick)
}

// coarse reports whether ticks are so close that the time of the last will do for a stamp: an eighth of MaxIdleTime.
func (c *clock) coarse() bool { return c.limit <= 0 || c.limit >= 8*shortestTick }

// windowLength is how long a window is.
func (c *clock) windowLength() time.Duration { return max(c.limit/windows, keeper.Interval) }

// running reports whether there is a next tick that can be trusted. One of a testing/synctest bubble
// that is gone never will be. Every bubble begins at the same time, and in none is a tick late.
func (c *clock) running(now int64) bool {
	due := c.due.Load()
	if due == 0 || inBubble(due) != inBubble(now) {
		return false
	}
	return !inBubble(now) || c.set.Load() < now && now <= due
}

// wake has the pool called in d.
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

// promise tells the engine which objects hits may hand out until the next tick, with time to spare should that
// be late. mu is held.
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

// surplus takes out what nobody needed for MaxIdleTime: objects that have been idle for longer, and as many
// as have been idle all the time, whichever they are, for the rings have them take turns. mu is held.
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

// lower notes that n objects were taken out that have been idle all the time. mu is held.
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

// forget has no free cell keep an object reachable that the pool has dropped: those of this P at once, those of
// others soon.
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

// spareStops are stops of the world that forget leaves for those who look for objects.
const spareStops = 2

// follow has a default MaxIdle follow GOMAXPROCS, until Resize, and reports whether it has changed.
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
