package pool

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"

	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/shard"
)

// endowed makes a pool and gives each P a whole private magazine.
func endowed(t *testing.T, o Options[*int]) *Pool[*int] {
	t.Helper()
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	t.Setenv("PLUNGE_CHECK", "")
	o.New = newInt
	p := Must(New(o))
	p.bag.Endow()
	return p
}

// A Release gets the exact time if MaxIdleTime is short, in a bubble, and in the first moment after a tick.
// Otherwise a hit gets the time of the last Release that asked for it.
func TestStampsOfHits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, c := range []struct {
		name   string
		limit  time.Duration
		due    int64
		ticked time.Duration // ago
		bubble bool
		want   bool // the hit gets the earlier time
	}{
		{"short", 400 * time.Millisecond, maxStamp, time.Second, false, false},
		{"long", 8 * time.Second, maxStamp, time.Second, false, true},
		{"none", -1, maxStamp, time.Second, false, true},
		{"after a tick", 8 * time.Second, maxStamp, -time.Hour, false, false},
		{"asleep", 8 * time.Second, 0, time.Second, false, false},
		{"in a bubble", 8 * time.Second, maxStamp, time.Second, true, false},
	} {
		test := func(t *testing.T) {
			p := endowed(t, Options[*int]{MaxIdleTime: c.limit})
			defer p.Close()
			p.clock.ticked.Store(now() - int64(c.ticked))
			p.clock.due.Store(c.due)
			before := (*house[*int])(p).Stamp()
			time.Sleep(2 * time.Millisecond)
			p.Release(new(int))
			shard.Gather(&p.bag)
			if got := len(p.bag.Sweep(before+1, 0)) == 1; got != c.want {
				t.Errorf("%s: the hit has the time of the last Release that asked for it: %t, want %t", c.name, got, c.want)
			}
		}
		if c.bubble {
			synctest.Test(t, test)
		} else {
			test(t)
		}
	}
}

// After a tick hits ask for their time again.
func TestTickEndsStamp(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := endowed(t, Options[*int]{MaxIdleTime: 8 * time.Second})
	defer p.Close()
	before := now()
	p.bag.SetStamp(before)
	(*house[*int])(p).Tick()
	time.Sleep(2 * time.Millisecond)
	p.Release(new(int))
	shard.Gather(&p.bag)
	if n := len(p.bag.Sweep(before+1, 0)); n != 0 {
		t.Error("a hit after a tick has the time before it")
	}
}

// A hit hands out nothing that is too old, whenever it comes between two ticks.
func TestHitsAreNotTooOld(t *testing.T) {
	for limit, wait := range map[time.Duration]time.Duration{
		50 * time.Millisecond:  60 * time.Millisecond,
		150 * time.Millisecond: 190 * time.Millisecond,
	} {
		t.Run(limit.String(), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
			synctest.Test(t, func(t *testing.T) {
				p := endowed(t, Options[*int]{MaxIdleTime: limit})
				defer p.Close()
				v := new(int)
				p.Release(v)
				time.Sleep(wait)
				if p.Acquire() == v {
					t.Errorf("an object was handed out after %v, want at most %v", wait, limit)
				}
			})
		})
	}
}

// The keeper does not call a closed pool, even if a call asks for it.
func TestClosedIsNotCalled(t *testing.T) {
	p := Must(New(Options[*int]{New: newInt}))
	p.Release(p.Acquire())
	p.Close()
	p.wake(time.Second)
	next, gather := (*house[*int])(p).Tick()
	if due := p.clock.due.Load(); due != 0 || next != 0 || gather != nil {
		t.Errorf("a closed pool is due at %d, wants to be called in %v", due, next)
	}
}

// Objects that expired do not count as surplus, too: objects released later stay for MaxIdleTime.
func TestSurplusIsDroppedOnce(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	synctest.Test(t, func(t *testing.T) {
		p := Must(New(Options[*int]{New: newInt, MaxIdleTime: 8 * time.Second}))
		defer p.Close()
		release := func() {
			for range 10 {
				p.Release(new(int))
			}
		}
		for release(); p.Len() == 10; synctest.Wait() {
			time.Sleep(100 * time.Millisecond)
		}
		if idle := p.Len(); idle != 0 {
			t.Errorf("%d are left of 10 that were released at once", idle)
		}
		release()
		time.Sleep(5 * time.Second)
		if idle := p.Len(); idle != 10 {
			t.Errorf("%d are left of 10 after 5s, want all for 8s", idle)
		}
	})
}

// As many objects as were idle in all windows are taken out, once, expired or not, down to MinIdle.
func TestSurplus(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	const limit = time.Hour
	for _, c := range []struct {
		name               string
		low                int32 // of the windows before
		minIdle, old, want int
	}{
		{"what a load needs now and then stays", 10, 0, 0, 10},
		{"what has expired is of what was left idle", 10, 0, 10, 10},
		{"more has expired than was left idle", 10, 0, 15, 15},
		{"nothing was left idle", 0, 0, 0, 0},
		{"MinIdle stays", 100, 95, 0, 5},
	} {
		p := Must(New(Options[*int]{New: newInt, MaxIdleTime: limit, MinIdle: c.minIdle}))
		vs := make([]*int, 100)
		p.AcquireN(vs)
		p.ReleaseN(vs[:c.old])
		time.Sleep(time.Millisecond)
		between := now()
		time.Sleep(time.Millisecond)
		p.ReleaseN(vs[c.old:])
		p.bag.Low()
		for i := range p.clock.low {
			p.clock.low[i] = c.low
		}
		p.clock.seen = 2 * windows
		p.clock.mu.Lock()
		first, again := len(p.surplus(between+int64(limit))), len(p.surplus(between+int64(limit)))
		p.clock.mu.Unlock()
		if first != c.want || again != 0 {
			t.Errorf("%s: %d of 100 taken out, then %d, want %d, then none", c.name, first, again, c.want)
		}
		p.Close()
	}
}

