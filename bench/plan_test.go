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

// fake is a case of two peers whose operations take 1 ns, or what noise says, of the second.
func fake(name string, noise func() float64) work.Case {
	c := work.Case{Workload: name, Size: 1, Family: "Pool"}
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
