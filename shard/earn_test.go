package shard

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// emulated says that the processor is a program. How fast it is says nothing.
var emulated = os.Getenv("PLUNGE_EMULATED") != ""

// skipWithoutLanes is for tests of what Ps have to themselves.
func skipWithoutLanes(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
}

// E1: many operations, single or in batches, get the Ps lanes, and each lane a limit of a whole magazine. If nothing
// may be private there are no lanes.
func TestPrivateMemoryIsEarned(t *testing.T) {
	skipWithoutLanes(t)
	if race.Enabled {
		t.Skip("trips are too slow under the race detector")
	}
	for _, batch := range []int{1, 30} {
		for _, magazine := range []int{0, -1} {
			procs(t, 24)
			earned := 0
			b := must(t, Options[int]{Capacity: 1 << 15, Magazine: magazine, Policy: Policy[int]{
				Owner: owner{earned: func() { earned++ }},
			}})
			use := func() {
				vs := make([]int, batch)
				for range 300 / batch {
					if batch > 1 {
						b.PutN(vs)
					} else {
						b.Put(1)
					}
				}
				for range 300 / batch {
					if batch > 1 {
						b.GetN(vs)
					} else {
						b.Get()
					}
				}
			}
			if magazine < 0 {
				for range 20 {
					use()
				}
				if b.Lanes() != 0 || earned != 0 {
					t.Errorf("batches of %d: %d lanes where nothing may be private", batch, b.Lanes())
				}
				continue
			}
			largest := func() (n int) {
				for l := range b.header().all {
					n = max(n, l.limit())
				}
				return n
			}
			for began := time.Now(); largest() < DefaultMagazine; use() {
				if took := time.Since(began); took > 5*time.Second && emulated {
					t.Skip("trips of an emulated processor are too slow to earn anything once a gathering has made the bag cautious")
				} else if took > 20*time.Second {
					t.Fatalf("batches of %d: after 20 s the largest limit of %d lanes is %d, want a whole magazine", batch, b.Lanes(), largest())
				}
			}
			if earned != 1 || b.Lanes() != 24 {
				t.Errorf("batches of %d: the owner was told %d times of %d lanes, want once of 24", batch, earned, b.Lanes())
			}
			if n := len(b.current().all()); n < 24 {
				t.Errorf("batches of %d: %d shards for 24 lanes, want as many at least", batch, n)
			}
			b.checkLayout(b.Cap(), t.Errorf)
		}
	}
}

// E1: a lane whose trips are slow keeps its limit of 0. In a cautious bag so does a lane whose trips are not four
// times as fast as they otherwise have to be.
func TestSlowTripsEarnNothing(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 1)
	for _, c := range []struct {
		caution int32
		took    time.Duration
		earns   bool
	}{{0, time.Second, false}, {0, 300 * time.Microsecond, true}, {2, 300 * time.Microsecond, false}} {
		b := must(t, Options[int]{Capacity: 1024})
		b.current()
		b.makeLanes()
		b.caution.Store(c.caution)
		l := b.header().at(0)
		for range 20 * tripsPerLook {
			if l.trips >= tripsPerLook-2 {
				l.since = nanos() - int64(c.took) // as if the trips had taken so long
			}
			b.Put(1)
			b.Get()
		}
		if got := l.limit() > 0; got != c.earns {
			t.Errorf("caution %d, %d trips in %v: limit %d, want one: %t", c.caution, tripsPerLook, c.took, l.limit(), c.earns)
		}
	}
	b := must(t, Options[int]{Capacity: 1024})
	b.current()
	b.makeLanes()
	l := b.header().at(0)
	l.trips = tripsPerLook - 1
	b.Put(1)
	if since := nanos() - l.since; l.trips != 0 || since > int64(10*time.Second) || l.since == 0 {
		t.Errorf("after a look at the trips: %d, since %d ns, want them to begin anew", l.trips, since)
	}
}

// E1: a trip of many values counts as several, because it takes as long. No number of values is too large.
func TestLargeTripsWeighMore(t *testing.T) {
	b := must(t, Options[int]{Capacity: 1024})
	for values, want := range map[int]uint16{1: 1, valuesPerTrip: 2, DefaultMagazine: 9, 1 << 20: 9} {
		l := newLanes(b.current(), 1, 0).at(0)
		if b.trip(l, 0, values); l.trips != want {
			t.Errorf("a trip of %d values counts as %d, want %d", values, l.trips, want)
		}
	}
}

