package main

import "time"

// pace keeps a run within its limit on a machine that has other work, too: where the
// steps done took longer than planned, those to come get fewer rounds.
type pace struct {
	limit   time.Duration // 0: none
	rest    time.Duration // planned of the steps to come
	done    time.Duration // planned of the steps done, with the rounds that they got
	elapsed func() time.Duration
}

func newPace(limit time.Duration, steps []step) *pace {
	start := time.Now()
	return &pace{limit: limit, rest: total(steps), elapsed: func() time.Duration { return time.Since(start) }}
}

// next returns which part of its rounds the next step gets, which is planned to take
// so long with all of them.
func (p *pace) next(planned time.Duration) float64 {
	part := 1.0
	if spent := p.elapsed(); p.limit > 0 && p.rest > 0 {
		slow := 1.0
		if p.done > p.limit/50 { // the first steps tell little
			slow = max(slow, float64(spent)/float64(p.done))
		}
		part = min(max(float64(p.limit-spent)/(slow*float64(p.rest)), 0), 1)
	}
	p.rest -= planned
	p.done += time.Duration(part * float64(planned))
	return part
}

// reduced returns a part of rounds, least of them at least where there are so many.
func reduced(rounds int, part float64, least int) int {
	return max(int(part*float64(rounds)), min(least, rounds))
}
