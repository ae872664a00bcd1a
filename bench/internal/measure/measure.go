package measure

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

const (
	// MinRounds is what a case gets whatever the time it takes.
	MinRounds = 15

	// instances is how often a case makes its peers anew, for where a pool lies
	// in memory matters, and is otherwise decided once in a run.
	instances = 6

	// patience is how many times the time planned a case may take before it
	// stops at MinRounds or more: on a busy machine the run still ends.
	patience = 1.4

	// overhead is the part of the time that is not in samples, as measured.
	overhead = 1.1
)

// Options say how a case is measured.
type Options struct {
	Env    work.Env
	Rounds int           // at least 1
	Sample time.Duration // aimed at, for one goroutine
	Rand   *rand.Rand    // the order in a round
	Tick   func(part float64)
}

// sample returns the length aimed at for c. Waking goroutines, which takes some
// microseconds, must not weigh; eight threads on fewer cores wait for the
// kernel's time slices of some milliseconds; a GC takes 0.2 ms.
func (o Options) sample(c work.Case) time.Duration {
	switch {
	case c.Procs > runtime.NumCPU() || c.Made:
		return 4 * o.Sample
	case c.Long:
		return 2 * o.Sample
	}
	return o.Sample
}

// Planned returns about how long Case takes.
func (o Options) Planned(c work.Case) time.Duration {
	samples := float64(len(c.Impls) * (o.Rounds + 6*min(instances, o.Rounds)))
	return time.Duration(overhead * samples * float64(o.sample(c)))
}

// Case measures c until it has its rounds or ctx ends; a round that ctx cuts off
// does not count.
func Case(ctx context.Context, c work.Case, o Options) Result {
	defer c.Enter()()
	r := newResult(c, c.Family)
	r.Bars = c.Bars
	r.Metrics = []Metric{PerOp}
	if c.Made {
		r.Metrics = append(r.Metrics, Made)
	}
	var (
		peers   = make([]work.Instance, len(c.Impls))
		n       = make([]int, len(c.Impls))
		again   = max((o.Rounds+instances-1)/instances, 1)
		planned = o.Planned(c)
		start   = time.Now()
		clock   = timed
	)
	if c.Made {
		clock = wall // most of it is in the GC
	}
	for round := range o.Rounds {
		if ctx.Err() != nil || round >= MinRounds && time.Since(start) > time.Duration(patience*float64(planned)) {
			break
		}
		if round%again == 0 {
			for i, im := range c.Impls {
				peers[i] = im.New(o.Env)
			}
			runtime.GC() // what the last ones left is nobody's cost
			for i := range peers {
				n[i] = calibrate(ctx, peers[i].Run, clock, n[i], o.sample(c))
			}
		}
		points := make([]Point, len(peers))
		for _, i := range o.Rand.Perm(len(peers)) {
			points[i] = point(peers[i].Run(n[i]), r.Metrics)
		}
		if ctx.Err() == nil {
			r.Rounds = append(r.Rounds, points)
		}
		if o.Tick != nil {
			o.Tick(float64(round+1) / float64(o.Rounds))
		}
	}
	return r
}

// newResult returns a Result of c without rounds, its samples named after family.
func newResult(c work.Case, family string) Result {
	r := Result{
		Case:  c.Name(),
		Bench: fmt.Sprintf("%s/impl=%%s/workload=%s/size=%d", family, c.Workload, c.Size),
		Procs: runtime.GOMAXPROCS(0),
	}
	for _, im := range c.Impls {
		r.Impls = append(r.Impls, im.Name)
	}
	return r
}

// Sweep measures c at every power of two below the current GOMAXPROCS, and at no
// other: at the current one it is a comparison of its own.
func Sweep(ctx context.Context, c work.Case, o Options) []Result {
	var results []Result
	for procs := 1; procs < runtime.GOMAXPROCS(0); procs *= 2 {
		at := c
		at.Procs, at.Long = procs, true
		r := Case(ctx, at, o)
		r.Kind, r.Bars = Swept, nil
		results = append(results, r)
	}
	return results
}

// SweepPlanned returns about how long Sweep takes.
func (o Options) SweepPlanned(c work.Case) time.Duration {
	var d time.Duration
	c.Long = true
	for procs := 1; procs < runtime.GOMAXPROCS(0); procs *= 2 {
		d += o.Planned(c)
	}
	return d
}

// point puts a sample under its metrics.
func point(s work.Sample, metrics []Metric) Point {
	p := Point{Iters: s.Ops, Values: []float64{s.PerOp()}}
	if len(metrics) > 1 {
		p.Values = append(p.Values, s.MadePer1000())
	}
	return p
}

// run is work.Instance.Run.
type run = func(n int) work.Sample

// timed is the length of a run that it measures itself: without, say, the wait
// for other goroutines to start.
func timed(run run, n int) time.Duration { return run(n).Elapsed }

// wall is the length of a run with what it does not measure.
func wall(run run, n int) time.Duration {
	start := time.Now()
	run(n)
	return time.Since(start)
}

// calibrate warms an instance up and returns the number of operations that takes
// about d, as clock tells of a run. n is a first guess, 0 if there is none.
//
// What counts is the shortest of some runs: one alone may have waited for the
// machine, and a number found too small gives samples of nothing but overhead.
func calibrate(ctx context.Context, run run, clock func(run, int) time.Duration, n int, d time.Duration) int {
	const (
		runs  = 4
		limit = 1 << 30
	)
	n = max(n, 64)
	for ctx.Err() == nil {
		shortest := time.Duration(1<<63 - 1)
		for range runs {
			shortest = min(shortest, clock(run, n))
		}
		factor := float64(d) / float64(max(shortest, 1))
		if factor <= 2 || n >= limit {
			return max(int(float64(n)*factor), 1)
		}
		n = int(float64(n) * min(factor, 8)) // and see, for the first operations are slow
	}
	return n
}
