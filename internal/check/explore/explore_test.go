package explore

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"
)

// cell is a shared word whose every access is a step.
type cell struct{ v atomic.Int64 }

func (w *cell) load() int64 {
	Step(unsafe.Pointer(w))
	return w.v.Load()
}

func (w *cell) store(v int64) {
	Step(unsafe.Pointer(w))
	w.v.Store(v)
	Wrote(unsafe.Pointer(w))
}

// binomial returns n over k.
func binomial(n, k int) int {
	c := 1
	for i := range k {
		c = c * (n - i) / (i + 1)
	}
	return c
}

// Threads of m and n steps have n+m over n schedules, all of them different.
func TestRunsEverySchedule(t *testing.T) {
	for m := range 5 {
		for n := 1; n < 5; n++ {
			seen := map[string]bool{}
			res, err := Run(Config{Preemptions: -1}, func() Program {
				var w cell
				w.store(0)
				var order []byte
				thread := func(name byte, steps int) func() {
					return func() {
						for range steps {
							w.load()
							order = append(order, name)
						}
					}
				}
				return Program{
					Threads: []func(){thread('a', m), thread('b', n)},
					Check:   func() error { seen[string(order)] = true; return nil },
				}
			})
			want := binomial(m+n, n)
			if err != nil || !res.Complete || len(seen) != want || res.Schedules != want {
				t.Errorf("%d and %d steps: got %v, %d orders, %v; want all %d, once each", m, n, res, len(seen), err, want)
			}
		}
	}
}

// With a bound on preemptions, threads are interrupted no more often than that.
func TestBoundsPreemptions(t *testing.T) {
	last := 0
	for bound := range 5 {
		res, err := Run(Config{Preemptions: bound}, func() Program {
			var w cell
			w.store(0)
			var order []byte
			thread := func(name byte) func() {
				return func() {
					for range 4 {
						w.load()
						order = append(order, name)
					}
				}
			}
			return Program{
				Threads: []func(){thread('a'), thread('b')},
				Check: func() error {
					if n := strings.Count(string(order), "ab") + strings.Count(string(order), "ba"); n > bound+1 {
						return errors.New("too many switches: " + string(order))
					}
					return nil
				},
			}
		})
		if err != nil || !res.Complete || res.Schedules <= last {
			t.Errorf("bound %d: got %v, %v, want more than %d schedules", bound, res, err, last)
		}
		last = res.Schedules
	}
}

// increment is the classic program that loses updates.
func increment(w *cell) func() {
	return func() { w.store(w.load() + 1) }
}

func TestFindsLostUpdate(t *testing.T) {
	program := func() Program {
		var w cell
		w.store(0)
		return Program{
			Threads: []func(){increment(&w), increment(&w)},
			Check: func() error {
				if w.v.Load() != 2 {
					return errors.New("an update is lost")
				}
				return nil
			},
		}
	}
	if _, err := Run(Config{Preemptions: 0}, program); err != nil {
		t.Errorf("without preemptions: %v", err)
	}
	if _, err := Run(Config{Preemptions: 1}, program); err == nil || !strings.Contains(err.Error(), "0x1 1x") {
		t.Errorf("with one: got %v, want a lost update and its schedule", err)
	}
}

// A thread that waits for a frozen one, or that never gets its turn, makes no progress.
func TestFreezes(t *testing.T) {
	program := func(wait bool) func() Program {
		return func() Program {
			var w cell
			w.store(0)
			return Program{Threads: []func(){
				func() { w.store(1); w.load(); w.store(0) },
				func() {
					for w.load() == 1 && wait {
					}
				},
			}}
		}
	}
	for at := range 4 {
		c := Config{Preemptions: -1, Freeze: true, FreezeAt: at, Steps: 50}
		if _, err := Run(c, program(false)); err != nil {
			t.Errorf("frozen at step %d: %v", at, err)
		}
		_, err := Run(c, program(true))
		if blocks := at >= 1; blocks != (err != nil) {
			t.Errorf("frozen at step %d with one who waits: got %v, want an error: %v", at, err, blocks)
		}
	}
}

func TestFindsDeadlockAndPanic(t *testing.T) {
	var never bool
	_, err := Run(Config{}, func() Program {
		return Program{Threads: []func(){func() { Block(func() bool { return never }) }, func() {}}}
	})
	if err == nil || !strings.Contains(err.Error(), "wait for each other") {
		t.Errorf("a thread that waits for ever: got %v", err)
	}
	_, err = Run(Config{}, func() Program {
		return Program{Threads: []func(){func() { panic("a bug") }}}
	})
	if err == nil || !strings.Contains(err.Error(), "a bug") {
		t.Errorf("a panic: got %v", err)
	}
}

// Sections of one P exclude each other, and a grace period waits for those before it.
func TestPinsAndGracePeriods(t *testing.T) {
	for _, ps := range []int{1, 2} {
		inside, most, late := 0, 0, 0
		_, err := Run(Config{Preemptions: -1, Ps: ps, Migrate: true}, func() Program {
			var w cell
			w.store(0)
			inside = 0
			section := func() {
				p := Pin()
				inside++
				most = max(most, inside)
				seen := w.load()
				w.load()
				if seen == 0 && w.v.Load() == 2 {
					late++
				}
				inside--
				Unpin(p)
			}
			return Program{Threads: []func(){section, section, func() { w.store(1); Grace(); w.store(2) }}}
		})
		if err != nil || most != ps || late != 0 {
			t.Errorf("%d Ps: %v, at most %d sections at a time, %d outlived a grace period; want %d and none", ps, err, most, late, ps)
		}
	}
}
