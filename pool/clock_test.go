package pool

import (
	"math"
	"runtime"
	"runtime/metrics"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/internal/keeper"
	"github.com/plungepool/plunge/internal/pin"
)

// Stops is how often something other than the collector has stopped the world.
func Stops() (n uint64) {
	s := []metrics.Sample{{Name: "/sched/pauses/total/other:seconds"}}
	metrics.Read(s)
	for _, c := range s[0].Value.Float64Histogram().Counts {
		n += c
	}
	return n
}

func newInt() *int { return new(int) }

// An Acquire that leaves its P's private memory recognizes an object that is too old, even if no tick comes at all,
// as after a halt of the whole process.
func TestAgeNeedsNoTick(t *testing.T) {
	for _, batch := range []bool{false, true} {
		p := Must(New(Options[*int]{New: newInt, MaxIdleTime: 5 * time.Millisecond}))
		held := []*int{p.Acquire(), p.Acquire()}
		p.ReleaseN(held)
		p.clock.mu.Lock() // the tick waits for mu
		time.Sleep(10 * time.Millisecond)
		if batch {
			got := make([]*int, 2)
			p.AcquireN(got)
			for _, v := range got {
				if v == held[0] || v == held[1] {
					t.Error("AcquireN handed out an object after 10ms, want at most 5ms")
				}
			}
		} else if _, ok := p.TryAcquire(); ok {
			t.Error("an object was handed out after 10ms, want at most 5ms")
		}
		p.clock.mu.Unlock()
	}
}

// Acquire returns objects that MinIdle keeps, whatever their age: it creates none and drops none. Objects over
// MinIdle are dropped.
func TestMinIdleIsLent(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Second
		p := Must(New(Options[*int]{New: newInt, MinIdle: 4, MaxIdleTime: limit}))
		defer p.Close()
		for range 3 {
			time.Sleep(5 * limit)
			v, w := p.Acquire(), p.Acquire()
			if s := p.Stats(); s.Created != 0 || s.Discarded.Total() != 0 || s.Idle != 2 {
				t.Errorf("after two Acquires: %+v, want none made or dropped", s)
			}
			p.Release(v)
			p.Release(w)
		}
		p.ReleaseN([]*int{new(int), new(int)})
		time.Sleep(limit + time.Millisecond) // there is a tick every limit/4
		p.Acquire()
		if s := p.Stats(); s.Discarded.Expired != 2 || s.Idle != 3 {
			t.Errorf("after an Acquire with 6 idle: %+v, want 2 expired, 3 idle", s)
		}
	})
}

// Objects that only MinIdle kept expire as soon as others become idle in their place, not a whole limit later.
func TestSurplusExpires(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Second
		p := Must(New(Options[*int]{New: newInt, MinIdle: 2, MaxIdleTime: limit}))
		defer p.Close()
		held := []*int{new(int), new(int)}
		time.Sleep(limit + limit/8)
		p.ReleaseN(held)
		time.Sleep(limit / 2)
		if got := p.Stats().Discarded.Expired; got != 2 || p.Len() != 2 {
			t.Errorf("Expired = %d with %d idle, want 2 of the first 2 gone", got, p.Len())
		}
	})
}

// Warm reaches MinIdle although Ps have room in their private memory.
func TestWarmGathersRoom(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	p := Must(New(Options[*int]{New: newInt, MaxIdle: 64, MinIdle: 64}))
	defer p.Close()
	for range 20 {
		p.Clear()
		p.bag.Endow()
		// As a migrating goroutine would: every other object on another P.
		done := make(chan bool)
		for range 8 {
			go func() {
				p.Release(new(int))
				done <- true
			}()
		}
		for range 8 {
			<-done
		}
		p.Warm()
		if got := p.Len(); got != 64 {
			t.Fatalf("Len after Warm = %d, want MinIdle, which is 64", got)
		}
	}
}

// The keeper calls while there is a surplus or while Ps have lanes, and no longer.
func TestSleep(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	for _, c := range []struct {
		name    string
		minIdle int
		limit   time.Duration
		idle    int // objects put in besides MinIdle
		lanes   bool
	}{
		{"empty", 0, time.Minute, 0, false},
		{"short", 0, 10 * time.Millisecond, 5, false},
		{"long", 0, time.Hour, 5, false},
		{"MinIdle", 2, time.Minute, 0, false},
		{"short over MinIdle", 2, 10 * time.Millisecond, 5, false},
		{"long over MinIdle", 2, time.Hour, 5, false},
		{"no limit", 2, -1, 5, false},
		{"lanes", 0, time.Minute, 5, true},
		{"lanes, MinIdle", 2, time.Minute, 0, true},
		{"lanes, no limit", 2, -1, 5, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := Must(New(Options[*int]{New: newInt, MinIdle: c.minIdle, MaxIdleTime: c.limit}))
				defer p.Close()
				if c.lanes {
					p.bag.Endow()
				}
				p.ReleaseN(make([]*int, c.idle))
				if awake, want := p.clock.due.Load() != 0, c.idle+c.minIdle > 0 && c.limit > 0 || c.lanes && pin.Exclusive; awake != want {
					t.Errorf("just after a release the pool is awake: %t, want %t", awake, want)
				}
				time.Sleep(2*max(c.limit, time.Minute) + time.Second)
				if p.clock.due.Load() != 0 {
					t.Error("long after a release the pool does not sleep")
				}
				want := c.minIdle
				if c.limit < 0 {
					want += c.idle
				}
				if got := p.Len(); got != want || p.bag.Lanes() != 0 {
					t.Errorf("in the end: %d idle, want %d, and %d lanes", got, want, p.bag.Lanes())
				}
			})
		})
	}
}

