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

// runner measures the cases.
type runner struct {
	*config
	*record

	series []*measure.Series // by case
	at     []int             // by case: where in the results
	order  []int             // of the cases, drawn anew
	rng    *rand.Rand
	end    time.Time
}

// steps returns the steps of a run that begins now: all cases in passes, from the second
// in an order drawn anew, so that a case has another before it; then the servers; and
// then more rounds where they are needed.
func (c *config) steps(cases []work.Case, servers []web.Workload, r *record, tick func(part float64)) []step {
	rng := rand.New(rand.NewPCG(c.seed, 0))
	o := measure.Options{Env: c.env, Sample: c.sample, Rand: rng}
	m := &runner{config: c, record: r, at: make([]int, len(cases)), rng: rng, end: time.Now().Add(c.limit)}
	for i := range cases {
		m.series, m.order = append(m.series, measure.NewSeries(cases[i], o)), append(m.order, i)
	}
	var steps []step
	for begun := 0; begun < c.rounds; begun += measure.PassRounds {
		if begun > 0 {
			m.shuffle()
		}
		rounds := min(measure.PassRounds, c.rounds-begun)
		o.Rounds = rounds
		for _, i := range m.order {
			steps = append(steps, step{cases[i].Name(), o.PassPlanned(cases[i], begun == 0), func(ctx context.Context) {
				m.pass(ctx, i, rounds, 0)
			}})
			if begun == 0 {
				steps = append(steps, c.beside(cases[i], o, r, tick)...)
			}
		}
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
	if more := c.more * time.Duration(len(cases)); more > 0 {
		steps = append(steps, step{"more rounds", more, func(ctx context.Context) { m.improve(ctx, more, tick) }})
	}
	return steps
}

func (m *runner) shuffle() {
	m.rng.Shuffle(len(m.order), func(i, j int) { m.order[i], m.order[j] = m.order[j], m.order[i] })
}

// pass adds rounds to a case.
func (m *runner) pass(ctx context.Context, i, rounds int, patience time.Duration) {
	s := m.series[i]
	first := len(s.Result.Rounds) == 0
	s.Pass(ctx, rounds, patience)
	if first {
		m.at[i] = len(m.results)
		m.add(s.Result)
	} else {
		m.extend(m.at[i], s.Result)
	}
}

// improve adds passes: in the first part of the time to the cases without enough rounds in a calm
// machine, which wait for it; then to those with a wide interval, at first to what does not wait, for
// that differs more from run to run. How calm it is or wide says nothing about which side of it is
// better.
func (m *runner) improve(ctx context.Context, planned time.Duration, tick func(part float64)) {
	start := time.Now()
	passed := func() { tick(float64(time.Since(start)) / float64(planned)) }
	disturbed := func(s *measure.Series) bool { return s.Waits() && !s.Result.Undisturbed() }
	wide := func(s *measure.Series) bool { return !report.Narrow(s.Result, m.narrow) }
	for _, stage := range []struct {
		until    time.Duration
		patience time.Duration
		bad      func(*measure.Series) bool
	}{
		{planned * 2 / 5, patience, disturbed},
		{planned * 3 / 4, 0, func(s *measure.Series) bool { return !s.Waits() && wide(s) }},
		{planned, patience, func(s *measure.Series) bool { return disturbed(s) || wide(s) }},
	} {
		end := start.Add(stage.until)
		if end.After(m.end) {
			end = m.end
		}
		for m.turns(ctx, end, stage.patience, stage.bad, passed) {
		}
	}
}

// turns gives each case that is bad some passes, and reports whether there was one and there is
// time left.
func (m *runner) turns(ctx context.Context, end time.Time, patience time.Duration, bad func(*measure.Series) bool, passed func()) bool {
	found := false
	m.shuffle()
	for _, i := range m.order {
		s := m.series[i]
		for turn := time.Now(); time.Since(turn) < turnTime && len(s.Result.Rounds) < mostRounds && bad(s); passed() {
			if ctx.Err() != nil || time.Now().After(end) {
				return false
			}
			found = true
			m.pass(ctx, i, measure.PassRounds, patience)
		}
	}
	return found
}

// beside returns the steps of a case beside its rounds.
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
