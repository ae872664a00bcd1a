package shard

import (
	"math/bits"
	"runtime"
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
	last := unsafe.Offsetof(l.rng) + unsafe.Sizeof(l.rng)
	if first < line || unsafe.Sizeof(l)-last < line {
		t.Errorf("lane: words at %d to %d of %d, want a cache line of %d free on both sides", first, last, unsafe.Sizeof(l), line)
	}
	if hotEnd-first > 64 {
		t.Errorf("lane: a hit touches bytes %d to %d, more than a cache line", first, hotEnd)
	}
	if size := unsafe.Sizeof(l); line == 64 && bits.UintSize == 64 && size&(size-1) != 0 {
		t.Errorf("lane: size %d, want a power of two so that an index is a shift", size)
	}

	s0 := newStore[string](layout(100, 1, 0, 3, true, 16))
	if h := s0.header(); h.at(0) != &s0.lane[1] || h.at(2) != &s0.lane[3] || h.n != 3 || len(s0.lane) != 4 {
		t.Error("store: the lanes do not follow the header")
	}

	var b Bag[string]
	if off := unsafe.Offsetof(b.stamp); off < line || unsafe.Offsetof(b.lanes) < off {
		t.Errorf("Bag: stamp at %d, lanes at %d, want a cache line in front", off, unsafe.Offsetof(b.lanes))
	}
	if end, next := unsafe.Offsetof(b.policy)+unsafe.Sizeof(b.policy), unsafe.Offsetof(b.totals); next-end < line {
		t.Errorf("Bag: constant words end at %d, totals begin at %d, want a cache line between", end, next)
	}
	// Words of 64 bits that go.uber.org/atomic does not align by itself.
	var s shard
	for name, off := range map[string]uintptr{
		"Bag.stamp":       unsafe.Offsetof(b.stamp),
		"Bag.oldest":      unsafe.Offsetof(b.oldest),
		"Bag.totals.gets": unsafe.Offsetof(b.totals) + unsafe.Offsetof(b.totals.gets),
		"Bag.totals.peak": unsafe.Offsetof(b.totals) + unsafe.Offsetof(b.totals.peak),
		"shard.gets":      unsafe.Offsetof(s.gets),
		"shard.stolen":    unsafe.Offsetof(s.stolen),
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

// A P without a lane gets one, and what was held stays.
func TestGrow(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("there are no lanes in the portable build")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1000})
	for i := range 100 {
		b.Put(i)
	}
	runtime.GOMAXPROCS(4)
	deadline := time.Now().Add(10 * time.Second)
	for b.header().n < 2 {
		done := make(chan bool)
		for range 8 {
			go func() {
				for range 1000 {
					b.Put(b.Get())
				}
				done <- true
			}()
		}
		for range 8 {
			<-done
		}
		if time.Now().After(deadline) {
			t.Fatal("no lane was made for the new Ps")
		}
	}
	for b.growing.Load() {
		time.Sleep(time.Millisecond)
	}
	if c := b.Counts(); c.Idle != int(c.Puts-c.Gets-c.Dropped) || c.Idle > 1000 || c.Idle < 100 {
		t.Errorf("after growth: %+v, want at least the 100 values", c)
	}
	vs := b.Close()
	seen := map[int]int{}
	for _, v := range vs {
		seen[v]++
	}
	for i := 1; i < 100; i++ { // 0 is what a Get without Miss returns, too
		if seen[i] != 1 {
			t.Errorf("value %d is there %d times", i, seen[i])
		}
	}
}

// Values taken from another shard are counted, whole magazines at a time.
func TestSteal(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("a goroutine's shard is no P's in the portable build")
	}
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 256, Shards: 2})
	s := b.header().store
	for i := range 256 {
		b.Put(i)
	}
	got := 0
	for {
		if _, ok := b.TryGet(); !ok {
			break
		}
		got++
	}
	other := 0
	for h := range s.parked {
		if s.parked[h].home == 1 {
			other += len(s.parked[h].cells)
		}
	}
	// Of the other shard's magazines two were loaded and spare at the turn.
	if c := b.Counts(); got != 256 || int(c.Stolen) > other || int(c.Stolen) < other-2*s.size {
		t.Errorf("got %d of 256, %d stolen of the other shard's %d", got, c.Stolen, other)
	}
}

// A magazine in a ring keeps nothing reachable in its free cells.
func TestRingsKeepNothing(t *testing.T) {
	procs(t, 1)
	for _, magazine := range []int{-1, 0} {
		b := must(t, Options[*int]{Capacity: 1024, Magazine: magazine})
		for range 200 {
			b.Put(new(int))
		}
		for range 200 {
			b.Get()
		}
		s := b.header().store
		private := map[uint]bool{}
		for i := range s.lane {
			private[s.lane[i].loaded.h], private[s.lane[i].spare.h] = true, true
		}
		used := 0
		for h := range s.parked {
			for i := range s.parked[h].cells {
				used++
				if !private[uint(h)] && s.parked[h].cells[i].v != nil {
					t.Errorf("magazine size %d: cell %d of magazine %d keeps what left it", s.size, i, h)
				}
			}
		}
		if used < 200 {
			t.Errorf("magazine size %d: %d cells, want at least 200", s.size, used)
		}
	}
}

// What left a lane is let go of by a Put that asks for its stamp, and by Sweep.
func TestScrub(t *testing.T) {
	type big [1 << 16]byte
	for name, use := range map[string]func(b *Bag[*big]){
		"asked": func(b *Bag[*big]) {
			b.SetStamp(0)
			b.Put(nil)
			b.SetStamp(1)
		},
		"sweep": func(b *Bag[*big]) { b.Sweep(minStamp, 0) },
	} {
		procs(t, 1)
		b := must(t, Options[*big]{Capacity: 1024, Policy: Policy[*big]{Stamp: func() int64 { return 1 }}})
		b.SetStamp(1)
		var left []weak.Pointer[big]
		for range 40 {
			x := new(big)
			left = append(left, weak.Make(x))
			b.Put(x)
		}
		for range 40 {
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
			t.Errorf("%s: %d of 40 values are still reachable after they left", name, kept)
		}
		runtime.KeepAlive(b)
	}
}

func TestHitAllocatesNothing(t *testing.T) {
	type big [16]int
	b := must(t, Options[big]{Capacity: 512})
	dst := make([]big, 8)
	for range 32 {
		b.Put(big{})
	}
	if n := testing.AllocsPerRun(1000, func() {
		b.Put(b.Get())
		b.PutN(dst[:b.TryGetN(dst)])
	}); n != 0 {
		t.Errorf("a hit allocates %v times", n)
	}
}

// TestTryGetNTakesAll finds what both private magazines have, on one P with nothing in
// the rings.
func TestTryGetNTakesAll(t *testing.T) {
	if !pin.Exclusive {
		t.Skip("nothing is private to a P")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := must(t, Options[*int]{Capacity: 8, Shards: 1, Magazine: 4})
	vs := make([]*int, 6)
	for i := range vs {
		vs[i] = new(int)
	}
	b.PutN(vs)
	if n := b.TryGetN(make([]*int, 8)); n != len(vs) {
		t.Errorf("TryGetN = %d, want %d", n, len(vs))
	}
}
