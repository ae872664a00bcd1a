package shard

import (
	"runtime"
	"testing"
	"time"
	"weak"

	"github.com/plungepool/plunge/internal/pin"
)

// E2: in its first Put of a slice of time that does not hit, a P gives back what its lane did not need.
func TestLooksGiveBack(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 1)
	const long = int64(time.Hour)
	var b *Bag[int]
	put := func(n int) {
		for i := range n {
			b.TryPut(i)
		}
	}
	get := func(n int) {
		for range n {
			b.Get()
		}
	}
	for _, c := range []struct {
		name  string
		do    func()
		limit int
		spare bool
		held  int // by the shared tier
	}{
		{"not told of the time", func() { put(100) }, 128, false, 0},
		{"few operations", func() { put(100); b.Tick(2, long); put(1) }, 0, false, 101},
		{"few operations, then many", func() { put(100); b.Tick(2, 1); put(1); b.Tick(3, 200*int64(tripTime)); put(1) }, 0, false, 102},
		{"many, of young values", func() { put(100); b.Tick(1, 1); put(1); b.Tick(9, 1); put(1) }, 128, false, 0},
		{"many, of old values", func() { put(100); b.Tick(2, 1); put(1); b.Tick(9, 1); put(1) }, 64, false, 101},
		{"many, of few old values", func() { put(60); b.Tick(2, 1); put(1); b.Tick(9, 1); put(1) }, 128, false, 61},
		{"many, of old values below young ones", func() {
			put(64)
			b.Tick(2, 1)
			b.SetStamp(5)
			put(63)
			b.Tick(9, 1)
			get(1)
			put(2) // the first one looks
		}, 64, false, 64},
		{"many, of old values and more young ones", func() {
			put(65)
			b.SetStamp(5)
			b.Tick(2, 1)
			put(70)
			get(8)
			b.Tick(9, 1)
			put(1)
		}, 128, true, 65},
		{"many, of old values in the spare", func() {
			put(65)
			b.SetStamp(5)
			b.Tick(2, 1)
			put(70)
			get(8)
			put(2)
			b.Tick(9, 1)
			put(1)
		}, 128, true, 65},
		{"a spare that was not used", func() { put(200); b.Tick(2, 1); put(1) }, 128, false, 128},
		{"a spare that was used", func() { put(200); get(100); b.Tick(2, 1); put(1) }, 128, true, 0},
		{"a spare that was used before", func() {
			put(200)
			get(100)
			b.Tick(2, 1)
			put(1)
			b.Tick(3, 1)
			put(1)
		}, 64, false, 101},
		{"two looks in a slice", func() { put(100); b.Tick(2, 200*int64(tripTime)/2); put(5) }, 128, false, 0},
	} {
		b = must(t, Options[int]{Capacity: 1024, Policy: Policy[int]{Owner: eager}})
		b.Endow()
		c.do()
		l := b.header().at(0)
		if l.limit() != c.limit || (l.spare != nil) != c.spare || b.current().held() != c.held {
			t.Errorf("%s: limit %d, a spare %t, %d of %d values in everyone's reach; want %d, %t, %d",
				c.name, l.limit(), l.spare != nil, b.current().held(), b.Len(), c.limit, c.spare, c.held)
		}
		b.checkLayout(b.Cap(), t.Errorf)
	}
}

// L2: a limit that is no power of two is not halved below what is held.
func TestOddLimit(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 64, Magazine: 7, Policy: Policy[int]{Owner: eager}})
	b.Endow()
	b.PutN(make([]int, 3))
	b.Tick(2, 1)
	b.SetStamp(5)
	for range 4 {
		b.TryPut(1)
	}
	b.Tick(9, 1)
	b.TryPut(1) // gives the three old ones back
	if l := b.header().at(0); l.limit() != 7 || l.loaded.n != 5 || b.current().held() != 3 {
		t.Errorf("limit %d, %d values, %d given back, want 7, 5, 3", l.limit(), l.loaded.n, b.current().held())
	}
	b.checkLayout(b.Cap(), t.Errorf)
}

