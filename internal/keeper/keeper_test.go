package keeper

import (
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/shard"
)

// fake is a pool that wants to be called after each of next, in turn.
type fake struct {
	began time.Time
	next  []time.Duration
	calls []time.Duration // when it was called, since began
	do    func() shard.Gatherer
}

func (f *fake) Tick() (next time.Duration, g shard.Gatherer) {
	f.calls = append(f.calls, time.Since(f.began))
	if len(f.next) > 0 {
		next, f.next = f.next[0], f.next[1:]
	}
	if f.do != nil {
		g = f.do()
	}
	return next, g
}

func (f *fake) Lanes() shard.Gatherer { return nil }
func (f *fake) Relieve()              {}

func (f *fake) join(k *Keeper) *Member {
	f.began = time.Now()
	return k.Join(func() Pool { return f })
}

// pass lets a time pass, and lets the pools finish that are called in it.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func (f *fake) want(t *testing.T, calls ...time.Duration) {
	t.Helper()
	if !slices.Equal(f.calls, calls) {
		t.Errorf("called at %v, want %v", f.calls, calls)
	}
}

const (
	ms    = time.Millisecond
	first = 200 * ms
)

// Each pool is called when it wants to be, and not called once it no longer wants to be.
func TestCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		a, b, c := &fake{next: []time.Duration{300 * ms, time.Second}}, &fake{}, &fake{}
		a.join(&k).Call(200 * ms)
		m := b.join(&k)
		m.Call(time.Hour)
		m.Call(700 * ms)         // sooner
		m.Call(10 * time.Second) // not later
		c.join(&k)
		pass(2 * time.Hour)
		a.want(t, 200*ms, 500*ms, 1500*ms)
		b.want(t, 700*ms)
		c.want(t)
		m.Call(time.Second) // again
		pass(time.Minute)
		b.want(t, 700*ms, 2*time.Hour+time.Second)
	})
}

// Those that want to be called at about the same time share a round, and there are no more than 10 per second.
func TestRoundsAreApart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		pools := make([]*fake, 100)
		for i := range pools {
			pools[i] = &fake{next: slices.Repeat([]time.Duration{7 * ms}, 50)}
			pools[i].join(&k).Call(time.Duration(i) * ms)
		}
		pass(time.Minute)
		at := map[time.Duration]bool{}
		for i, p := range pools {
			if len(p.calls) != 51 {
				t.Errorf("pool %d was called %d times, want 51", i, len(p.calls))
			}
			for _, c := range p.calls {
				at[c] = true
			}
		}
		var times []time.Duration
		for c := range at {
			times = append(times, c)
		}
		slices.Sort(times)
		for i := 1; i < len(times); i++ {
			if times[i]-times[i-1] < Interval {
				t.Errorf("rounds at %v and %v, want %v between them", times[i-1], times[i], Interval)
			}
		}
	})
}

// A pool that asks for a call while a round is under way gets one: P1.
func TestCallDuringRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		a, b := &fake{}, &fake{}
		m := b.join(&k)
		a.do = func() shard.Gatherer { m.Call(0); return nil }
		self := &fake{}
		s := self.join(&k)
		self.do = func() shard.Gatherer {
			if len(self.calls) == 1 {
				s.Call(5 * ms)
			}
			return nil
		}
		a.join(&k).Call(first)
		s.Call(first)
		pass(time.Minute)
		a.want(t, first)
		b.want(t, first+Interval)
		self.want(t, first, first+Interval)
	})
}

// A pool that is collected is left out, and no other is.
func TestCollectedIsLeftOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		gone := k.Join(func() Pool { return nil })
		a := &fake{}
		gone.Call(first)
		a.join(&k).Call(first)
		pass(time.Second)
		a.want(t, first)
		if len(k.queue) != 0 || k.at != 0 {
			t.Errorf("%d in the queue, timer at %d; want none", len(k.queue), k.at)
		}
	})
}

