package main

import (
	"testing"
	"time"
)

// TestPace shows that a machine on which all takes twice as long as planned has the
// rounds of its later steps reduced until the run fits, and an idle one none.
func TestPace(t *testing.T) {
	const n = 100
	for _, c := range []struct {
		slow, most time.Duration // times what was planned; of the whole run
		whole      bool          // every step gets all of its rounds
	}{{1, 100 * time.Second, true}, {2, 125 * time.Second, false}} {
		steps := make([]step, n)
		for i := range steps {
			steps[i].planned = time.Second
		}
		p := newPace(120*time.Second, steps)
		var now time.Duration
		p.elapsed = func() time.Duration { return now }
		whole := true
		for _, s := range steps {
			part := p.next(s.planned)
			whole = whole && part == 1
			now += c.slow * time.Duration(part*float64(s.planned))
		}
		if now > c.most || whole != c.whole {
			t.Errorf("%d times as slow: took %v, want %v at most; all rounds: %t, want %t", c.slow, now, c.most, whole, c.whole)
		}
	}
}

// TestPaceNone shows that rounds asked for are taken, however long they take.
func TestPaceNone(t *testing.T) {
	p := newPace(0, []step{{planned: time.Second}})
	p.elapsed = func() time.Duration { return time.Hour }
	if got := p.next(time.Second); got != 1 {
		t.Errorf("got %v of the rounds, want all", got)
	}
}

func TestReduced(t *testing.T) {
	for _, c := range []struct {
		rounds      int
		part        float64
		least, want int
	}{{45, 1, 15, 45}, {45, 0.5, 15, 22}, {45, 0.1, 15, 15}, {45, 0, 15, 15}, {4, 0.1, 15, 4}} {
		if got := reduced(c.rounds, c.part, c.least); got != c.want {
			t.Errorf("%v of %d, at least %d: got %d, want %d", c.part, c.rounds, c.least, got, c.want)
		}
	}
}
