package main

import (
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/web"
	"github.com/plungepool/plunge/bench/internal/work"
)

// planned returns about how long measure takes.
func (c *config) planned(cases []work.Case, servers []web.Workload) (total time.Duration) {
	o := measure.Options{Env: c.env, Rounds: c.rounds, Sample: c.sample}
	tails, memory := o, o
	tails.Rounds, memory.Rounds = c.tailRounds, c.memoryRounds
	for _, w := range cases {
		total += o.Planned(w) + memory.MemoryPlanned(w)
		if c.sweeps(w) {
			total += o.SweepPlanned(w)
		}
		if c.tails(w) {
			total += tails.LatencyPlanned(w)
		}
	}
	for _, w := range servers {
		total += web.Options{Workload: w, Rounds: c.webRounds, Sample: c.webSample}.Planned()
	}
	return total
}
