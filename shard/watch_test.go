package shard

import (
	"runtime"
	"slices"
	"testing"

	"github.com/plungepool/plunge/internal/race"
)

// watched counts what a watch is told.
type watched struct{ got, back int }

func (w *watched) on(b *Bag[*int], every int) {
	b.Watch(every, func(*int) { w.got++ }, func(*int) { w.back++ })
}

// The watch is told of every way to take and put, on hits and off them: of 1/every of the values taken, and all put.
func TestWatch(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	n := 1 << 16
	if race.Enabled {
		n = 1 << 13 // a tenth of the speed
	}
	vs := make([]*int, 64)
	for name, use := range map[string]func(b *Bag[*int]){
		"Get": func(b *Bag[*int]) {
			for i := range vs {
				vs[i] = b.Get()
			}
			for _, v := range vs {
				b.Put(v)
			}
		},
		"pairs": func(b *Bag[*int]) {
			for range vs {
				b.Put(b.Get())
			}
		},
		"pairs on new lanes": func(b *Bag[*int]) {
			b.Endow()
			for range vs {
				b.Put(b.Get())
			}
		},
		"TryGet": func(b *Bag[*int]) {
			for range vs {
				v, _ := b.TryGet()
				b.Put(v)
			}
		},
		"GetN": func(b *Bag[*int]) { b.GetN(vs); b.PutN(vs) },
		"large": func(b *Bag[*int]) {
			for range vs {
				b.free((*lazy[*int, None[*int]])(b).getLarge())
				x := b.box()
				*x = new(int)
				(*lazy[*int, None[*int]])(b).putLarge(x)
			}
		},
	} {
		for _, magazine := range []int{0, -1} {
			for _, every := range []int{1, 7, 100} {
				b := must(t, Options[*int]{Capacity: 256, Magazine: magazine, Policy: Policy[*int]{Miss: func() *int { return new(int) }}})
				for range 128 {
					b.Put(new(int))
				}
				use(b)
				var w watched
				w.on(b, every)
				b.Endow()
				for range n / len(vs) {
					use(b)
				}
				// The deviation from a mean of n/every is at most its root. This allows 8 of them.
				d := w.got - n/every
				if every == 1 && d != 0 || d*d > 64*n/every || w.back != n {
					t.Errorf("%s, magazine %d: one in %d of %d: told of %d taken and %d put", name, magazine, every, n, w.got, w.back)
				}
				b.Watch(0, nil, nil)
				use(b)
				if w.back != n {
					t.Errorf("%s, magazine %d: told of %d put after the watch, want none", name, magazine, w.back-n)
				}
			}
		}
	}
}

// What is set meanwhile holds: a watched bag still shows what is too old to Accept, and after the watch hits see it.
func TestWatchKeepsSettings(t *testing.T) {
	shown := 0
	b := must(t, Options[*int]{Capacity: 256, Policy: Policy[*int]{Accept: func(*int, int64) bool { shown++; return true }}})
	var w watched
	w.on(b, 3)
	b.SetStamp(5)
	b.Put(new(int))
	b.SetOldest(6)
	if b.Get(); shown != 1 || b.stamp != 0 || b.oldest != 6 {
		t.Errorf("watched: %d shown, stamp %d, oldest %d; want 1, the stamp that no hit has, and 6", shown, b.stamp, b.oldest)
	}
	b.Watch(0, nil, nil)
	if b.stamp != 5 || b.oldest != 6 {
		t.Errorf("after the watch: stamp %d, oldest %d; want 5 and 6", b.stamp, b.oldest)
	}
}

// The watch is told of a value that GetN gives back, because the policy panics, as of one that is put.
func TestWatchGoesBack(t *testing.T) {
	left := 3
	b := must(t, Options[*int]{Capacity: 8, Policy: Policy[*int]{Miss: func() *int {
		if left--; left < 0 {
			panic("enough")
		}
		return new(int)
	}}})
	var w watched
	w.on(b, 1)
	func() {
		defer func() { _ = recover() }()
		b.GetN(make([]*int, 5))
	}()
	if w != (watched{3, 3}) {
		t.Errorf("told of %+v, want 3 and 3", w)
	}
}

// A Get that is not told of is a hit, and a batch of them, too.
func TestWatchedGetsHit(t *testing.T) {
	skipWithoutLanes(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	b := must(t, Options[*int]{Capacity: 256})
	var w watched
	w.on(b, maxEvery)
	b.Endow()
	vs := make([]*int, 8)
	for range 2 {
		for i := range vs {
			b.Put(new(int))
			if got := b.hitRun(vs[i : i+1]); got != 1 {
				t.Fatalf("value %d: got %d by a hit, want 1", i, got)
			}
		}
		b.Watch(0, nil, nil) // as a bag that is not watched
	}
}

// A mark changes nothing but that the watch is told: not when a value is too old, nor which is the oldest.
func TestMarkedStamps(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	for _, magazine := range []int{0, -1} {
		for _, every := range []int{1, 2, maxEvery} { // all, some and none are marked
			for name, oldest := range map[string]func(b *Bag[int]) []int{
				"Sweep":       func(b *Bag[int]) []int { return b.Sweep(51, 0) },
				"Sweep, keep": func(b *Bag[int]) []int { return b.Sweep(maxStamp, 50) },
				"Resize":      func(b *Bag[int]) []int { return b.Resize(50) },
				"Accept": func(b *Bag[int]) []int {
					b.SetOldest(51)
					defer b.SetOldest(0)
					return refused(b)
				},
				"giving back what is old": func(b *Bag[int]) []int {
					if head := b.header(); head.n > 0 {
						l := head.at(0)
						young := func() (n int) {
							for _, c := range l.loaded.cells[:l.loaded.n] {
								if c.v > 50 {
									n++
								}
							}
							return n
						}
						had := young()
						l.giveOld(0, 51)
						if got := young(); got != had || had == 0 || int(l.loaded.n) != had {
							t.Errorf("1 in %d marked: %d of %d young values left, and %d in all", every, got, had, l.loaded.n)
						}
					}
					Gather(b)
					return b.Sweep(51, 0)
				},
			} {
				b := must(t, Options[int]{Capacity: 400, Magazine: magazine, Policy: Policy[int]{Accept: func(v int, stamp int64) bool {
					if stamp != int64(v) {
						t.Errorf("Accept of %d: got the stamp %d", v, stamp)
					}
					return stamp > 50
				}}})
				told := 0
				b.Watch(every, func(int) { told++ }, func(int) {})
				b.Endow()
				for v := 1; v <= 100; v++ {
					b.SetStamp(int64(v))
					b.Put(v)
				}
				if name != "giving back what is old" {
					Gather(b)
				}
				out := oldest(b)
				slices.Sort(out)
				if len(out) != 50 || out[0] != 1 || out[49] != 50 {
					t.Errorf("%s, magazine %d, 1 in %d marked: took %v, want 1 to 50", name, magazine, every, out)
				}
				if told > 0 && every == maxEvery {
					t.Errorf("%s: told of %d of 50, want none", name, told)
				}
			}
		}
	}
}

// refused takes everything out of a bag of the values 1 to 100 and returns those that did not come, because the policy
// refused them.
func refused(b *Bag[int]) (missing []int) {
	seen := map[int]bool{}
	for v, ok := b.TryGet(); ok; v, ok = b.TryGet() {
		seen[v] = true
	}
	for v := 1; v <= 100; v++ {
		if !seen[v] {
			missing = append(missing, v)
		}
	}
	return missing
}
