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
	// PassRounds is how many rounds of each case a pass over all cases has. Each pass has new peers, because the
	// place of a pool in memory matters.
	PassRounds = 5

	// New peers run for warmTime, or for one run if that is longer, before their first sample. If objects created
	// are reported it is madeTime instead: the goroutine must have been on each P several times.
	warmTime = 500 * time.Microsecond
	madeTime = 4 * time.Millisecond

	// calibrateRuns is about how many samples the first calibration of a peer takes.
	calibrateRuns = 5

	// enough is how many bytes of garbage the sample of a peer that leaves some has: two to four collections. Such
	// a sample is at most longest times Options.Sample long. Beside a heap it has one collection, and is at most
	// heapLongest times as long.
	enough      = 8 << 20
	longest     = 64
	heapLongest = 512

	// littleGarbage: less garbage than this needs no collection.
	littleGarbage = 64 << 10

	// probes is how many runs tell whether a peer leaves garbage.
	probes = 8

	// starts is how many times a sample starts goroutines that wait for each other.
	starts = 8

	// overhead is the whole time divided by the time in samples, as measured.
	overhead = 1.2
)

// Options say how a case is measured.
type Options struct {
	Env    work.Env
	Rounds int           // at least 1
	Sample time.Duration // the length aimed at, for one goroutine
	Rand   *rand.Rand    // the order in a round
	Tick   func(part float64)
}

// run returns the length aimed at for a run of c. These must not matter: waking goroutines takes some microseconds,
// threads beyond the cores wait for the kernel's time slices, and a collection takes 0.2 ms.
func (o Options) run(c work.Case) time.Duration {
	switch {
	case c.Procs > runtime.NumCPU():
		return 64 * o.Sample
	case c.Large:
		return 16 * o.Sample
	case c.Made || c.Long:
		return 8 * o.Sample
	case c.Sweep || c.Heap > 0:
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
	all := o.Rounds*runs(c) + int(o.warming(c)/aim)
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

// Case measures c, in passes, until it has its rounds or ctx ends. A round that ctx cuts off does not count.
func Case(ctx context.Context, c work.Case, o Options) Result {
	s := NewSeries(c, o)
	for done := 0; done < o.Rounds && ctx.Err() == nil; done += PassRounds {
		s.Pass(ctx, min(PassRounds, o.Rounds-done))
		if o.Tick != nil && ctx.Err() == nil {
			o.Tick(float64(min(done+PassRounds, o.Rounds)) / float64(o.Rounds))
		}
	}
	return s.Result
}

// Series is a case that is measured in passes, with other cases in between. So a passing disturbance of the machine
// affects only a part of the rounds of each case.
type Series struct {
	Result Result

	c work.Case
	o Options
	n []int // operations of a run, by impl
}

// NewSeries returns the series of c without rounds.
func NewSeries(c work.Case, o Options) *Series {
	s := &Series{Result: newResult(c, c.Family), c: c, o: o, n: make([]int, len(c.Impls))}
	s.Result.Bars = c.Bars
	s.Result.Metrics = []Metric{PerOp}
	if c.Made {
		s.Result.Metrics = append(s.Result.Metrics, Made)
	}
	return s
}

// Pass adds so many rounds with new peers. Each round takes one sample of every peer, in a new random order. Pass
// returns what it added.
func (s *Series) Pass(ctx context.Context, rounds int) (added Result) {
	defer s.c.Enter()()
	defer work.Forget()
	work.Forget()
	s.Result.Procs = runtime.GOMAXPROCS(0)
	peers := make([]work.Instance, len(s.c.Impls))
	for i, im := range s.c.Impls {
		peers[i] = im.New(s.o.Env)
	}
	runtime.GC() // garbage of earlier peers must not cost these anything
	for i := range peers {
		tidily(func() { s.warm(ctx, i, peers[i].Run) })
	}
	added = s.Result
	added.Rounds = s.o.rounds(ctx, rounds, len(peers), func(i int) Point { return s.sample(peers[i].Run, s.n[i]) })
	s.Result.Rounds = append(s.Result.Rounds, added.Rounds...)
	return added
}

// rounds takes one sample of each of so many peers in each round, in a random order. A round that ctx cuts off does not
// count.
func (o Options) rounds(ctx context.Context, rounds, peers int, sample func(i int) Point) (all [][]Point) {
	for range rounds {
		points := make([]Point, peers)
		for _, i := range o.Rand.Perm(peers) {
			points[i] = sample(i)
		}
		if ctx.Err() != nil {
			break
		}
		all = append(all, points)
	}
	return all
}

// warm warms a new peer up. The first of an impl tells how many operations a run has.
func (s *Series) warm(ctx context.Context, i int, run run) {
	aim, clock := s.o.run(s.c), timed
	if s.c.Made {
		clock = wall // most of it is in the GC
	}
	if s.n[i] == 0 {
		s.n[i] = calibrate(ctx, run, clock, aim)
		s.n[i] = lengthen(run, s.n[i], s.most(aim), s.garbage(), work.Allocated)
		return
	}
	for took := time.Duration(0); took < s.o.warming(s.c) && ctx.Err() == nil; {
		took += max(clock(run, s.n[i]), 1)
	}
}

// sample takes a sample.
func (s *Series) sample(run run, n int) Point {
	var sum work.Sample
	for range runs(s.c) {
		tidily(func() { sum = sum.Add(run(n)) })
	}
	p := Point{Iters: sum.Ops, Values: []float64{sum.PerOp()}}
	if len(s.Result.Metrics) > 1 {
		p.Values = append(p.Values, sum.MadePer1000())
	}
	return p
}

// tidily calls f, and collects the garbage that f leaves, if any. Otherwise a collection that f has begun would
// slow down the next sample, which is another peer's.
func tidily(f func()) {
	before := work.Allocated()
	f()
	if work.Allocated()-before >= littleGarbage {
		runtime.GC()
	}
}

// garbage returns how much garbage a sample of a peer that leaves some should have. Beside a heap each sample
// begins after a collection. Its garbage must cause one more, even if other live data adds three quarters to the
// heap.
func (s *Series) garbage() int { return max(enough, s.c.Heap*7/4) }

// most returns the greatest length of a sample for the sake of its garbage, in runs of about aim.
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

// Sweep measures c at every power of two below the current GOMAXPROCS. The current one has a comparison of its own.
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