// Tick tells what the lanes need: nothing while the Ps look at them, a Gather if one does not, a Compaction if they do
// next to nothing. And caution wanes.
func TestTickTells(t *testing.T) {
	skipWithoutLanes(t)
	procs(t, 1)
	b := must(t, Options[int]{Capacity: 1024, Policy: Policy[int]{Owner: eager}})
	want := func(what string, length time.Duration, want State) {
		t.Helper()
		if got := b.Tick(1, int64(length)); got != want {
			t.Errorf("%s: got state %d, want %d", what, got, want)
		}
	}
	want("unused", time.Hour, NoLanes)
	b.Put(1)
	want("used a little", time.Hour, NoLanes)
	b.Endow()
	want("lanes just made", time.Hour, Busy)
	want("after none", 0, Stale)
	b.TryPut(1)
	want("after a look", 1, Busy)
	if pin.Direct {
		b.Put(1) // a hit, which does not look
		want("after no look", 1, Stale)
	}
	b.TryPut(1)
	want("after one operation in an hour", time.Hour, Quiet)
	for range 100 {
		b.TryPut(1)
	}
	want("after 100 operations", time.Second/1000, Busy)
	b.TryPut(1)
	want("after one more", time.Second/1000, Quiet)
	b.header().at(0).empty()
	want("after none of a lane without cells", 0, Busy)

	b.caution.Store(3)
	b.slice.calm = 0
	for i := range int32(5 * wary) {
		b.TryPut(1)
		b.Tick(1, 1)
		if got, want := b.caution.Load(), max(3-(i+1)/wary, 0); got != want {
			t.Fatalf("caution %d after %d calm slices, want %d", got, i+1, want)
		}
	}
}

// Low is the least that the shared tier held since the last call, whatever became of its store meanwhile.
func TestLow(t *testing.T) {
	b := must(t, Options[int]{Capacity: 64, Magazine: -1})
	for i, c := range []struct {
		do   func()
		want int
	}{
		{func() { b.PutN(make([]int, 10)) }, 0},
		{func() {}, 10},
		{func() { b.GetN(make([]int, 3)); b.PutN(make([]int, 9)) }, 7},
		{func() {}, 16},
		{func() { b.GetN(make([]int, 2)); b.PutN(make([]int, 2)); b.Resize(65); b.PutN(make([]int, 3)) }, 14},
		{func() {}, 19},
		{func() { b.Resize(64) }, 19},
		{func() { b.Shed(4, 0); b.Put(1) }, 15},
	} {
		if c.do(); b.Low() != c.want {
			t.Errorf("step %d: Low is not %d", i, c.want)
		}
	}
}

// What a Sweep has taken out is not kept reachable by the magazine that it was in.
func TestSweptAreForgotten(t *testing.T) {
	type big [1 << 16]byte
	for _, magazine := range []int{-1, 0} {
		b := must(t, Options[*big]{Capacity: 64, Magazine: magazine})
		var swept []weak.Pointer[big]
		for i := range 8 {
			x := new(big)
			if i%2 == 0 {
				swept = append(swept, weak.Make(x))
			}
			b.SetStamp(int64(1 + i%2))
			b.Put(x)
		}
		if n := len(b.Sweep(2, 0)); n != 4 {
			t.Errorf("magazine %d: Sweep took %d, want 4", magazine, n)
		}
		runtime.GC()
		for i, w := range swept {
			if w.Value() != nil {
				t.Errorf("magazine %d: value %d is still reachable after it was swept", magazine, i)
			}
		}
		runtime.KeepAlive(b)
	}
}

// S3: no housekeeper leaves the bag busy, or those who find nothing would wait for ever.
func TestBusyEnds(t *testing.T) {
	for name, seize := range seizers {
		b := must(t, Options[int]{Capacity: 64})
		b.PutN([]int{1, 2, 3})
		b.Endow()
		b.Sweep(0, 0)
		before := b.kept.Load()
		seize(b)
		if b.busy.Load() != 0 || b.kept.Load() == before && b.Lanes() > 0 {
			t.Errorf("%s left the bag busy, or did not tell that it had values in hand", name)
		}
	}
}

// The first store is made once, whoever comes first.
func TestBeginOnce(t *testing.T) {
	b := must(t, Options[int]{Capacity: 64})
	b.begin()
	b.Put(7)
	b.begin() // as a caller does that found none before
	if v, ok := b.TryGet(); !ok || v != 7 {
		t.Errorf("TryGet = %d, %t, want what was put", v, ok)
	}
}