// Gathers of a round share a grace period, and when there were too many they are not made.
func TestGathersShareOne(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		var bags []*shard.Bag[int]
		for range 20 {
			b, err := shard.New(shard.Options[int]{Capacity: 1000})
			if err != nil {
				t.Fatal(err)
			}
			b.Endow()
			b.Put(1)
			bags = append(bags, b)
			(&fake{do: func() shard.Gatherer { return b.Compaction() }}).join(&k).Call(ms)
		}
		pass(time.Second)
		for i, b := range bags {
			if b.Lanes() != 0 || b.Len() != 1 {
				t.Errorf("bag %d has %d lanes and %d values after the round, want 0 and 1", i, b.Lanes(), b.Len())
			}
		}
		for range 4 { // of the five at once
			if !grace.Allowed(0) {
				t.Error("the round took more than one grace period")
			}
		}
		for grace.Allowed(0) {
		}
		bags[0].Endow()
		again := &fake{next: []time.Duration{200 * ms}, do: func() shard.Gatherer { return bags[0].Compaction() }}
		again.join(&k).Call(ms)
		pass(2 * ms)
		if bags[0].Lanes() == 0 {
			t.Error("lanes were gathered although the world was stopped too often")
		}
		pass(time.Second)
		if again.want(t, ms, 201*ms); bags[0].Lanes() != 0 {
			t.Error("lanes were not gathered later")
		}
	})
}

// A pool that asks to be called sooner is called sooner. The timer that was armed before starts no round then.
func TestSooner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		a, b, c := &fake{}, &fake{}, &fake{}
		m := a.join(&k)
		m.Call(500 * ms)
		m.Call(300 * ms)
		b.join(&k).Call(450 * ms)
		c.join(&k).Call(490 * ms)
		pass(time.Minute)
		a.want(t, 300*ms)
		b.want(t, 450*ms)
		c.want(t, 450*ms+Interval)
	})
}

// Each of many pools is called when it is due, or in the next round.
func TestManyAreCalled(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 1))
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		var fakes []*fake
		var due []time.Duration
		for i := range 200 {
			f := &fake{}
			m := f.join(&k)
			d := time.Duration(random.Int64N(int64(5 * time.Second)))
			m.Call(d)
			if i%3 == 0 {
				again := time.Duration(random.Int64N(int64(5 * time.Second)))
				m.Call(again)
				d = min(d, again)
			}
			fakes, due = append(fakes, f), append(due, d)
		}
		pass(10 * time.Second)
		for i, f := range fakes {
			if len(f.calls) != 1 || f.calls[0] < due[i] || f.calls[0] > due[i]+Interval {
				t.Errorf("pool %d was called at %v, want once at %v, or %v later at most", i, f.calls, due[i], Interval)
			}
		}
	})
}

// If a Keeper may not stop the world, those who look for values leave it the next stop.
func TestGatherIsLeftOne(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	synctest.Test(t, func(t *testing.T) {
		var k Keeper
		b, err := shard.New(shard.Options[int]{Capacity: 1000})
		if err != nil {
			t.Fatal(err)
		}
		b.Endow()
		f := &fake{next: slices.Repeat([]time.Duration{Interval}, 20), do: func() shard.Gatherer {
			if b.Lanes() == 0 {
				return nil
			}
			return b.Compaction()
		}}
		f.join(&k).Call(ms)
		pass(3 * ms)
		for range 200 {
			for grace.Spared() {
			}
			pass(5 * ms)
		}
		if b.Lanes() != 0 || grace.Wanted.Load() != 0 {
			t.Errorf("%d lanes after a second in which others took every stop they could; %d stops wanted", b.Lanes(), grace.Wanted.Load())
		}
	})
}

// A timer that another replaces is stopped: it may be one of weeks.
func TestTimersAreStopped(t *testing.T) {
	var k Keeper
	long, short := &fake{}, &fake{}
	long.join(&k).Call(24 * time.Hour)
	m := short.join(&k)
	for range 10 {
		k.mu.Lock()
		old := k.armed
		k.mu.Unlock()
		m.Call(0)
		if old.Stop() {
			t.Fatal("a timer that has another in its place is still armed")
		}
		k.mu.Lock()
		n := k.timer
		m.due = 0
		k.mu.Unlock()
		k.fire(n)
	}
}