// A lane that has earned cells and finds no empty magazine gets one all the same: two that have few values become
// one, or a shard is added.
func TestGrowWithoutMagazine(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 1)
	for _, values := range []int{1, 8} {
		b := must(t, Options[int]{Capacity: 256, Magazine: 8, Policy: Policy[int]{Owner: eager}})
		s := b.current()
		b.extend()
		var ps []*parked[int]
		for p := s.popRoom(0, nil, true); p != nil; p = s.popRoom(0, nil, true) {
			ps = append(ps, p)
		}
		for _, p := range ps { // each magazine has some values
			for range values {
				p.push(1, 1)
				p.home.puts.Inc()
			}
			s.push(p)
		}
		b.makeLanes()
		l := b.header().at(0)
		for range 2 * tripsPerLook {
			l.since = nanos()
			b.Get()
			b.Put(1)
		}
		if l.limit() == 0 {
			t.Errorf("%d values in each magazine: a lane whose trips are fast has no cells", values)
		}
		b.checkLayout(b.Cap(), t.Errorf)
		l.setLimit(int(l.loaded.p.size)) // may have a spare, for which there is no magazine in the end
		for b.TryPut(1) {
		}
		b.checkLayout(b.Cap(), t.Errorf)
	}
}

// A Put finds room in its P's own magazine, whatever the limit is, if there is none elsewhere. Nobody else could use it.
func TestPutFindsRoomBeyondLimit(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 1)
	for _, batch := range []int{1, 7} {
		b := must(t, Options[int]{Capacity: 400, Policy: Policy[int]{Owner: owner{mayStop: func() bool { return false }}}})
		b.current()
		b.makeLanes()
		l := b.header().at(0)
		for l.limit() == 0 {
			l.since = nanos() // fast
			b.Get()
			b.Put(1)
		}
		for range 400 {
			l.since = nanos() - int64(time.Hour) // slow from now on
			if batch == 1 {
				b.Put(1)
			} else {
				b.PutN(make([]int, batch))
			}
		}
		if n := b.Len(); n != 400 {
			t.Errorf("batches of %d: %d values entered, want 400", batch, n)
		}
		b.checkLayout(b.Cap(), t.Errorf)
	}

	procs(t, 2)
	b := must(t, Options[int]{Capacity: 400, Magazine: 50, Policy: Policy[int]{Owner: owner{mayStop: func() bool { return false }}}})
	b.current()
	b.extend()
	b.makeLanes()
	procs(t, 1)
	for i := range 2 {
		if l := b.header().at(uint(i)); !l.grow(i) || l.loaded.p == nil {
			t.Fatal("a lane got no magazine")
		}
	}
	b.header().at(0).setLimit(50)
	n := 0
	for b.TryPut(1) {
		n++
	}
	if n != 350 {
		t.Errorf("%d values entered, want 350: another P has a magazine of 50", n)
	}
	b.checkLayout(b.Cap(), t.Errorf)
}

// Few operations make no lanes, however long they go on. A pause gives no credit to those after it.
func TestFewOperationsMakeNoLanes(t *testing.T) {
	skipWithoutLanes(t)
	b := must(t, Options[int]{Capacity: 1024})
	b.current()
	for range 100 {
		b.since.Store(nanos() - int64(time.Hour))
		b.rate(2*tripsPerLook, 0)
	}
	if b.Lanes() != 0 {
		t.Errorf("%d lanes after %d trips an hour", b.Lanes(), 2*tripsPerLook)
	}
	b.since.Store(nanos() - int64(time.Hour))
	b.rate(2*tripsPerLook+1, 0)
	if b.Lanes() == 0 {
		t.Errorf("no lanes after %d trips at once", 2*tripsPerLook+1)
	}
}

// E5: a bag gets a shard for each P, one after the other, if it is used often; not more than its options allow, and none for a stack.
func TestOftenUsedBagHasShardForEachP(t *testing.T) {
	procs(t, 8)
	for _, c := range []struct {
		name        string
		options     Options[int]
		took        time.Duration // by the trips of one look
		want, lanes int           // shards, before and after there are lanes
	}{
		{"often", Options[int]{}, tripsPerLook*homeTime - time.Millisecond, 8, 8},
		{"seldom", Options[int]{}, tripsPerLook*homeTime + time.Millisecond, 1, 8},
		{"after a pause", Options[int]{}, time.Hour, 1, 8},
		{"few Shards", Options[int]{Shards: 3}, time.Millisecond, 3, 3},
		{"many Shards", Options[int]{Shards: 20}, time.Millisecond, 8, 8},
		{"single values", Options[int]{Magazine: -1}, time.Millisecond, 8, 8},
		{"LIFO", Options[int]{LIFO: true}, time.Millisecond, 1, 1},
	} {
		c.options.Capacity = 32 << 10
		b := must(t, c.options)
		b.Put(1)
		shards := 1
		for range 100 {
			b.since.Store(nanos() - int64(c.took)) // as if the trips had taken so long
			b.rate(2*sharedPuts, 0)
			if n := len(b.current().all()); n > shards+1 {
				t.Errorf("%s: %d shards after %d, want one more at most", c.name, n, shards)
			} else {
				shards = n
			}
		}
		if shards != c.want || b.Lanes() > 0 {
			t.Errorf("%s: %d shards and %d lanes, want %d and none", c.name, shards, b.Lanes(), c.want)
		}
		b.makeLanes()
		if n := len(b.current().all()); n != c.lanes {
			t.Errorf("%s: %d shards with %d lanes, want %d", c.name, n, b.Lanes(), c.lanes)
		}
		b.checkLayout(b.Cap(), t.Errorf)
	}
}