// Each call of Relieve drops half of the idle objects over MinIdle.
func TestRelieve(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	p := Must(New(Options[*int]{New: newInt, MinIdle: 20}))
	defer p.Close()
	vs := make([]*int, 101)
	p.AcquireN(vs)
	p.ReleaseN(vs)
	for _, want := range []int{60, 40, 30, 25, 22, 21, 20, 20} {
		if (*house[*int])(p).Relieve(); p.Len() != want {
			t.Fatalf("%d idle, want %d", p.Len(), want)
		}
	}
}

// The lanes' state decides what tidy asks for: nothing, a Gather, or a Compaction.
func TestTidy(t *testing.T) {
	p := Must(New(Options[*int]{New: newInt}))
	for _, c := range []struct {
		state shard.State
		dirty bool
		want  string
	}{
		{shard.NoLanes, false, "nothing"},
		{shard.NoLanes, true, "nothing"},
		{shard.Busy, false, "nothing"},
		{shard.Busy, true, "gather"},
		{shard.Stale, false, "gather"},
		{shard.Quiet, false, "compact"},
		{shard.Quiet, true, "compact"},
	} {
		p.clock.dirty.Store(c.dirty)
		got := "compact"
		switch g := p.tidy(c.state); g {
		case nil:
			got = "nothing"
		case shard.Gatherer(&p.bag):
			got = "gather"
		}
		if got != c.want || p.clock.dirty.Load() {
			t.Errorf("state %d, dirty %t: %s, want %s", c.state, c.dirty, got, c.want)
		}
	}
}

// Other Ps' free cells forget an object that a caller drops: at once if the world may be stopped, else at the
// keeper's next call.
func TestDirtyLanesAreGathered(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	p := endowed(t, Options[*int]{})
	defer p.Close()
	for range 10 { // meanwhile it may be allowed again
		for grace.Allowed(0) {
		}
		p.clock.dirty.Store(false)
		before := Stops()
		p.forget()
		if p.clock.dirty.Load() && Stops() == before {
			return
		}
	}
	t.Error("what was dropped is forgotten neither now nor later, or the world was stopped without leave")
}

// The cell from which an object came does not keep it reachable after its user drops it.
func TestDiscardedIsCollected(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := endowed(t, Options[*int]{})
	defer p.Close()
	w := func() weak.Pointer[[64]int] {
		x := new([64]int)
		p.Release(&x[0])
		l := p.Borrow()
		l.Discard()
		return weak.Make(x)
	}()
	runtime.GC()
	if w.Value() != nil {
		t.Error("an object is still reachable after Discard")
	}
	runtime.KeepAlive(p)
}

// Prune finds objects in Ps' private memory, and does not stop the world if there is nothing to prune.
func TestPruneGathers(t *testing.T) {
	p := endowed(t, Options[*int]{MinIdle: 5})
	defer p.Close()
	before := Stops()
	for range 10 {
		p.Prune(0)
	}
	if n := Stops() - before; n > 2 { // what else runs may stop it
		t.Errorf("10 calls of Prune with MinIdle idle stopped the world %d times", n)
	}
	for range 10 {
		p.Release(new(int))
	}
	if got := p.Prune(0); got != 10 || p.Len() != 5 {
		t.Errorf("Prune of 10 over MinIdle: got %d and %d left, want 10, 5", got, p.Len())
	}
}

// An object that Warm has created and finds no room for is dropped.
func TestWarmIntoNoRoom(t *testing.T) {
	destroyed := 0
	p := Must(New(Options[*int]{New: newInt, MaxIdle: 8, MinIdle: 4, Destroy: func(*int) { destroyed++ }}))
	defer p.Close()
	p.Resize(2)
	if made := p.Warm(); made != 0 || destroyed != 3 {
		t.Errorf("Warm without room: got %d made, %d destroyed in all, want 0, 3", made, destroyed)
	}
	if s := p.Stats(); s.Discarded.Full != 3 || s.InUse != 0 || s.Warmed != 5 {
		t.Errorf("after Warm without room: %+v, want 3 dropped, 5 warmed, none in use", s)
	}
}

// Alive counts the objects that are idle or in use, not those that were dropped.
func TestAlive(t *testing.T) {
	p := Must(New(Options[*int]{New: newInt, MinIdle: 2}))
	defer p.Close()
	p.Acquire()
	held := []*int{p.Acquire(), p.Acquire()}
	p.ReleaseN(held)
	if got := (*house[*int])(p).Alive(); got != 3 {
		t.Errorf("with 3 made: Alive() = %d", got)
	}
	p.Clear()
	if got := (*house[*int])(p).Alive(); got != 1 {
		t.Errorf("with 2 of 3 dropped: Alive() = %d, want 1", got)
	}
}

// When memory is short, objects in Ps' private memory are dropped, too.
func TestRelieveFindsLanes(t *testing.T) {
	p := endowed(t, Options[*int]{Size: func(*int) int64 { return 8 }})
	defer p.Close()
	for range 40 {
		p.Release(new(int))
	}
	h := (*house[*int])(p)
	before := p.Len()
	if g := h.Lanes(); g == nil {
		t.Fatal("nothing to gather from lanes that have objects")
	} else {
		shard.Gather(g)
	}
	if h.Relieve(); p.Len() != before/2 {
		t.Errorf("%d of %d idle, want half", p.Len(), before)
	}
}
