package buffers

import (
	"runtime"
	"runtime/debug"
	"testing"
	"time"
	"weak"
)

// cycle acquires n buffers of a size and releases them.
func cycle(p *Pool, size, n int) {
	held := make([][]byte, n)
	for i := range held {
		held[i] = p.Acquire(size)
	}
	for _, b := range held {
		p.Release(b)
	}
}

// TestRoomFollowsDemand: one size in use gets nearly all of MaxRetainedBytes.
func TestRoomFollowsDemand(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := Must(New(Options{MaxRetainedBytes: 4 << 20, MaxIdlePerTier: 1000}))
	for range 6 {
		cycle(p, 8192, 400)
	}
	before := p.Stats().Tiers[5]
	cycle(p, 8192, 400)
	after := p.Stats().Tiers[5]
	if got := after.Pool.Created - before.Pool.Created; got != 0 {
		t.Errorf("a burst of 400 like six before: got %d buffers made, want 0 (room for %d)", got, after.Pool.MaxIdle)
	}
}

// TestColdestAndLargestGiveWay: a tier in use takes the room of those that are not,
// from the largest on; a hot tier keeps its own.
func TestColdestAndLargestGiveWay(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := Must(New(Options{MinSize: 1024, MaxSize: 16384, MaxRetainedBytes: 160 << 10}))
	for range 20 {
		cycle(p, 1024, 8)
		cycle(p, 4096, 2)
	}
	cycle(p, 16384, 1)
	rooms := func() (r [5]int) {
		for i, ts := range p.Stats().Tiers {
			r[i] = ts.Pool.MaxIdle
		}
		return r
	}
	t.Log("room at first:", rooms())
	for range 30 {
		cycle(p, 2048, 60)
		cycle(p, 1024, 20)
	}
	r := rooms()
	t.Log("room after bursts of 1 and 2 KiB:", r)
	if r[4] != 0 {
		t.Errorf("16 KiB, cold and largest: got room for %d, want 0", r[4])
	}
	if r[0] < 8 || r[1] < 20 {
		t.Errorf("1 KiB and 2 KiB, hot: got room for %d and %d, want 8 and 20 at least", r[0], r[1])
	}
	sum := 0
	for i, n := range r {
		sum += n << (10 + i)
	}
	if sum > 160<<10 {
		t.Errorf("the room of all: got %d bytes, want at most %d", sum, 160<<10)
	}
	if p.Stats().Tiers[4].GaveWay > 1 {
		t.Errorf("GaveWay of 16 KiB: got %d, want 1 at most", p.Stats().Tiers[4].GaveWay)
	}
}

// TestHotterDoesNotGiveWay is the order of victims.
func TestHotterDoesNotGiveWay(t *testing.T) {
	hot := &tier{size: 1024, heat: 1000}
	large := &tier{size: 4096, heat: 1000}
	cold := &tier{size: 512, heat: 3}
	if before(cold, hot) >= 0 || before(hot, cold) <= 0 {
		t.Error("the colder tier must give way first")
	}
	if before(large, hot) >= 0 {
		t.Error("of equally hot tiers the larger must give way first")
	}
	if before(hot, hot) != 0 {
		t.Error("a tier must not give way to itself")
	}
}

// TestTiersCool: the heat of a tier that is used no more goes to 0.
func TestTiersCool(t *testing.T) {
	p := Must(New(Options{}))
	cycle(p, 4096, 1000)
	used := p.tiers[4]
	used.cool()
	if used.heat != 1000 {
		t.Errorf("heat after 1,000 Acquires: got %d, want 1000", used.heat)
	}
	for range 5 {
		used.cool()
	}
	if used.heat != 0 {
		t.Errorf("heat after five times none: got %d, want 0", used.heat)
	}
}

// TestRoomOfOneTier: a tier's room grows to MaxIdlePerTier and no further, and not at
// all once the pool is closed.
func TestRoomOfOneTier(t *testing.T) {
	for _, closed := range []bool{false, true} {
		p := Must(New(Options{Sizes: []int{4096, 8192}, MaxIdlePerTier: 12, MaxRetainedBytes: 40 * 8192}))
		room := func() int { return p.Stats().Tiers[1].Pool.MaxIdle }
		want := 12
		if closed {
			cycle(p, 8192, 50) // drops, and so would miss
			want = room()
			p.Close()
		}
		for range 20 {
			cycle(p, 8192, 50)
		}
		if got := room(); got != want {
			t.Errorf("closed %t: got room for %d, want %d", closed, got, want)
		}
	}
}