// E5: Gets that make their values, and are many, bring shards, in which they are counted, but no lanes.
func TestMissesBringShards(t *testing.T) {
	procs(t, 8)
	for _, c := range []struct {
		took time.Duration // by the misses of one look
		want int
	}{{time.Microsecond, 8}, {time.Millisecond, 8}, {sharedPuts*homeTime + time.Millisecond, 0}} {
		made := 0
		b := must(t, Options[int]{Capacity: 32 << 10, Policy: Policy[int]{Miss: func() int { made++; return made }}})
		for range 100 {
			b.since.Store(nanos() - int64(c.took)) // as if the misses had taken so long
			for range sharedPuts {
				b.Get()
			}
		}
		if n := len(b.current().all()); n != c.want || b.Lanes() > 0 {
			t.Errorf("%v for %d misses: %d shards and %d lanes, want %d and none", c.took, sharedPuts, n, b.Lanes(), c.want)
		}
		if got := b.Counts().Misses; got != uint64(made) {
			t.Errorf("%d misses are counted, want %d", got, made)
		}
	}
}

// E4: a Get that finds nothing has lanes gathered only if there is much in them, and the owner allows it; afterwards
// the bag is cautious.
func TestWorthGathering(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 2)
	alive, may, asked := 0, true, 0
	b := must(t, Options[int]{Capacity: 1024, Policy: Policy[int]{Owner: owner{
		alive:   func() int { return alive },
		mayStop: func() bool { asked++; return may },
	}}})
	b.Endow()
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.worthGathering(true) || asked != 0 {
		t.Errorf("lanes without a value are worth a gathering, or the owner was asked (%d times) for it", asked)
	}
	for i := range 10 {
		b.laneGive(b.header().at(1), 1, i, 1)
	}
	for _, c := range []struct {
		alive    int
		all, may bool
		ps       int
		want     bool
	}{
		{10, false, true, 2, true},
		{99, false, true, 2, true},   // 89 are out
		{110, false, true, 2, false}, // 100 are
		{110, true, true, 2, true},
		{110, false, true, 1, true}, // the lane is nobody's any more
		{10, false, false, 2, false},
		{110, true, false, 2, false},
	} {
		runtime.GOMAXPROCS(c.ps)
		alive, may = c.alive, c.may
		b.caution.Store(0)
		for i := range int32(6) {
			if got := b.worthGathering(c.all); got != c.want {
				t.Errorf("%+v: worth it: %t", c, got)
			}
			if want := min(2*i+2, mostCaution); c.want && b.caution.Load() != want || !c.want && b.caution.Load() != 0 {
				t.Errorf("%+v: caution %d the time number %d", c, b.caution.Load(), i+1)
			}
		}
	}
}

// E4: a TryGet leaves no P anything, not even the one value that a Get would leave.
func TestTryGetSparesNothing(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 2)
	for range 20 {
		b := must(t, Options[int]{Capacity: 1024, Policy: Policy[int]{Owner: owner{mayStop: func() bool { return true }}}})
		b.Endow()
		b.mu.Lock()
		for id := range 2 { // one of them is another P's
			b.laneGive(b.header().at(uint(id)), id, id, 1)
		}
		b.mu.Unlock()
		for n := range 2 {
			if _, ok := b.TryGet(); !ok {
				t.Fatalf("TryGet found %d of 2 values", n)
			}
		}
	}
}

// Without an owner the world is stopped some times per second, as package grace allows, and no more.
func TestStopsAreRationed(t *testing.T) {
	for grace.Allowed(0) {
	}
	b := must(t, Options[int]{Capacity: 64})
	allowed := 0
	for range 1000 {
		if b.mayStop() {
			allowed++
		}
	}
	if allowed > 100 {
		t.Errorf("the world may be stopped %d times of 1,000", allowed)
	}
}
