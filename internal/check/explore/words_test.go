package explore

import (
	"errors"
	"strings"
	"testing"
	"unsafe"
)

// The program writes the word that says that something is there before it is there. A thread gets between the two
// only if plain memory has steps.
func TestPlainMemoryHasSteps(t *testing.T) {
	for _, plain := range []bool{false, true} {
		_, err := Run(Config{Preemptions: -1, Plain: plain}, func() Program {
			var w cell
			w.store(0)
			there, missed := false, false
			return Program{
				Threads: []func(){
					func() { w.store(1); there = true },
					func() { missed = w.load() == 1 && !there },
				},
				Check: func() error {
					if missed {
						return errors.New("published too early")
					}
					return nil
				},
			}
		})
		if plain != (err != nil) {
			t.Errorf("Plain %v: got %v", plain, err)
		}
	}
}

// Loading a constant word is no step, and writing one is found.
func TestConstant(t *testing.T) {
	for _, writes := range []bool{false, true} {
		res, err := Run(Config{Preemptions: -1}, func() Program {
			var w cell
			w.store(0)
			return Program{
				Constant: []unsafe.Pointer{unsafe.Pointer(&w)},
				Threads: []func(){
					func() { w.load(); w.load() },
					func() {
						if writes {
							w.store(1)
						}
					},
				},
			}
		})
		if writes != (err != nil && strings.Contains(err.Error(), "constant")) || !writes && res.Schedules != 1 {
			t.Errorf("written %v: got %v, %v", writes, res, err)
		}
	}
}

// What a thread makes is its own until it publishes a pointer, or another touches it.
func TestPrivate(t *testing.T) {
	for _, c := range []struct {
		name      string
		publishes bool
		want      int // schedules
	}{
		{"private", false, binomial(3, 1)},
		{"published", true, binomial(5, 1)},
	} {
		res, err := Run(Config{Preemptions: -1}, func() Program {
			var w cell
			w.store(0)
			return Program{Threads: []func(){
				func() {
					var mine cell
					mine.store(1)
					mine.store(2)
					w.store(1)
					if c.publishes {
						Published()
					}
					mine.store(3)
					mine.store(4)
					w.load()
				},
				func() { w.load() },
			}}
		})
		if err != nil || res.Schedules != c.want {
			t.Errorf("%s: got %v, %v, want %d schedules", c.name, res, err, c.want)
		}
	}
}

// The table finds every word again when it grows, and none in the next run.
func TestWordsGrow(t *testing.T) {
	var w words
	cells := make([]cell, 5000)
	for range 2 {
		w.reset()
		owner := new(thread)
		for i := range cells {
			if e := w.touched(unsafe.Pointer(&cells[i]), owner); e.owner != owner {
				t.Fatalf("word %d is not new", i)
			}
		}
		for i := range cells {
			if e := w.touched(unsafe.Pointer(&cells[i]), nil); e.owner != owner {
				t.Fatalf("word %d is not found again", i)
			}
		}
		if w.n != len(cells) {
			t.Errorf("got %d words, want %d", w.n, len(cells))
		}
	}
}

// The sections of the setup are on the P that it says; what Watch calls has no steps.
func TestOnAndWatch(t *testing.T) {
	res, err := Run(Config{Preemptions: -1}, func() Program {
		var w cell
		w.store(0)
		On(1)
		p := Pin()
		Unpin(p)
		look := func() { Watch(func() { w.load(); w.load() }) }
		return Program{
			Threads: []func(){look, look},
			Check: func() error {
				if p != 1 {
					return errors.New("not on P 1")
				}
				return nil
			},
		}
	})
	if err != nil || res.Schedules != 1 || res.Steps != 0 {
		t.Errorf("got %v, %v, want one schedule without steps", res, err)
	}
}
