package main

import (
	"context"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/work"
)

// fake is a case of all cores, with two peers whose operations take 1 ns, or what noise says, of
// the second.
func fake(name string, noise func() float64) work.Case {
	c := work.Case{Workload: name, Size: 1, Family: "Pool", Sweep: true}
	for _, impl := range []string{"plunge", "sync.Pool"} {
		c.Impls = append(c.Impls, work.Impl{Name: impl, New: func(work.Env) work.Instance {
			return work.Instance{Workers: 1, Run: func(n int) work.Sample {
				s := work.Sample{Ops: n, Elapsed: time.Duration(n)}
				if impl != "plunge" {
					s.Elapsed = time.Duration(float64(n) * noise())
				}
				return s
			}}
		}})
	}
	return c
}

// TestImprove: a case with wide intervals gets more rounds until the most or until the time is up,
// one with narrow intervals those in a calm machine, if any, and the raw samples have them all.
func TestImprove(t *testing.T) {
	steady := fake("steady", func() float64 { return 2 })
	rng := rand.New(rand.NewPCG(1, 1))
	noisy := fake("noisy", func() float64 { return math.Exp(3 * rng.NormFloat64()) })
	for _, limit := range []time.Duration{time.Hour, 0} {
		c := config{rounds: defaultRounds, sample: time.Microsecond, more: 10 * time.Minute, narrow: 0.05, limit: limit, memoryRounds: 1, seed: 1, look: func(int) work.Look { return work.Look{Word: 1000, Sums: 1000} }}
		r := record{raw: report.NewRaw(io.Discard, nil)}
		last := 0.0
		for _, s := range c.steps([]work.Case{steady, noisy}, nil, &r, func(part float64) { last = part }) {
			s.run(context.Background())
		}
		got := map[string]int{}
		for _, result := range r.results {
			if result.Kind == measure.Main {
				got[result.Case] = len(result.Rounds)
			}
		}
		const pass = measure.PassRounds
		steady, noisy := [2]int{defaultRounds, defaultRounds + measure.EnoughRounds + pass}, [2]int{mostRounds, mostRounds + pass}
		if limit == 0 {
			steady, noisy = [2]int{defaultRounds, defaultRounds}, [2]int{defaultRounds, defaultRounds}
		}
		if s, n := got["steady"], got["noisy"]; s < steady[0] || s > steady[1] || n < noisy[0] || n > noisy[1] {
			t.Errorf("within %v: got %v, want %v and %v", limit, got, steady, noisy)
		}
		if slices.ContainsFunc(r.errs, func(err error) bool { return err != nil }) || last <= 0 {
			t.Errorf("within %v: got %v, part %v", limit, r.errs, last)
		}
	}
}

// waiting returns a runner of the cases with rounds in a disturbed machine, so many cores of which are calm
// from then on.
func waiting(calm *int, cases ...work.Case) *runner {
	best, disturbed := work.Look{Word: 1000, Sums: 1000}, work.Look{Word: 2000, Sums: 2000}
	o := measure.Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1)), Best: &best, Look: func(cores int) work.Look {
		if cores <= *calm {
			return best
		}
		return disturbed
	}}
	m := &runner{
		config: &config{more: time.Hour, narrow: 0.05}, record: &record{raw: report.NewRaw(io.Discard, nil)}, cases: cases,
		at: make([]int, len(cases)), rng: o.Rand, end: time.Now().Add(time.Hour),
	}
	for i, c := range cases {
		m.series, m.order = append(m.series, measure.NewSeries(c, o)), append(m.order, i)
		m.pass(context.Background(), i, measure.MinRounds, 0)
	}
	return m
}

// TestCalmly: when a core is calm the cases of one get enough rounds, and when all are a crowded one does.
func TestCalmly(t *testing.T) {
	steady := func() float64 { return 2 }
	brief, crowded, collected := fake("brief", steady), fake("crowded", steady), fake("collected", steady)
	brief.Sweep, collected.Sweep = false, false
	collected.Heap = 1
	calm := 0
	m := waiting(&calm, brief, crowded, collected)
	const few, all = measure.MinRounds, measure.MinRounds + measure.EnoughRounds
	for _, step := range []struct {
		calm int
		want [3]int
	}{{0, [3]int{few, few, few}}, {1, [3]int{all, few, all}}, {work.AllCores(), [3]int{all, all, all}}} {
		if step.calm == 1 && work.AllCores() == 1 {
			continue
		}
		calm = step.calm
		m.calmly(context.Background())
		var got [3]int
		for i, s := range m.series {
			got[i] = len(s.Result.Rounds)
		}
		if got != step.want {
			t.Errorf("%d calm cores: got %v rounds, want %v", calm, got, step.want)
		}
	}
}

// TestGiveWay: where all cases wait for a machine that is never calm one is measured as it is.
func TestGiveWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	noisy := func() float64 { return math.Exp(3 * rng.NormFloat64()) }
	brief, other := fake("brief", noisy), fake("other", noisy)
	brief.Sweep, other.Sweep = false, false
	calm := 0
	m := waiting(&calm, brief, other)
	m.improve(context.Background(), 50*time.Millisecond, func(float64) {})
	if got := len(m.series[0].Result.Rounds) + len(m.series[1].Result.Rounds); got == 2*measure.MinRounds {
		t.Error("got no more rounds")
	}
}
