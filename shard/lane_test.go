package shard

import (
	"math/bits"
	"runtime"
	"sync"
	"testing"
	"time"
	"unsafe"
	"weak"

	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/pin"
)

// What a hit touches of a lane is one cache line, and no two lanes' words share
// one.
func TestLaneLayout(t *testing.T) {
	var l lane[string]
	line := unsafe.Sizeof(cpu.CacheLinePad{})
	first, hotEnd := unsafe.Offsetof(l.loaded), unsafe.Offsetof(l.n)+unsafe.Sizeof(l.n)
	last := unsafe.Offsetof(l.turned) + unsafe.Sizeof(l.turned)
	if first < line || unsafe.Sizeof(l)-last < line {
		t.Errorf("lane: words at %d to %d of %d, want a cache line of %d free on both sides", first, last, unsafe.Sizeof(l), line)
	}
	if hotEnd-first > 64 {
		t.Errorf("lane: a hit touches bytes %d to %d, more than a cache line", first, hotEnd)
	}
	if size := unsafe.Sizeof(l); line == 64 && bits.UintSize == 64 && size&(size-1) != 0 {
		t.Errorf("lane: size %d, want a power of two so that an index is a shift", size)
	}

	head := newLanes[string](nil, 3, 7)
	if size := unsafe.Sizeof(l); uintptr(unsafe.Pointer(head.at(0)))-uintptr(unsafe.Pointer(head)) != size ||
		uintptr(unsafe.Pointer(head.at(2)))-uintptr(unsafe.Pointer(head)) != 3*size || head.n != 3 || !head.at(1).hasLooked(7) || head.at(1).hasLooked(8) {
		t.Error("the lanes do not follow the header")
	}

	var b Bag[string]
	if off := unsafe.Offsetof(b.stamp); off < line || unsafe.Offsetof(b.lanes) < off {
		t.Errorf("Bag: stamp at %d, lanes at %d, want a cache line in front", off, unsafe.Offsetof(b.lanes))
	}
	if end, next := unsafe.Offsetof(b.policy)+unsafe.Sizeof(b.policy), unsafe.Offsetof(b.totals); next-end < line {
		t.Errorf("Bag: constant words end at %d, totals begin at %d, want a cache line between", end, next)
	}
	// Words of 64 bits that go.uber.org/atomic does not align by itself.
	var s shard[string]
	for name, off := range map[string]uintptr{
		"Bag.stamp":       unsafe.Offsetof(b.stamp),
		"Bag.oldest":      unsafe.Offsetof(b.oldest),
		"Bag.totals.gets": unsafe.Offsetof(b.totals) + unsafe.Offsetof(b.totals.gets),
		"Bag.totals.peak": unsafe.Offsetof(b.totals) + unsafe.Offsetof(b.totals.peak),
		"shard.gets":      unsafe.Offsetof(s.gets),
		"shard.low":       unsafe.Offsetof(s.low),
		"Bag.since":       unsafe.Offsetof(b.since),
		"Bag.slice":       unsafe.Offsetof(b.slice),
		"shard":           unsafe.Sizeof(s),
	} {
		if off%8 != 0 {
			t.Errorf("%s: offset %d is not a multiple of 8", name, off)
		}
	}
	if unsafe.Alignof(s) != 8 || unsafe.Alignof(b) != 8 {
		t.Errorf("alignment of shard is %d, of Bag %d, want 8", unsafe.Alignof(s), unsafe.Alignof(b))
	}
}

// Counters of 32 bits are folded into totals before they wrap.
func TestCountersFold(t *testing.T) {
	if bits.UintSize == 64 || !pin.Exclusive {
		t.Skip("counters are words of 64 bits, or atomic ones")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1024})
	b.Endow()
	b.Put(1)
	l := b.header().at(0)
	l.gets += 1<<31 - 3 // as if so many more had been put and got
	l.puts += 1<<31 - 3
	for range 10 {
		b.Put(b.Get())
	}
	c := b.Counts()
	if want := uint64(1<<31 - 3 + 10); c.Gets != want || c.Puts != want+1 || c.Idle != 1 {
		t.Errorf("after %d gets: %+v", want, c)
	}
	if l.gets >= 1<<31 || l.puts >= 1<<31 {
		t.Errorf("lane counts %d gets and %d puts, want them folded", l.gets, l.puts)
	}
}

// await waits for a condition.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !done(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after 10 s", what)
		}
	}
}

