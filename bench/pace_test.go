package main

import (
	"testing"
	"time"
)

// TestPace shows that a machine on which work takes twice as long as planned has the
// rounds of its later steps reduced until the run fits and no more, an idle one none,
// and one that is hopeless all to the least, what goes by the clock last.
func TestPace(t *testing.T) {
	const n = 100 // every fourth step ends by the clock
	for _, c := range []struct {
		slow                float64 // times what was planned
		least, most         time.Duration
		workPart, clockPart float64 // the least parts to be had
	}{
		{1, 100 * time.Second, 100 * time.Second, 1, 1},
		{2, 115 * time.Second, 125 * time.Second, leastPart, 1},
		{9, 225 * time.Second, 300 * time.Second, 0, 0},
	} {
		steps := make([]step, n)
		for i := range steps {
			steps[i] = step{planned: time.Second, clocked: i%4 == 3}
		}
		p := newPace(120*time.Second, steps)
		var now time.Duration
		p.elapsed = func() time.Duration { return now }
		least := map[bool]float64{false: 1, true: 1}
		for _, s := range steps {
			part := p.next(s)
			least[s.clocked] = min(least[s.clocked], part)
			slow := c.slow
			if s.clocked {
				slow = 1
			}
			now += time.Duration(slow * max(part, leastPart) * float64(s.planned))
		}
		if now < c.least || now > c.most {
			t.Errorf("%v times as slow: took %v, want %v to %v", c.slow, now, c.least, c.most)
		}
		if least[false] < c.workPart || least[true] < c.clockPart {
			t.Errorf("%v times as slow: got %v of the rounds, and %v by the clock, want %v and %v at least", c.slow, least[false], least[true], c.workPart, c.clockPart)
		}
	}
}

// TestPaceNone shows that rounds asked for are taken, however long they take.
func TestPaceNone(t *testing.T) {
	s := step{planned: time.Second}
	p := newPace(0, []step{s})
	p.elapsed = func() time.Duration { return time.Hour }
	if got := p.next(s); got != 1 {
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
