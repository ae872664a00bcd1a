package shard

import (
	"runtime"
	"testing"
)

// watched counts what a watch is told.
type watched struct{ got, back int }

func (w *watched) on(b *Bag[*int], every int) {
	b.Watch(every, func(*int) { w.got++ }, func(*int) { w.back++ })
}

// The watch is told of every way to take and put, on hits and off them: of 1/every of the values taken, and all put.
func TestWatch(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	const n = 1 << 16
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
				for range 1000 { // earn lanes
					use(b)
				}
				var w watched
				w.on(b, every)
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
	if b.Get(); shown != 1 || b.stamp != 0 || b.oldest != maxStamp {
		t.Errorf("watched: %d shown, stamp %d, oldest %d; want 1, and what no hit passes", shown, b.stamp, b.oldest)
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
