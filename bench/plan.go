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
	run     func(ctx context.Context)
}

// record has what the steps have measured.
type record struct {
	raw     *report.Raw
	series  []*measure.Series
	results []measure.Result // of the other steps
	errs    []error
}

// add adds a result and writes its samples.
func (r *record) add(result measure.Result) {
	r.results = append(r.results, result)
	r.errs = append(r.errs, r.raw.Write(result))
}

// all returns the results, those in the table first.
func (r *record) all() []measure.Result {
	var all []measure.Result
	for _, s := range r.series {
		all = append(all, s.Result)
	}
	return append(all, r.results...)
}

// steps returns the steps of a run: all cases in passes, then the servers. From the second pass on the order is
// random, so that a different case comes before each case.
func (c *config) steps(cases []work.Case, servers []web.Workload, r *record, tick func(part float64)) []step {
	var (
		rng   = rand.New(rand.NewPCG(c.seed, 0))
		o     = measure.Options{Env: c.env, Sample: c.sample, Rand: rng}
		order = make([]int, len(cases))
		steps []step
	)
	for i, w := range cases {
		r.series, order[i] = append(r.series, measure.NewSeries(w, o)), i
	}
	for begun := 0; begun < c.rounds; begun += measure.PassRounds {
		o.Rounds = min(measure.PassRounds, c.rounds-begun)
		for _, i := range order {
			s, rounds := r.series[i], o.Rounds
			steps = append(steps, step{cases[i].Name(), o.PassPlanned(cases[i], begun == 0), func(ctx context.Context) {
				r.errs = append(r.errs, r.raw.Write(s.Pass(ctx, rounds)))
			}})
			if begun == 0 {
				steps = append(steps, c.beside(cases[i], o, r, tick)...)
			}
		}
		rng.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	}
	for _, w := range servers {
		s := web.Options{Env: c.env, Workload: w, Rounds: c.webRounds, Sample: c.webSample, Rand: rng, Tick: tick}
		steps = append(steps, step{w.Name, s.Planned(), func(ctx context.Context) {
			result, err := web.Run(ctx, s)
			r.add(result)
			if ctx.Err() == nil {
				r.errs = append(r.errs, err)
			}
		}})
	}
	return steps
}

// beside returns the steps of a case other than its rounds.
func (c *config) beside(w work.Case, o measure.Options, r *record, tick func(part float64)) []step {
	o.Tick = tick
	memory, tails, sweep := o, o, o
	memory.Rounds, tails.Rounds, sweep.Rounds = c.memoryRounds, c.tailRounds, c.rounds
	steps := []step{{w.Name() + " memory", memory.MemoryPlanned(w), func(ctx context.Context) {
		r.add(measure.Memory(ctx, w, memory))
	}}}
	if c.tails(w) {
		steps = append(steps, step{w.Name() + " latency", tails.LatencyPlanned(w), func(ctx context.Context) {
			r.add(measure.Latency(ctx, w, tails))
		}})
	}
	if c.sweeps(w) {
		steps = append(steps, step{w.Name() + " scaling", sweep.SweepPlanned(w), func(ctx context.Context) {
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
