package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/web"
	"github.com/plungepool/plunge/bench/internal/work"
)

// step is a part of a run.
type step struct {
	name    string
	planned time.Duration
	clocked bool // takes as long as planned on a busy machine, too

	// run takes part of the rounds planned, over 0 to 1, but a least number in any case.
	run func(ctx context.Context, part float64)
}

// record is what the steps have measured.
type record struct {
	raw     *report.Raw
	results []measure.Result
	errs    []error
}

// add adds a result and writes its samples.
func (r *record) add(result measure.Result) {
	r.results = append(r.results, result)
	r.errs = append(r.errs, r.raw.Write(result))
}

// extend replaces the result at i by one with more rounds and writes those.
func (r *record) extend(i int, result measure.Result) {
	added := result
	added.Rounds = result.Rounds[len(r.results[i].Rounds):]
	r.results[i] = result
	r.errs = append(r.errs, r.raw.Write(added))
}

// steps returns the steps of a run: all cases in every pass, from the second in an
// order drawn anew, so that a case has another before it; then the servers.
func (c *config) steps(cases []work.Case, servers []web.Workload, r *record, tick func(part float64)) []step {
	rng := rand.New(rand.NewPCG(c.seed, 0))
	o := measure.Options{Env: c.env, Rounds: c.rounds, Passes: c.passes, Sample: c.sample, Rand: rng, Tick: tick}
	series := make([]*measure.Series, len(cases))
	at := make([]int, len(cases)) // in the results
	order := make([]int, len(cases))
	for i := range cases {
		series[i], order[i] = measure.NewSeries(cases[i], o), i
	}
	var steps []step
	for pass := range c.passes {
		if pass > 0 {
			rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		}
		rounds := measure.Share(c.rounds, pass, c.passes)
		for _, i := range order {
			w := cases[i]
			steps = append(steps, step{w.Name(), o.PassPlanned(w, pass), false, func(ctx context.Context, part float64) {
				series[i].Pass(ctx, reduced(rounds, part, measure.LeastRounds(c.passes)))
				if pass == 0 {
					at[i] = len(r.results)
					r.add(series[i].Result)
				} else {
					r.extend(at[i], series[i].Result)
				}
			}})
			if pass == 0 {
				steps = append(steps, c.beside(w, o, r)...)
			}
		}
	}
	for _, w := range servers {
		s := web.Options{Env: c.env, Workload: w, Rounds: c.webRounds, Sample: c.webSample, Rand: rng, Tick: tick}
		steps = append(steps, step{w.Name, s.Planned(), true, func(ctx context.Context, part float64) {
			s.Rounds = reduced(c.webRounds, part, leastWebRounds)
			result, err := web.Run(ctx, s)
			r.add(result)
			if ctx.Err() == nil {
				r.errs = append(r.errs, err)
			}
		}})
	}
	return steps
}

// beside returns the steps of a case beside its rounds.
func (c *config) beside(w work.Case, o measure.Options, r *record) []step {
	memory, tails, sweep := o, o, o
	memory.Rounds, tails.Rounds, sweep.Passes = c.memoryRounds, c.tailRounds, 1
	steps := []step{{w.Name() + " memory", memory.MemoryPlanned(w), true, func(ctx context.Context, part float64) {
		memory.Rounds = reduced(c.memoryRounds, part, 1)
		r.add(measure.Memory(ctx, w, memory))
	}}}
	if c.tails(w) {
		steps = append(steps, step{w.Name() + " latency", tails.LatencyPlanned(w), true, func(ctx context.Context, part float64) {
			tails.Rounds = reduced(c.tailRounds, part, 1)
			r.add(measure.Latency(ctx, w, tails))
		}})
	}
	if c.sweeps(w) {
		steps = append(steps, step{w.Name() + " scaling", sweep.SweepPlanned(w), false, func(ctx context.Context, part float64) {
			sweep.Rounds = reduced(c.rounds, part, measure.MinRounds)
			for _, result := range measure.Sweep(ctx, w, sweep) {
				r.add(result)
			}
		}})
	}
	return steps
}

// total returns about how long the steps take.
func total(steps []step) (d time.Duration) {
	for _, s := range steps {
		d += s.planned
	}
	return d
}