// If others have lanes, a P without one gets it, and what was held stays.
func TestLanesFollowProcs(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	const n = 400 // more than a lane has
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1000, Policy: Policy[int]{
		Owner: owner{mayStop: func() bool { return false }}, // otherwise a Get that finds nothing would make them, too
	}})
	b.Endow()
	for i := range n {
		b.Put(i)
	}
	runtime.GOMAXPROCS(4)
	await(t, "lanes for the new Ps", func() bool {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 1000 {
					if v, ok := b.TryGet(); ok {
						b.Put(v)
					}
				}
			})
		}
		wg.Wait()
		return b.Lanes() == 4
	})
	await(t, "growth", func() bool { return !b.growing.Load() })
	if c := b.Counts(); c.Idle != n || c.Puts-c.Gets-c.Dropped != n {
		t.Errorf("after growth: %+v, want %d values", c, n)
	}
	seen := map[int]int{}
	for _, v := range b.Close() {
		seen[v]++
	}
	for i := range n {
		if seen[i] != 1 {
			t.Errorf("value %d is there %d times", i, seen[i])
		}
	}
}

// What is in rings keeps nothing reachable in its free cells.
func TestRingsKeepNothing(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 0} {
		for _, endowed := range []bool{false, true} {
			b := must(t, Options[*int]{Capacity: 1024, Magazine: magazine})
			if endowed {
				b.Endow()
			}
			for range 600 {
				b.Put(new(int))
			}
			for range 600 {
				b.Get()
			}
			private := map[*parked[*int]]bool{}
			for l := range b.header().all {
				private[l.loaded.p], private[l.spare] = true, true
			}
			used := 0
			for _, sh := range b.current().all() {
				for i := range sh.parked {
					p := &sh.parked[i]
					used += len(p.cells)
					for j := range p.cells {
						if !private[p] && p.cells[j].v != nil {
							t.Errorf("magazine %d, endowed %t: cell %d of magazine %d keeps what left it", magazine, endowed, j, i)
						}
					}
				}
			}
			if used < 600 {
				t.Errorf("magazine %d, endowed %t: %d cells, want at least 600", magazine, endowed, used)
			}
		}
	}
}

// A value that left a lane is not kept reachable after a look at the lane, Forget, Gather or Clear.
func TestForget(t *testing.T) {
	type big [1 << 16]byte
	procs(t, 1)
	for name, use := range map[string]func(b *Bag[*big]){
		"look": func(b *Bag[*big]) {
			b.Tick(2, 1)
			b.SetStamp(0)
			b.Put(nil)
		},
		"Forget": func(b *Bag[*big]) { b.Forget() },
		"Gather": func(b *Bag[*big]) { Gather(b) },
		"Clear":  func(b *Bag[*big]) { b.Clear() },
	} {
		b := must(t, Options[*big]{Capacity: 1024, Policy: Policy[*big]{
			Owner: owner{stamp: func() int64 { return 1 }, stamped: func(int64) {}},
		}})
		b.Endow()
		b.SetStamp(1)
		var left []weak.Pointer[big]
		for range 200 {
			x := new(big)
			left = append(left, weak.Make(x))
			b.Put(x)
		}
		for range 200 {
			b.Get()
		}
		use(b)
		runtime.GC()
		kept := 0
		for _, w := range left {
			if w.Value() != nil {
				kept++
			}
		}
		if kept != 0 {
			t.Errorf("%s: %d of 200 values are still reachable after they left", name, kept)
		}
		runtime.KeepAlive(b)
	}
}

// Forget tells whether other Ps have memory to themselves.
func TestForgetTellsOfOthers(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	for _, ps := range []int{1, 2} {
		procs(t, ps)
		b := must(t, Options[*int]{Capacity: 1024 * ps})
		if b.Forget() {
			t.Errorf("%d Ps, without lanes: others have memory to themselves", ps)
		}
		b.Endow()
		if got, want := b.Forget(), ps > 1; got != want {
			t.Errorf("%d Ps: others have memory to themselves: %t, want %t", ps, got, want)
		}
	}
}

func TestHitAllocatesNothing(t *testing.T) {
	type big [16]*int
	for _, endowed := range []bool{false, true} {
		b := must(t, Options[big]{Capacity: 512})
		if endowed {
			b.Endow()
		}
		dst := make([]big, 8)
		for range 32 {
			b.Put(big{})
		}
		if n := testing.AllocsPerRun(1000, func() {
			b.Put(b.Get())
			b.PutN(dst[:b.TryGetN(dst)])
		}); n != 0 {
			t.Errorf("endowed %t: a hit allocates %v times", endowed, n)
		}
	}
}

// TestTryGetNTakesAll finds what both private magazines have and what the rings have.
func TestTryGetNTakesAll(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, endowed := range []bool{false, true} {
		b := must(t, Options[*int]{Capacity: 32, Shards: 1, Magazine: 4})
		if endowed {
			b.Endow()
		}
		vs := make([]*int, 30)
		for i := range vs {
			vs[i] = new(int)
		}
		b.PutN(vs)
		if n := b.TryGetN(make([]*int, 32)); n != len(vs) {
			t.Errorf("endowed %t: TryGetN = %d, want %d", endowed, n, len(vs))
		}
	}
}
