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

// fake is a case, which does not wait for a calm machine, of two peers whose operations take 1 ns,
// or what noise says, of the second.
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
// one with narrow intervals no others, and the raw samples have them all.
func TestImprove(t *testing.T) {
	steady := fake("steady", func() float64 { return 2 })
	rng := rand.New(rand.NewPCG(1, 1))
	noisy := fake("noisy", func() float64 { return math.Exp(3 * rng.NormFloat64()) })
	for _, limit := range []time.Duration{time.Hour, 0} {
		c := config{rounds: defaultRounds, sample: time.Microsecond, more: 10 * time.Minute, narrow: 0.05, limit: limit, memoryRounds: 1, seed: 1}
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
		want := mostRounds
		if limit == 0 {
			want = defaultRounds
		}
		if got["steady"] != defaultRounds || got["noisy"] != want {
			t.Errorf("within %v: got %v, want %d and %d", limit, got, defaultRounds, want)
		}
		if slices.ContainsFunc(r.errs, func(err error) bool { return err != nil }) || last <= 0 {
			t.Errorf("within %v: got %v, part %v", limit, r.errs, last)
		}
	}
}

// waiting returns a runner of the cases with rounds in a disturbed machine, which is calm, or is
// not, as calm says from then on.
func waiting(calm *bool, cases ...work.Case) *runner {
	best, look := work.Look{Word: 1000, Sums: 1000}, work.Look{Word: 2000, Sums: 2000}
	o := measure.Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1)), Best: &best, Look: func(int) work.Look {
		if *calm {
			return best
		}
		return look
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

// TestCalmly: when the machine is calm a brief case gets enough rounds in it, one with collections where
// it has met it before, and a crowded one none; when it is not, none of them does.
func TestCalmly(t *testing.T) {
	steady := func() float64 { return 2 }
	brief, crowded, collected := fake("brief", steady), fake("crowded", steady), fake("collected", steady)
	brief.Sweep, collected.Sweep = false, false
	collected.Heap = 1
	calm := false
	m := waiting(&calm, brief, crowded, collected)
	got := func() (n [3]int) {
		for i, s := range m.series {
			n[i] = len(s.Result.Rounds)
		}
		return n
	}
	m.calmly(context.Background())
	if want := [3]int{measure.MinRounds, measure.MinRounds, measure.MinRounds}; got() != want {
		t.Errorf("disturbed: got %v rounds, want %v", got(), want)
	}
	calm = true
	m.calmly(context.Background())
	const all = measure.MinRounds + measure.EnoughRounds
	if want := [3]int{all, measure.MinRounds, measure.MinRounds}; got() != want {
		t.Errorf("calm: got %v rounds, want %v", got(), want)
	}
	m.pass(context.Background(), 2, measure.PassRounds, 0) // and so it has met it
	m.calmly(context.Background())
	if want := [3]int{all, measure.MinRounds, all}; got() != want {
		t.Errorf("calm before: got %v rounds, want %v", got(), want)
	}
}

// TestGiveWay: where all cases wait for a machine that is never calm one is measured as it is.
func TestGiveWay(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	noisy := func() float64 { return math.Exp(3 * rng.NormFloat64()) }
	brief, other := fake("brief", noisy), fake("other", noisy)
	brief.Sweep, other.Sweep = false, false
	calm := false
	m := waiting(&calm, brief, other)
	m.improve(context.Background(), 50*time.Millisecond, func(float64) {})
	if got := len(m.series[0].Result.Rounds) + len(m.series[1].Result.Rounds); got == 2*measure.MinRounds {
		t.Error("got no more rounds")
	}
}
