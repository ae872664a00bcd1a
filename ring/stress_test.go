package ring

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/internal/atom"
)

const (
	producers = 4
	consumers = 4
	seqBits   = 24 // a value is producer<<seqBits | sequence number
)

// Every value comes out exactly once, and every consumer sees every producer's values in order.
// The queues begin just below their wraps, so the wrap is raced through.
func TestStressExactlyOnce(t *testing.T) {
	for _, k := range kinds {
		for i, n := range capacities {
			t.Run(fmt.Sprintf("%s/capacity=%d", k.name, n), func(t *testing.T) {
				q := k.new(n, k.laps[i%len(k.laps)])
				exactlyOnce(t, q, stressFor(t)/time.Duration(len(capacities)))
			})
		}
	}
}

func exactlyOnce(t *testing.T, q queue, d time.Duration) {
	var (
		pushed [producers]atomic.Uint32
		popped atomic.Uint64
		done   atomic.Int32 // producers
		seen   [producers][]atomic.Uint32
	)
	for i := range seen {
		seen[i] = make([]atomic.Uint32, 1<<seqBits/32)
	}
	race(producers+consumers+1, d, func(id int, stop *atomic.Bool) {
		switch {
		case id < producers:
			defer done.Add(1)
			for seq := uint32(0); seq < 1<<seqBits && !stop.Load(); {
				if q.TryPush(uint32(id)<<seqBits | seq) {
					seq++
					pushed[id].Store(seq)
				} else {
					runtime.Gosched()
				}
			}
		case id < producers+consumers:
			next := [producers]uint32{}
			for {
				last := done.Load() == producers
				v, ok := q.TryPop()
				if !ok {
					if last {
						return
					}
					runtime.Gosched()
					continue
				}
				popped.Add(1)
				p, seq := v>>seqBits, v&(1<<seqBits-1)
				if p >= producers {
					t.Errorf("popped %#x, which nobody pushed", v)
					continue
				}
				if seq < next[p] {
					t.Errorf("producer %d: %d came after %d", p, seq, next[p]-1)
				}
				next[p] = seq + 1
				if bit := uint32(1) << (seq % 32); seen[p][seq/32].Or(bit)&bit != 0 {
					t.Errorf("producer %d: %d came twice", p, seq)
				}
			}
		default:
			for !stop.Load() {
				if n := q.Len(); n < 0 || n > q.Cap() {
					t.Errorf("Len() = %d, capacity %d", n, q.Cap())
				}
				if r, ok := q.(*Handles); ok {
					watchHints(t, r)
				}
				runtime.Gosched()
			}
		}
	})
	var total uint64
	for i := range pushed {
		total += uint64(pushed[i].Load())
	}
	if got := popped.Load(); got != total {
		t.Errorf("%d values were pushed, %d popped", total, got)
	}
	if got := q.Len(); got != 0 {
		t.Errorf("Len() = %d at the end, want 0", got)
	}
	if v, ok := q.TryPop(); ok {
		t.Errorf("TryPop() = %d at the end, want empty", v)
	}
	if total == 0 {
		t.Error("nothing was pushed")
	}
}

// watchHints checks for a while, among others' operations, that the hints never go back (H3) and that
// no position window or more above one is filled or emptied (H4).
func watchHints(t *testing.T, r *Handles) {
	watch := func(name string, hint *atom.Uint64, done func(d int64) bool) {
		h := hint.Load()
		for range 100 {
			p := h + window
			ahead := done(int64(r.slot(p).Load() - r.lap(p)))
			was := h
			h = hint.Load()
			if d := int64(h - was); d < 0 || ahead && d == 0 {
				t.Errorf("the %s hint went from %#x to %#x; position %#x done before: %v", name, was, h, p, ahead)
			}
		}
	}
	watch("tail", r.tail, func(d int64) bool { return d >= 0 && d != none })
	watch("head", r.head, func(d int64) bool { return d > none })
}

