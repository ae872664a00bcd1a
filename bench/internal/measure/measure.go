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
	// MinRounds is how many rounds a comparison is made of at least, if there are so many.
	MinRounds = 15

	// EnoughRounds is how many of a calm machine are enough: of six times new peers, and more.
	EnoughRounds = 2 * MinRounds

	// PassRounds is after how many rounds a case makes its peers anew, for where a
	// pool lies in memory matters, and is otherwise decided once in a run.
	PassRounds = 5

	// warmRuns is how often new peers run before their first sample at least, warmTime how long:
	// the first operations of a thousand pools miss every cache.
	warmRuns = 2
	warmTime = 2 * time.Millisecond

	// calibrateRuns is about how many samples the first calibration of a peer takes.
	calibrateRuns = 5

	// enough is how many bytes of garbage there are in the sample of a peer that leaves some, for two to
	// four collections, or it is longest times Options.Sample. Beside a heap, where a sample is to have
	// just one, none must be cut short before it: the longest takes 45 ms for it, of 64.
	enough      = 8 << 20
	longest     = 64
	heapLongest = 512

	// probes is how many runs tell whether a peer leaves garbage.
	probes = 8

	// starts is how often the goroutines of a sample are started that wait for each other: what
	// they get into then lasts for longer than any sample, so one start more tells more
	// than a longer sample does.
	starts = 8

	// moment is how long a pass waits to begin.
	moment = 2 * time.Millisecond

	// overhead is the part of the time that is not in samples, as measured.
	overhead = 1.2
)

// Options say how a case is measured.
type Options struct {
	Env    work.Env
	Rounds int           // at least 1
	Sample time.Duration // aimed at, for one goroutine
	Rand   *rand.Rand    // the order in a round
	Best   *work.Look    // of the cores so far, which other series add to; nil: each for itself

	Look func(cores int) work.Look // nil: work.LookAt
	Tick func(part float64)
}

// run returns the length aimed at of a run for c. Waking goroutines, which takes some
// microseconds, must not weigh; eight threads on fewer cores wait for the kernel's time slices
// of some milliseconds; a GC takes 0.2 ms.
func (o Options) run(c work.Case) time.Duration {
	switch {
	case c.Procs > runtime.NumCPU():
		return 64 * o.Sample
	case c.Large:
		return 16 * o.Sample
	case c.Made || c.Long:
		return 8 * o.Sample
	case !c.Brief():
		return 4 * o.Sample
	}
	return o.Sample
}

// runs returns how many runs a sample of c is made of.
func runs(c work.Case) int {
	if c.Long {
		return starts
	}
	return 1
}

// Planned returns about how long Case takes.
func (o Options) Planned(c work.Case) time.Duration { return o.PassPlanned(c, true) }

// PassPlanned returns about how long a pass of o.Rounds takes, with the calibration if it
// is the first.
func (o Options) PassPlanned(c work.Case, first bool) time.Duration {
	aim := o.run(c)
	all := o.Rounds*runs(c) + runsOf(aim)*((o.Rounds+PassRounds-1)/PassRounds)
	if first {
		all += calibrateRuns
	}
	return time.Duration(overhead * float64(len(c.Impls)*all) * float64(aim))
}

// runsOf returns how many runs of about d warm a peer up, at most.
func runsOf(d time.Duration) int { return max(warmRuns, int(warmTime/d)) }

// Case measures c until it has its rounds or ctx ends; a round that ctx cuts off
// does not count.
func Case(ctx context.Context, c work.Case, o Options) Result {
	s := NewSeries(c, o)
	s.Pass(ctx, o.Rounds, 0)
	return s.Result
}

// Series is a case that is measured in passes, other cases in between: what a machine
// does for a while then meets a part of the rounds of each.
type Series struct {
	Result Result

	c work.Case
	o Options
	n []int // operations of a run, by impl
}

// NewSeries returns the series of c without rounds.
func NewSeries(c work.Case, o Options) *Series {
	s := &Series{Result: newResult(c, c.Family), c: c, o: o, n: make([]int, len(c.Impls))}
	s.Result.Bars, s.Result.Best = c.Bars, o.Best
	if s.Result.Best == nil {
		s.Result.Best = new(work.Look)
	}
	if s.o.Look == nil {
		s.o.Look = work.LookAt
	}
	s.Result.Metrics = []Metric{PerOp}
	if c.Made {
		s.Result.Metrics = append(s.Result.Metrics, Made)
	}
	return s
}