// A Release that finds no room does not wake the pool.
func TestFullStaysAsleep(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	synctest.Test(t, func(t *testing.T) {
		p := Must(New(Options[*int]{New: newInt, MinIdle: 1, MaxIdle: 1, MaxIdleTime: time.Minute}))
		defer p.Close()
		time.Sleep(time.Hour)
		for range 100 {
			p.Release(new(int))
		}
		if p.clock.due.Load() != 0 {
			t.Error("a release that found no room has woken the pool")
		}
	})
}

// Objects that nobody needed for MaxIdleTime are dropped although all were used in turn: after a spike as many stay
// as the load needs.
func TestDropsWhatTheLoadDoesNotNeed(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the places of objects are held by the shared tier there
	for _, minIdle := range []int{0, 20} {
		synctest.Test(t, func(t *testing.T) {
			const limit = 8 * time.Second
			p := Must(New(Options[*int]{New: newInt, MaxIdleTime: limit, MinIdle: minIdle}))
			defer p.Close()
			use := func(n int) {
				vs := make([]*int, n)
				for i := range vs {
					vs[i] = p.Acquire()
				}
				time.Sleep(time.Millisecond)
				for _, v := range vs {
					p.Release(v)
				}
			}
			for range 100 {
				use(4)
			}
			use(256)
			for began := time.Now(); time.Since(began) < limit; time.Sleep(10 * time.Millisecond) {
				use(4)
			}
			if idle := p.Len(); idle < 200 {
				t.Errorf("MinIdle %d: %d idle before MaxIdleTime was over, want nothing dropped yet", minIdle, idle)
			}
			for began := time.Now(); time.Since(began) < limit/4+100*time.Millisecond; time.Sleep(10 * time.Millisecond) {
				use(4)
			}
			// The load needs 4. Low counts 4 fewer if in one window the goroutine used the shards of two Ps, or the
			// store was replaced while it had them.
			most := minIdle + 4 + 4
			if idle := p.Len(); idle > most {
				t.Errorf("MinIdle %d: %d idle 1.25 times MaxIdleTime after a spike, want %d at most", minIdle, idle, most)
			}
			if s := p.Stats(); s.Discarded.Expired+uint64(s.Idle) < 256 || s.Discarded.Total() != s.Discarded.Expired {
				t.Errorf("MinIdle %d: %+v, want all that were dropped to be Expired", minIdle, s)
			}
			before := p.Stats().Created
			for range 1000 {
				use(4)
				time.Sleep(100 * time.Millisecond)
			}
			if idle := p.Len(); idle > minIdle+4 {
				t.Errorf("MinIdle %d: %d idle long after a spike, want %d at most", minIdle, idle, minIdle+4)
			}
			if made := p.Stats().Created - before; made != 0 {
				t.Errorf("MinIdle %d: %d made for a load that was there all the time, want none", minIdle, made)
			}
		})
	}
}

// Huge durations mean no limit, and nothing overflows.
func TestHugeDurations(t *testing.T) {
	for _, limit := range []time.Duration{math.MaxInt64, 100 * 365 * 24 * time.Hour, noLimit, noLimit - 1, -1, math.MinInt64} {
		p := Must(New(Options[*int]{New: newInt, MaxIdleTime: limit}))
		v := make([]*int, 8)
		p.AcquireN(v)
		p.ReleaseN(v)
		for _, age := range []time.Duration{math.MaxInt64, noLimit, time.Hour} {
			if n := p.Prune(age); n != 0 {
				t.Errorf("MaxIdleTime %v: Prune(%v) dropped %d", limit, age, n)
			}
		}
		before := Stops()
		for range 30 {
			p.Release(p.Acquire())
			(*house[*int])(p).Tick()
		}
		if n := Stops() - before; n != 0 {
			t.Errorf("MaxIdleTime %v: the world was stopped %d times", limit, n)
		}
		if s := p.Stats(); s.Idle != 8 || s.Created != 8 || s.Discarded.Total() != 0 {
			t.Errorf("MaxIdleTime %v: %+v, want 8 idle", limit, s)
		}
	}
}