// Each goroutine pushes one and pops one, with room for all: Handles is never full when it pushes
// and never empty when it pops, however many CASes are lost.
func TestStressNeverSpurious(t *testing.T) {
	const goroutines = 4
	for i, n := range []int{4, 8, 64} {
		t.Run(fmt.Sprintf("capacity=%d", n), func(t *testing.T) {
			r := newHandlesAt(n, kinds[0].laps[i])
			race(goroutines+1, stressFor(t)/3, func(id int, stop *atomic.Bool) {
				for !stop.Load() {
					if id == goroutines {
						watchHints(t, r)
						runtime.Gosched()
						continue
					}
					for range 100 {
						if !r.TryPush(uint32(id)) {
							t.Errorf("full, with room for %d and %d goroutines", n, goroutines)
							return
						}
						if _, ok := r.TryPop(); !ok {
							t.Error("empty after a push")
							return
						}
					}
				}
			})
		})
	}
}

// Pushes alone into a ring with room meet no half-done pop, and pops alone from a full one no half-done push. So none
// may fail, however many claims are lost.
func TestStressLostClaims(t *testing.T) {
	const (
		goroutines = 4
		each       = 500
	)
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			for end := time.Now().Add(stressFor(t)); time.Now().Before(end); {
				q := k.new(goroutines*each, k.laps[1])
				race(goroutines, 0, func(id int, _ *atomic.Bool) {
					for range each {
						if !q.TryPush(uint32(id)) {
							t.Error("full, with room and no pop under way")
							return
						}
					}
				})
				race(goroutines, 0, func(int, *atomic.Bool) {
					for range each {
						if _, ok := q.TryPop(); !ok {
							t.Error("empty, with values and no push under way")
							return
						}
					}
				})
				if t.Failed() {
					return
				}
			}
		})
	}
}

// A queue as free list: whoever pops a handle owns what it names, alone. With at least as many
// objects as goroutines and as much room as objects, Handles is never empty and never full.
func TestStressOwnership(t *testing.T) {
	const goroutines = 4
	type object struct {
		owner atomic.Int64
		uses  int // plain: the race detector sees the happens-before edge, or its absence
	}
	for _, k := range kinds {
		for i, n := range []int{1, 2, 4, 8, 64} {
			t.Run(fmt.Sprintf("%s/objects=%d", k.name, n), func(t *testing.T) {
				q := k.new(n, k.laps[i%len(k.laps)])
				objects := make([]object, n)
				for h := range objects {
					q.TryPush(uint32(h))
				}
				var total atomic.Int64
				race(goroutines, stressFor(t)/5, func(id int, stop *atomic.Bool) {
					me := int64(id) + 1
					uses := 0
					for ; !stop.Load(); uses++ {
						h, ok := q.TryPop()
						for ; !ok && !stop.Load(); h, ok = q.TryPop() {
							if k.exact && n >= goroutines {
								t.Errorf("empty, with %d objects and %d goroutines", n, goroutines)
							}
							runtime.Gosched()
						}
						if !ok {
							break
						}
						o := &objects[h]
						if was := o.owner.Swap(me); was != 0 {
							t.Errorf("object %d was owned by %d", h, was)
						}
						o.uses++
						if was := o.owner.Swap(0); was != me {
							t.Errorf("object %d was taken by %d", h, was)
						}
						for !q.TryPush(h) {
							if k.exact {
								t.Error("full, with room for all objects")
							}
							runtime.Gosched()
						}
					}
					total.Add(int64(uses))
				})
				sum := int64(0)
				for range n {
					h, ok := q.TryPop()
					if !ok {
						t.Fatal("an object is lost")
					}
					sum += int64(objects[h].uses)
				}
				if want := total.Load(); sum != want {
					t.Errorf("the objects were used %d times, want %d", sum, want)
				}
			})
		}
	}
}

// A value's parts arrive together and are visible, whatever its size.
func TestStressTearing(t *testing.T) {
	type wide [6]uint64
	for _, n := range []int{1, 3, 16} {
		t.Run(fmt.Sprintf("capacity=%d", n), func(t *testing.T) {
			r := New[*wide](n)
			rv := New[wide](n)
			race(4, stressFor(t)/3, func(id int, stop *atomic.Bool) {
				for i := uint64(id); !stop.Load(); i += 4 {
					w := wide{i, i, i, i, i, i}
					rv.TryPush(w)
					r.TryPush(&w)
					v, ok := rv.TryPop()
					if p, ok := r.TryPop(); ok && *p != (wide{p[0], p[0], p[0], p[0], p[0], p[0]}) {
						t.Errorf("popped a pointer to %v", *p)
					}
					if ok && v != (wide{v[0], v[0], v[0], v[0], v[0], v[0]}) {
						t.Errorf("popped %v", v)
					}
				}
			})
		})
	}
}
