package main

import (
	"context"
	"math/rand/v2"
	"slices"
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

	cases  []work.Case
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
	o := measure.Options{Env: c.env, Sample: c.sample, Rand: rng, Look: c.look, Best: new(work.Look)}
	m := &runner{config: c, record: r, cases: cases, at: make([]int, len(cases)), rng: rng, end: time.Now().Add(c.limit)}
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
		s := web.Options{Env: c.env, Workload: w, Rounds: c.webRounds, Sample: c.webSample, Rand: rng}
		steps = append(steps, step{w.Name, s.Planned(), func(ctx context.Context) {
			s.Tick = func(part float64) {
				tick(part)
				m.calmly(ctx)
			}
			result, err := web.Run(ctx, s)
			r.add(result)
			if ctx.Err() == nil {
				r.errs = append(r.errs, err)
			}
		}})
	}
	for i, s := range steps {
		steps[i].run = func(ctx context.Context) {
			m.calmly(ctx)
			s.run(ctx)
		}
	}
	if more := c.more * time.Duration(len(cases)); more > 0 {
		steps = append(steps, step{"more rounds", more, func(ctx context.Context) { m.improve(ctx, more, tick) }})
	}
	return steps
}

func (m *runner) shuffle() {
	m.rng.Shuffle(len(m.order), func(i, j int) { m.order[i], m.order[j] = m.order[j], m.order[i] })
}

// pass adds rounds to a case, and reports whether it did: see [measure.Series.Pass].
func (m *runner) pass(ctx context.Context, i, rounds int, patience time.Duration) bool {
	s := m.series[i]
	first := len(s.Result.Rounds) == 0
	done := s.Pass(ctx, rounds, patience)
	if first {
		m.at[i] = len(m.results)
		m.add(s.Result)
	} else {
		m.extend(m.at[i], s.Result)
	}
	return done
}

// calmly adds passes to the cases without enough rounds in a calm machine, as long as it is calm: at first
// until all have those of a comparison, and of a kind at a time. It does nothing in a run of so many rounds and
// no more.
func (m *runner) calmly(ctx context.Context) {
	if m.more == 0 {
		return
	}
	for _, enough := range []int{measure.MinRounds, measure.EnoughRounds} {
		for k := crowded; k <= other; k++ {
			for m.calmlyOf(ctx, k, enough) {
			}
		}
	}
}

// calmlyOf adds one to each of a kind, until one of them meets a machine that is not calm, and reports whether none
// did and there was one. Cases take turns, so that a moment has no more of the rounds of one than need be.
func (m *runner) calmlyOf(ctx context.Context, k kind, enough int) (more bool) {
	m.shuffle()
	for _, i := range m.order {
		if kindOf(m.cases[i]) != k || len(m.series[i].Result.Rounds) == 0 || !m.disturbed(i, enough) {
			continue
		}
		if ctx.Err() != nil || time.Now().After(m.end) || !m.series[i].Calm() || !m.pass(ctx, i, measure.Renewed(m.cases[i]), patience) {
			return false
		}
		more = true
	}
	return more
}

// improve adds passes to the cases with a wide interval, in turns. Those for which it is worth while wait
// for a calm machine, but give way to the next where it is not for more than a moment, so that
// those that do not wait get that time; where all have given way, one is measured as the machine is.
// How calm it is or wide says nothing about which side of it is better.
func (m *runner) improve(ctx context.Context, planned time.Duration, tick func(part float64)) {
	start := time.Now()
	if end := start.Add(planned); end.Before(m.end) {
		m.end = end
	}
	for gaveWay := 0; ; {
		m.shuffle()
		bad := slices.DeleteFunc(slices.Clone(m.order), func(i int) bool { return !m.bad(i) })
		if len(bad) == 0 {
			return
		}
		for _, i := range bad {
			wait := patience
			if !m.waits(i) || gaveWay >= len(bad) {
				wait = 0
			}
			gaveWay++
			for turn := time.Duration(0); turn < turnTime && m.bad(i); gaveWay = 0 {
				m.calmly(ctx)
				tick(float64(time.Since(start)) / float64(planned))
				pass := time.Now()
				if ctx.Err() != nil || pass.After(m.end) {
					return
				}
				if !m.pass(ctx, i, measure.Renewed(m.cases[i]), wait) {
					break
				}
				turn += time.Since(pass)
			}
		}
	}
}

// kind is what a case needs of a machine to call it calm. In this order they get what there is of that.
type kind int

const (
	crowded kind = iota // all cores, which are rarely calm at a time
	brief               // one core, for the 0.1 ms of a sample
	other               // one core for longer
)

func kindOf(c work.Case) kind {
	switch {
	case c.Crowded():
		return crowded
	case c.Brief():
		return brief
	}
	return other
}

// waits reports whether it is worth while for a case to wait for a calm machine: for a brief one; for
// others where a part of the rounds so far of those of their kind have met one.
func (m *runner) waits(i int) bool {
	k := kindOf(m.cases[i])
	if k == brief {
		return true
	}
	calm, all := 0, 0
	for j, c := range m.cases {
		if kindOf(c) == k && c.Cores() > 0 {
			r := m.series[j].Result
			calm, all = calm+r.CalmRounds(), all+len(r.Rounds)
		}
	}
	return calm*waitsFrom >= all
}

// disturbed reports whether a case has not had enough rounds in a calm machine, nor the most there may be; never
// where nobody looks.
func (m *runner) disturbed(i, enough int) bool {
	r := m.series[i].Result
	return m.cases[i].Cores() > 0 && len(r.Rounds) < mostRounds && r.CalmRounds() < enough
}

// bad reports whether more rounds of a case would be good.
func (m *runner) bad(i int) bool {
	r := m.series[i].Result
	return m.disturbed(i, measure.EnoughRounds) && m.waits(i) || len(r.Rounds) < mostRounds && !report.Narrow(r, m.narrow)
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