// Pass adds so many rounds, and reports whether it did. With patience it does nothing where the machine is
// disturbed for a moment, and each sample waits so long at most for one that is not; where that
// is not enough the round does not count, and is the last.
func (s *Series) Pass(ctx context.Context, rounds int, patience time.Duration) (done bool) {
	defer s.c.Enter()()
	if patience > 0 && !s.await(time.Now().Add(moment)) {
		return false
	}
	s.Result.Procs = runtime.GOMAXPROCS(0)
	var (
		peers = make([]work.Instance, len(s.c.Impls))
		aim   = s.o.run(s.c)
		clock = timed
	)
	if s.c.Made {
		clock = wall // most of it is in the GC
	}
	defer work.Forget()
	for round := range rounds {
		if ctx.Err() != nil {
			break
		}
		if round%PassRounds == 0 {
			work.Forget()
			for i, im := range s.c.Impls {
				peers[i] = im.New(s.o.Env)
			}
			runtime.GC() // what the last ones left is nobody's cost
			for i := range peers {
				if s.n[i] == 0 {
					s.n[i] = calibrate(ctx, peers[i].Run, clock, aim)
					s.n[i] = lengthen(peers[i].Run, s.n[i], s.most(aim), s.garbage(), work.Allocated)
				} else {
					s.n[i] = warm(peers[i].Run, clock, s.n[i], aim)
				}
			}
		}
		points := make([]Point, len(peers))
		for _, i := range s.o.Rand.Perm(len(peers)) {
			var ok bool
			points[i], ok = s.sample(peers[i].Run, s.n[i], patience)
			if !ok {
				return false
			}
		}
		if ctx.Err() == nil {
			s.Result.Rounds = append(s.Result.Rounds, points)
			for _, p := range points {
				*s.Result.Best = s.Result.Best.Best(p.Look)
			}
		}
		if s.o.Tick != nil {
			s.o.Tick(float64(round+1) / float64(rounds))
		}
	}
	return true
}

// sample takes a sample. With patience it takes another where it is disturbed, until one is not or the
// time is up, which it reports. Whether it is disturbed does not depend on what is measured, so
// that no peer gains.
func (s *Series) sample(run run, n int, patience time.Duration) (p Point, ok bool) {
	var sum work.Sample
	until := time.Now().Add(patience)
	for range runs(s.c) {
		got, look := s.looked(run, n)
		for patience > 0 && !look.Calm(*s.Result.Best) {
			if !s.await(until) {
				return p, false
			}
			got, look = s.looked(run, n)
		}
		sum, p.Look = sum.Add(got), p.Look.Worst(look)
	}
	p.Iters, p.Values = sum.Ops, []float64{sum.PerOp()}
	if len(s.Result.Metrics) > 1 {
		p.Values = append(p.Values, sum.MadePer1000())
	}
	return p, true
}

// looked runs once between two looks at the cores.
func (s *Series) looked(run run, n int) (work.Sample, work.Look) {
	if s.c.Heap > 0 {
		runtime.GC()
	}
	look := s.look()
	before := work.Allocated()
	got := run(n)
	if work.Allocated()-before < work.LittleGarbage {
		look = look.Worst(s.look())
	}
	return got, look
}

func (s *Series) look() work.Look { return s.o.Look(s.c.Cores()) }

// await waits until the cores are not disturbed, but no longer than until, and reports whether they
// are not.
func (s *Series) await(until time.Time) bool {
	for !s.look().Calm(*s.Result.Best) {
		if time.Now().After(until) {
			return false
		}
	}
	return true
}

// garbage returns how much garbage is to be in a sample of a peer that leaves some: beside a heap, where
// each sample begins after a collection, as much as makes one more, be what else there is on the heap
// up to three quarters of that.
func (s *Series) garbage() int { return max(enough, s.c.Heap*7/4) }

// most returns how many runs of about aim a sample may be as long as for its garbage.
func (s *Series) most(aim time.Duration) int {
	if s.c.Heap > 0 {
		return int(heapLongest * s.o.Sample / aim)
	}
	return int(longest * s.o.Sample / aim)
}

// lengthen returns n, the operations of a run, or up to times as many where they leave
// garbage, as the bytes allocated so far tell; not where it would be less than a quarter all the same.
func lengthen(run run, n, times, garbage int, allocated func() uint64) int {
	if times < 2 {
		return n
	}
	before := allocated()
	run(probes * n)
	each := float64(allocated()-before) / float64(probes*n) // bytes an operation
	switch most := times * n; {
	case each*float64(most) < float64(garbage)/4:
		return n
	default:
		return min(max(n, int(float64(garbage)/each)), most)
	}
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
// about d, as clock tells of a run.
//
// What counts is the shortest of some runs: one alone may have waited for the
// machine, and a number found too small gives samples of nothing but overhead.
func calibrate(ctx context.Context, run run, clock func(run, int) time.Duration, d time.Duration) int {
	const (
		runs  = 4
		limit = 1 << 30
	)
	n := 64
	for ctx.Err() == nil {
		factor := float64(d) / float64(shortest(run, clock, n, runs))
		if factor <= 2 || n >= limit {
			return max(int(float64(n)*factor), 1)
		}
		n = int(float64(n) * min(factor, 8)) // and see, for the first operations are slow
	}
	return n
}

// warm warms a new instance up and returns n, or more where that took less than d: on a
// busy machine calibrate may have found too small a number, and not the same for all
// peers, which then bear the cost of starting goroutines unlike.
func warm(run run, clock func(run, int) time.Duration, n int, d time.Duration) int {
	least := max(clock(run, n), 1)
	for runs, took := 1, least; runs < runsOf(d) && (runs < warmRuns || took < warmTime); runs++ {
		t := clock(run, n)
		least = max(min(least, t), 1)
		took += t
	}
	factor := float64(d) / float64(least)
	return int(float64(n) * min(max(factor, 1), 2)) // doubled at most, should the clock have erred
}

// shortest returns the length of the shortest of some runs, 1 ns at least.
func shortest(run run, clock func(run, int) time.Duration, n, runs int) time.Duration {
	least := clock(run, n)
	for range runs - 1 {
		least = min(least, clock(run, n))
	}
	return max(least, 1)
}
