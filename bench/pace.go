package main

import "time"

// pace keeps a run within its limit on a machine that has other work, too: where the
// steps done took longer than planned, those to come get fewer rounds.
type pace struct {
	limit   time.Duration // 0: none
	work    time.Duration // planned of the steps to come that a busy machine prolongs
	clock   time.Duration // planned of those that end by the clock
	done    time.Duration // planned of the former that are done, with the rounds they got
	passed  time.Duration // planned of the latter
	elapsed func() time.Duration
}

// leastPart is the part of its rounds that a step gets in any case: about what
// [measure.MinRounds] is of those of a run.
const leastPart = 1.0 / 3

func newPace(limit time.Duration, steps []step) *pace {
	start := time.Now()
	p := &pace{limit: limit, elapsed: func() time.Duration { return time.Since(start) }}
	for _, s := range steps {
		*p.of(s) += s.planned
	}
	return p
}

// of returns the sum that s is planned in.
func (p *pace) of(s step) *time.Duration {
	if s.clocked {
		return &p.clock
	}
	return &p.work
}

// next returns which part of its rounds the next step gets.
func (p *pace) next(s step) float64 {
	part := 1.0
	if p.limit > 0 && s.planned > 0 {
		spent := p.elapsed()
		slow := 1.0
		if p.done > p.limit/50 { // the first steps tell little
			slow = max(slow, float64(spent-p.passed)/float64(p.done))
		}
		left := float64(p.limit - spent)
		if s.clocked {
			part = (left - leastPart*slow*float64(p.work)) / float64(p.clock)
		} else {
			part = (left - float64(p.clock)) / (slow * float64(p.work))
		}
		part = min(max(part, 0), 1)
	}
	*p.of(s) -= s.planned
	got := time.Duration(max(part, leastPart) * float64(s.planned))
	if s.clocked {
		p.passed += got
	} else {
		p.done += got
	}
	return part
}

// reduced returns a part of rounds, least of them at least where there are so many.
func reduced(rounds int, part float64, least int) int {
	return max(int(part*float64(rounds)), min(least, rounds))
}