// TestHotterKeepsItsRoom: where nothing is free a colder tier gets none.
func TestHotterKeepsItsRoom(t *testing.T) {
	p := Must(New(Options{Sizes: []int{1024, 4096}, MaxRetainedBytes: 80 << 10}))
	hot, cold := p.tiers[0], p.tiers[1]
	p.quotas.mu.Lock()
	defer p.quotas.mu.Unlock()
	cold.resize(2)
	hot.resize(72)
	hot.heat = 1 << 20
	if got := p.makeRoom(cold, 10); got != 2 || hot.cap != 72 {
		t.Errorf("for the colder: got room for %d and %d left, want 2 and 72", got, hot.cap)
	}
	if got := p.makeRoom(hot, 76); got != 76 || cold.cap != 1 {
		t.Errorf("for the hotter: got room for %d and %d left, want 76 and 1", got, cold.cap)
	}
}

func retained(p *Pool) int64 { return p.Stats().RetainedBytes }

// TestPressureHalves: a GC cycle with memory within a tenth of the limit halves what is
// retained; one without pressure leaves it.
func TestPressureHalves(t *testing.T) {
	p := Must(New(Options{MaxIdleTime: -1}))
	cycle(p, 65536, 12)
	cycle(p, 4096, 100)
	had := retained(p)
	for range 3 {
		runtime.GC()
		time.Sleep(5 * time.Millisecond)
	}
	if got := retained(p); got != had {
		t.Fatalf("RetainedBytes after GC cycles without a limit: got %d, want %d", got, had)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 20)) // less than is in use
	runtime.GC()
	for deadline := time.Now().Add(10 * time.Second); retained(p) > had/2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("RetainedBytes under pressure: got %d, want at most half of %d", retained(p), had)
		}
		runtime.GC()
	}
	pressed := uint64(0)
	for _, ts := range p.Stats().Tiers {
		pressed += ts.Pressed
	}
	if pressed == 0 {
		t.Error("Pressed of all tiers: got 0, want what was dropped")
	}
}

// TestPoolIsCollected: the sentinel keeps no pool alive.
func TestPoolIsCollected(t *testing.T) {
	w := func() weak.Pointer[Pool] {
		p := Must(New(Options{}))
		cycle(p, 4096, 10)
		return weak.Make(p)
	}()
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
		runtime.GC()
		if w.Value() == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("a pool nobody refers to is not collected")
		}
	}
}

// TestSlabPins measures what one buffer that is kept keeps: its slab, and no more.
func TestSlabPins(t *testing.T) {
	for _, size := range []int{256, 1024, 4096, 8192, 16384} {
		p := Must(New(Options{MaxIdleTime: -1, NoCheck: true}))
		kept := p.Acquire(size)
		cycle(p, size, 1000)
		had := p.Stats()
		p.Clear()
		slab := int64(min(slabBytes, size*maxPieces))
		if slab < int64(minPieces*size) {
			slab = 0 // made singly
		}
		var s Stats
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(time.Millisecond) {
			runtime.GC()
			if s = p.Stats(); s.SlabBytes == slab || time.Now().After(deadline) {
				break
			}
		}
		t.Logf("%5d bytes: %3d slabs of %5d bytes, of which one buffer that is kept keeps %d", size, had.Slabs, slab, s.SlabBytes)
		if s.SlabBytes != slab {
			t.Errorf("%d bytes kept: got %d bytes of slabs alive, want %d", size, s.SlabBytes, slab)
		}
		runtime.KeepAlive(kept)
	}
}

// TestFixedUnderPressure: a Fixed has nothing but its tier, and gives back half of that.
func TestFixedUnderPressure(t *testing.T) {
	p, err := NewFixed(65536, 0)
	if err != nil {
		t.Fatal(err)
	}
	var bs [][]byte
	for range 64 {
		bs = append(bs, p.Acquire())
	}
	for _, b := range bs {
		p.Release(b)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 20)) // less than is in use
	for deadline := time.Now().Add(10 * time.Second); p.Stats().Idle > 4; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d of 64 idle where memory is short, want 4 at most", p.Stats().Idle)
		}
		runtime.GC()
	}
	if s := p.Stats(); s.Discarded.Pressed == 0 || s.InUse != 0 {
		t.Errorf("%+v, want some pressed and none in use", s)
	}
}
