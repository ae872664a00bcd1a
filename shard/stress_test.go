package shard

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// thing carries who owns it: 0 the bag, -1 nobody any more, else a goroutine.
type thing struct {
	owner atomic.Int64
	_     [7]uint64
}

// own passes the thing from one owner to the next and fails if it was another's.
func (x *thing) own(t *testing.T, from, to int64, what string) {
	if got := x.owner.Swap(to); got != from {
		t.Errorf("%s: owner was %d, want %d", what, got, from)
	}
}

// TestStress has goroutines hold things while others keep house and GOMAXPROCS
// moves. Every thing has exactly one owner at all times, and at the end every
// one that was made has been taken out exactly once.
func TestStress(t *testing.T) {
	for _, o := range []Options[*thing]{
		{Capacity: 1},
		{Capacity: 3},
		{Capacity: 500},
		{Capacity: 1000},
		{Capacity: 1000, Shards: 1},
		{Capacity: 1000, Magazine: -1},
		{Capacity: 1000, Magazine: 2, Shards: 3},
	} {
		t.Run(fmt.Sprintf("capacity=%d/shards=%d/magazine=%d", o.Capacity, o.Shards, o.Magazine), func(t *testing.T) {
			stress(t, o)
		})
	}
}

func stress(t *testing.T, o Options[*thing]) {
	const bag, gone = 0, -1
	procs(t, 4)
	seed := newRand(t).Uint64()
	var made, dead atomic.Int64
	kill := func(x *thing, from int64, what string) {
		x.own(t, from, gone, what)
		dead.Add(1)
	}
	o.Policy.Overflow = func(x *thing) { kill(x, bag, "Overflow") }
	b := must(t, o)

	stop := make(chan struct{})
	var wg sync.WaitGroup
	start := make(chan struct{})
	for g := int64(1); g <= 8; g++ {
		wg.Go(func() {
			r := rand.New(rand.NewPCG(seed, uint64(g)))
			var held []*thing
			batch := make([]*thing, 16)
			take := func(x *thing) {
				x.own(t, bag, g, "Get")
				held = append(held, x)
			}
			<-start
			for {
				select {
				case <-stop:
					for _, x := range held {
						kill(x, g, "held at the end")
					}
					return
				default:
				}
				switch n := r.IntN(97); {
				case n > len(held):
					if r.IntN(8) == 0 {
						for _, x := range batch[:b.TryGetN(batch)] {
							take(x)
						}
					} else if x, ok := b.TryGet(); ok {
						take(x)
					} else {
						made.Add(1)
						x := new(thing)
						x.owner.Store(g)
						held = append(held, x)
					}
				case r.IntN(8) == 0:
					k := min(len(held), 16)
					out := held[len(held)-k:]
					for _, x := range out {
						x.own(t, g, bag, "PutN")
					}
					held = held[:len(held)-k]
					b.PutN(out)
				case len(held) > 0:
					x := held[len(held)-1]
					held = held[:len(held)-1]
					x.own(t, g, bag, "Put")
					b.Put(x)
				}
			}
		})
	}
	wg.Go(func() { // a keeper
		for n := range ticks(stop, 700*time.Microsecond) {
			switch n % 4 {
			case 0:
				Gather(b)
			case 1:
				Gather(b.Compaction())
			case 2:
				b.Endow()
			default:
				b.Tick(int64(n), int64(time.Millisecond))
			}
		}
	})
	wg.Go(func() { // the clearer and pruner
		stamp := int64(1)
		for range ticks(stop, 500*time.Microsecond) {
			stamp++
			b.SetStamp(stamp)
			var xs []*thing
			switch stamp % 4 {
			case 0:
				xs = b.Clear()
			case 1:
				xs = b.Shed(int(stamp)%7, 0)
			case 2:
				xs = b.Resize(o.Capacity - int(stamp)%3%o.Capacity)
			default:
				xs = b.Sweep(stamp-2, 5)
			}
			for _, x := range xs {
				kill(x, bag, "housekeeping")
			}
			if n := b.Len(); n < 0 || n > b.Cap() {
				t.Errorf("Len = %d of %d", n, b.Cap())
			}
			b.Counts()
			b.Low()
		}
	})
	wg.Go(func() {
		for n := range ticks(stop, 2*time.Millisecond) {
			runtime.GOMAXPROCS(1 + n*7%9)
		}
	})
	close(start)
	time.Sleep(stressTime(t) / 2)
	close(stop)
	wg.Wait()
	for b.growing.Load() { // growth may still have things in its hands
		time.Sleep(time.Millisecond)
	}
	if n := b.Len(); n > b.Cap() {
		t.Errorf("Len at rest = %d of %d", n, b.Cap())
	}
	idle := b.Len()
	rest := b.Close()
	if len(rest) != idle {
		t.Errorf("Close returned %d, Len was %d", len(rest), idle)
	}
	for _, x := range rest {
		kill(x, bag, "Close")
	}
	if made.Load() != dead.Load() {
		t.Errorf("%d things made, %d taken out", made.Load(), dead.Load())
	}
	c := b.Counts()
	if c.Idle != 0 || c.Puts != c.Gets+c.Dropped {
		t.Errorf("at rest: %+v", c)
	}
	t.Logf("%d made, %+v", made.Load(), c)
}

// ticks yields a count every d until stop is closed.
func ticks(stop chan struct{}, d time.Duration) func(func(int) bool) {
	return func(yield func(int) bool) {
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			case <-time.After(d):
				if !yield(n) {
					return
				}
			}
		}
	}
}

// TestClearIsExact: Clear takes out what was in the bag when it was called. No Get that begins after Clear has
// returned finds that, however many Ps put it there and go on meanwhile.
func TestClearIsExact(t *testing.T) {
	procs(t, 8)
	b := must(t, Options[int]{Capacity: 4096}) // values are rounds
	everyone := func(do func()) *sync.WaitGroup {
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(do)
		}
		return &wg
	}
	r := newRand(t)
	deadline := time.Now().Add(stressTime(t))
	for round := 1; time.Now().Before(deadline); round += 2 {
		everyone(func() {
			for range 400 {
				b.Put(round)
			}
		}).Wait()
		var swept, stop atomic.Bool
		others := everyone(func() {
			for i := 0; !stop.Load(); i++ {
				old := swept.Load() // a Get that begins now must not find the round
				if v, ok := b.TryGet(); ok && old && v <= round {
					t.Errorf("got a value of round %d after the Clear of round %d had returned", v, round)
					return
				}
				if i%2 == 0 { // fewer puts than gets, so that the gets reach all there is
					b.Put(round + 1)
				}
			}
		})
		var pruners sync.WaitGroup
		for i := range 3 { // they find nothing stale, and have it all in their hands for a while
			pruners.Go(func() {
				for !swept.Load() {
					switch i {
					case 0:
						b.Sweep(minStamp+1, 0)
					case 1:
						Gather(b)
					default:
						Gather(b.Compaction())
					}
				}
			})
		}
		time.Sleep(time.Duration(r.IntN(100)) * time.Microsecond)
		b.Clear()
		swept.Store(true)
		time.Sleep(100 * time.Microsecond)
		stop.Store(true)
		others.Wait()
		pruners.Wait()
	}
}
