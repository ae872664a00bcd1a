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

	// EnoughRounds is how many of a calm machine are enough: of twelve times new peers, and more.
	EnoughRounds = 4 * MinRounds

	// PassRounds is how many rounds a pass over all cases has of each.
	PassRounds = 5

	// warmTime is how long new peers run before their first sample, or one run, and madeTime where the
	// objects made are reported: the goroutine must have been on each P some times.
	warmTime = 500 * time.Microsecond
	madeTime = 4 * time.Millisecond

	// calibrateRuns is about how many samples the first calibration of a peer takes.
	calibrateRuns = 5

	// enough is how many bytes of garbage there are in the sample of a peer that leaves some, for two to
	// four collections, or it is longest times Options.Sample. Beside a heap, where a sample is to have
	// just one, none must be cut short before it: the longest takes 45 ms for it, of 64.
	enough      = 8 << 20
	longest     = 64
	heapLongest = 512

	// littleGarbage is how many bytes need no collection.
	littleGarbage = 64 << 10

	// probes is how many runs tell whether a peer leaves garbage.
	probes = 8

	// starts is how often the goroutines of a sample are started that wait for each other: what
	// they get into then lasts for longer than any sample, so one start more tells more
	// than a longer sample does.
	starts = 8

	// moment is how long a pass waits to begin.
	moment = 500 * time.Microsecond

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

// Renewed returns after how many rounds of c its peers are made anew, for where a pool lies in memory matters, and is
// otherwise decided once in a run: after each where a round takes much longer than that does.
func Renewed(c work.Case) int {
	if c.Long {
		return 1
	}
	return PassRounds
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
	all := o.Rounds*runs(c) + int(o.warming(c)/aim)*((o.Rounds+Renewed(c)-1)/Renewed(c))
	if first {
		all += calibrateRuns
	}
	return time.Duration(overhead * float64(len(c.Impls)*all) * float64(aim))
}

// warming returns how long new peers of c run before their first sample.
func (o Options) warming(c work.Case) time.Duration {
	least := warmTime
	if c.Made {
		least = madeTime
	}
	return max(least, o.run(c))
}

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

	c   work.Case
	o   Options
	n   []int     // operations of a run, by impl
	now work.Look // the look just taken; zero: none
}

// NewSeries returns the series of c without rounds.
func NewSeries(c work.Case, o Options) *Series {
	s := &Series{Result: newResult(c, c.Family), c: c, o: o, n: make([]int, len(c.Impls))}
	s.Result.Bars, s.Result.Best, s.Result.Littering = c.Bars, o.Best, make([]bool, len(c.Impls))
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
// is not enough it and those after it are taken as the machine is.
func (s *Series) Pass(ctx context.Context, rounds int, patience time.Duration) bool {
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
	waits := patience > 0
	defer work.Forget()
	for round := range rounds {
		if ctx.Err() != nil {
			break
		}
		if round%Renewed(s.c) == 0 {
			work.Forget()
			for i, im := range s.c.Impls {
				peers[i] = im.New(s.o.Env)
			}
			runtime.GC() // what the last ones left is nobody's cost
			for i := range peers {
				tidily(func() {
					if s.n[i] == 0 {
						s.n[i] = calibrate(ctx, peers[i].Run, clock, aim)
						s.n[i] = lengthen(peers[i].Run, s.n[i], s.most(aim), s.garbage(), work.Allocated)
						s.Result.Littering[i] = s.c.Brief() && i > 0 && litters(func() { peers[i].Run(s.n[i]) })
					} else {
						s.n[i] = warm(peers[i].Run, clock, s.n[i], aim, s.o.warming(s.c))
					}
				})
			}
			s.now = work.Look{}
		}
		points := make([]Point, len(peers))
		for _, i := range s.o.Rand.Perm(len(peers)) {
			var ok bool
			if s.Result.Littering[i] {
				points[i], _ = s.sample(peers[i].Run, s.n[i], work.AllCores(), 0)
			} else if points[i], ok = s.sample(peers[i].Run, s.n[i], s.c.Cores(), patience); !ok {
				patience = 0
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
	return waits == (patience > 0)
}

// sample takes a sample. With patience it takes another where it is disturbed, until one is not or, which it
// reports, the time is up. Whether it is disturbed does not depend on what is
// measured, so that no peer gains.
func (s *Series) sample(run run, n, cores int, patience time.Duration) (p Point, ok bool) {
	var sum work.Sample
	until := time.Now().Add(patience)
	ok = true
	for range runs(s.c) {
		got, look := s.looked(run, n, cores)
		for ok && patience > 0 && !look.Calm(*s.Result.Best) {
			if ok = s.await(until); ok {
				got, look = s.looked(run, n, cores)
			}
		}
		sum, p.Look = sum.Add(got), p.Look.Worst(look)
	}
	p.Iters, p.Values = sum.Ops, []float64{sum.PerOp()}
	if len(s.Result.Metrics) > 1 {
		p.Values = append(p.Values, sum.MadePer1000())
	}
	return p, ok
}

// looked runs once between two looks at so many cores, the first of which may be that after the run before.
func (s *Series) looked(run run, n, cores int) (got work.Sample, look work.Look) {
	if s.now == (work.Look{}) || cores != s.c.Cores() {
		s.now = s.o.Look(cores)
	}
	look, s.now = s.now, work.Look{}
	if !tidily(func() { got = run(n) }) {
		s.now = s.o.Look(cores)
	}
	return got, look.Worst(s.now)
}

// tidily calls f and, where that leaves garbage, collects it, which it reports. A collection that f has
// begun would else slow down what comes next, a sample of another peer, say, and would not be seen by the looks.
func tidily(f func()) (collected bool) {
	collected = litters(f)
	if collected {
		runtime.GC()
	}
	return collected
}

// litters calls f and reports whether that leaves garbage.
func litters(f func()) bool {
	before := work.Allocated()
	f()
	return work.Allocated()-before >= littleGarbage
}

// Calm looks at the cores and reports whether they are not disturbed.
func (s *Series) Calm() bool {
	s.now = s.o.Look(s.c.Cores())
	return s.now.Calm(*s.Result.Best)
}

// await waits until the cores are not disturbed, but no longer than until, and reports whether they
// are not.
func (s *Series) await(until time.Time) bool {
	for !s.Calm() {
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