// Many pools that expire objects all the time stop the world no more than 10 times per second. Here none has lanes,
// and the world is not stopped at all.
func TestManyPoolsFewStops(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	var ps []*Pool[*int]
	for range 200 {
		ps = append(ps, Must(New(Options[*int]{New: newInt, MaxIdle: 16, MaxIdleTime: 20 * time.Millisecond})))
	}
	before := Stops()
	expired := uint64(0)
	for end := time.Now().Add(time.Second); time.Now().Before(end); time.Sleep(40 * time.Millisecond) {
		for _, p := range ps {
			a, b := p.Acquire(), p.Acquire()
			p.Release(a)
			p.Release(b)
		}
	}
	for _, p := range ps {
		expired += p.Stats().Discarded.Expired
	}
	if n := Stops() - before; n > 2 || expired == 0 { // other code may stop it
		t.Errorf("%d stops of the world in a second, %d objects expired; want none and some", n, expired)
	}
}

// A pool that was made outside a bubble expires objects inside by the bubble's time. Objects that are idle when a
// bubble begins or ends count as just released.
func TestBubble(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	const limit = time.Minute
	p := Must(New(Options[*int]{New: newInt, MaxIdleTime: limit, MinIdle: 1}))
	outside := p.Acquire()
	p.Release(outside)
	for range 2 {
		synctest.Test(t, func(t *testing.T) {
			v := p.Acquire()
			if v != outside {
				t.Error("what was idle when the bubble began was not handed out")
			}
			w := p.Acquire()
			p.Release(w)
			p.Release(v)
			time.Sleep(limit / 2)
			if got := p.Len(); got != 2 {
				t.Errorf("%d idle after half of MaxIdleTime, want 2", got)
			}
			time.Sleep(limit)
			synctest.Wait()
			if got := p.Len(); got != 1 {
				t.Errorf("%d idle after 1.5 times MaxIdleTime without traffic, want MinIdle", got)
			}
			outside = p.Acquire()
			p.Release(outside)
		})
		if v := p.Acquire(); v != outside {
			t.Error("what was idle when the bubble ended was not handed out")
		} else {
			p.Release(v)
		}
	}
	if !inBubble(epoch-1) || inBubble(now()) {
		t.Error("outside of a bubble time is taken for a bubble's")
	}
}

// A default MaxIdle follows GOMAXPROCS. Idle objects stay as far as there is room.
func TestDefaultFollowsProcs(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := Must(New(Options[*int]{New: newInt}))
	fixed := Must(New(Options[*int]{New: newInt, MaxIdle: 100}))
	for _, n := range []int{1, 4, 2} {
		runtime.GOMAXPROCS(n)
		if got := p.Cap(); got != n*DefaultMaxIdlePerP || fixed.Cap() != 100 {
			t.Errorf("GOMAXPROCS %d: Cap %d, and %d of a pool with MaxIdle 100", n, got, fixed.Cap())
		}
		runtime.GOMAXPROCS(n + 1)
		vs := make([]*int, (n+1)*DefaultMaxIdlePerP)
		for i := range vs {
			vs[i] = new(int)
		}
		p.ReleaseN(vs) // a Release into a full pool adapts MaxIdle
		if got := p.Len(); got != len(vs) {
			t.Errorf("GOMAXPROCS %d: %d idle, want room for %d", n+1, got, len(vs))
		}
		p.Clear()
	}
	p.ReleaseN(make([]*int, 2*DefaultMaxIdlePerP))
	runtime.GOMAXPROCS(1)
	(*house[*int])(p).Tick()
	if s := p.Stats(); s.Idle != DefaultMaxIdlePerP || s.MaxIdle != DefaultMaxIdlePerP {
		t.Errorf("after GOMAXPROCS fell to 1 and a tick: %d of %d idle, want %d", s.Idle, s.MaxIdle, DefaultMaxIdlePerP)
	}
}

// The time between ticks is what the documentation of Options says.
func TestTickLength(t *testing.T) {
	for _, c := range []struct{ limit, tick, window time.Duration }{
		{-1, longestTick, keeper.Interval},
		{time.Millisecond, shortestTick, keeper.Interval},
		{4 * time.Second, 250 * time.Millisecond, time.Second / 2},
		{time.Hour, longestTick, 450 * time.Second},
	} {
		var k clock
		k.init(c.limit)
		if k.tick() != c.tick || k.windowLength() != c.window {
			t.Errorf("MaxIdleTime %v: ticks of %v, windows of %v, want %v and %v", c.limit, k.tick(), k.windowLength(), c.tick, c.window)
		}
	}
}
