package measure

import (
	"context"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// fake is a case whose peers note that they ran.
func fake(ran *[]string, names ...string) work.Case {
	c := work.Case{Workload: "fake", Size: 2, Family: "Pool", Made: true}
	for i, name := range names {
		c.Impls = append(c.Impls, work.Impl{Name: name, New: func(work.Env) work.Instance {
			return work.Instance{Workers: 1, Run: func(n int) work.Sample {
				*ran = append(*ran, name)
				d := time.Duration(n * (i + 1))
				time.Sleep(d)
				return work.Sample{Ops: n, Elapsed: d, Made: int64(n)}
			}}
		}})
	}
	return c
}

func TestCase(t *testing.T) {
	var ran []string
	ticked := 0.0
	r := Case(context.Background(), fake(&ran, "a", "b"), Options{
		Rounds: 3, Sample: time.Millisecond, Rand: rand.New(rand.NewPCG(1, 1)),
		Tick: func(part float64) { ticked = part },
	})
	if got, want := r.Impls, []string{"a", "b"}; !slices.Equal(got, want) {
		t.Errorf("impls: got %v, want %v", got, want)
	}
	if len(r.Rounds) != 3 || ticked != 1 {
		t.Errorf("got %d rounds, the last tick %v, want 3 and 1", len(r.Rounds), ticked)
	}
	if got, want := r.Column(1, 0), []float64{2, 2, 2}; !slices.Equal(got, want) {
		t.Errorf("ns/op of b: got %v, want %v", got, want)
	}
	if got, want := r.Column(0, 1), []float64{1000, 1000, 1000}; !slices.Equal(got, want) {
		t.Errorf("made/kop of a: got %v, want %v", got, want)
	}
	if r.Bench != "Pool/impl=%s/workload=fake/size=2" {
		t.Errorf("got %q", r.Bench)
	}
}

// TestInterrupt shows that a round cut off does not count.
func TestInterrupt(t *testing.T) {
	var ran []string
	ctx, cancel := context.WithCancel(context.Background())
	r := Case(ctx, fake(&ran, "a", "b"), Options{
		Rounds: 100, Sample: time.Millisecond, Rand: rand.New(rand.NewPCG(1, 1)),
		Tick: func(part float64) {
			if part >= 0.05 {
				cancel()
			}
		},
	})
	if len(r.Rounds) != 5 {
		t.Errorf("got %d rounds, want 5", len(r.Rounds))
	}
}

// busy is a run of operations of 10 ns; every third meets a busy machine.
func busy() run {
	runs := 0
	return func(n int) work.Sample {
		d := time.Duration(n) * 10 * time.Nanosecond
		if runs++; runs%3 == 0 {
			d += 5 * time.Millisecond
		}
		return work.Sample{Ops: n, Elapsed: d}
	}
}

// TestCalibrate shows that warming up gives samples of about the length wanted, also
// if runs meet a busy machine now and then.
func TestCalibrate(t *testing.T) {
	n := calibrate(context.Background(), busy(), timed, time.Millisecond)
	if n < 90_000 || n > 110_000 {
		t.Errorf("got %d operations of 10 ns for 1 ms", n)
	}
}

// TestWarm shows that a number that was found too small grows with the next instances,
// and one that is large enough stays.
func TestWarm(t *testing.T) {
	for _, c := range []struct{ n, want int }{{10_000, 20_000}, {80_000, 100_000}, {100_000, 100_000}, {300_000, 300_000}} {
		if got := warm(busy(), timed, c.n, time.Millisecond); got != c.want {
			t.Errorf("from %d: got %d operations of 10 ns for 1 ms, want %d", c.n, got, c.want)
		}
	}
}

// TestCalibrateEnds shows that an interrupt ends it.
func TestCalibrateEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calibrate(ctx, func(int) work.Sample { cancel(); return work.Sample{} }, timed, time.Hour)
}

// TestSeries shows that passes add up to the rounds, the peers made anew in each.
func TestSeries(t *testing.T) {
	var ran []string
	c := fake(&ran, "a", "b")
	made := 0
	for i := range c.Impls {
		create := c.Impls[i].New
		c.Impls[i].New = func(env work.Env) work.Instance {
			made++
			return create(env)
		}
	}
	s := NewSeries(c, Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1))})
	want := 0
	for _, rounds := range []int{PassRounds - 1, PassRounds + 1} {
		s.Pass(context.Background(), rounds, 0)
		if want += rounds; len(s.Result.Rounds) != want {
			t.Errorf("got %d rounds, want %d", len(s.Result.Rounds), want)
		}
	}
	if want := len(c.Impls) * (1 + 2); made != want {
		t.Errorf("got %d instances, want %d", made, want)
	}
}

// TestSample: a disturbed sample is taken again until one is calm, or until the time is up.
func TestSample(t *testing.T) {
	for _, c := range []struct {
		disturbed, want int // of the first samples; runs
		until           time.Duration
	}{{0, 1, time.Minute}, {1, 2, time.Minute}, {7, 8, time.Minute}, {7, 1, -time.Minute}} {
		runs := 0
		s := sample(func(int) (s work.Sample) {
			if runs++; runs <= c.disturbed {
				s.Disturbed = 1.5
			}
			return s
		}, 1, time.Now().Add(c.until))
		if runs != c.want || (s.Disturbed > 0) != (c.disturbed >= c.want) {
			t.Errorf("%d disturbed, until %v from now: got %d runs, disturbed %v, want %d", c.disturbed, c.until, runs, s.Disturbed, c.want)
		}
	}
}

// TestWaits: only samples of one goroutine that are short wait for a calm machine, and only
// theirs are told from others.
func TestWaits(t *testing.T) {
	for _, c := range []struct {
		made    bool
		workers int
		want    bool
	}{{false, 1, true}, {true, 1, false}, {false, 2, false}} {
		of := work.Case{Workload: "fake", Size: 1, Made: c.made, Impls: []work.Impl{{Name: "a", New: func(work.Env) work.Instance {
			return work.Instance{Workers: c.workers, Run: func(n int) work.Sample {
				return work.Sample{Ops: n, Elapsed: time.Duration(n), Disturbed: 2}
			}}
		}}}}
		s := NewSeries(of, Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1))})
		const patience = time.Millisecond
		start := time.Now()
		s.Pass(context.Background(), 1, patience)
		if got := s.Waits(); got != c.want || got && time.Since(start) < patience {
			t.Errorf("%+v: got %v in %v", c, got, time.Since(start))
		}
		if got := s.Result.Rounds[0][0].Disturbed > 0; got == c.made {
			t.Errorf("%+v: got disturbed %v", c, got)
		}
	}
}

// TestLengthen: the samples of a peer that leaves garbage have some collections, or are as
// long as they may be.
func TestLengthen(t *testing.T) {
	for _, c := range []struct {
		every, want int // operations to a collection; 0: none
	}{{0, 100}, {100_000, 100}, {1600, 1600}, {400, 1600}, {100, 400}, {10, 100}} {
		ops := 0
		got := lengthen(func(n int) work.Sample { ops += n; return work.Sample{} }, 100, 16, func() int {
			if c.every == 0 {
				return 0
			}
			return ops / c.every
		})
		if got != c.want {
			t.Errorf("a collection in %d operations: got %d, want %d", c.every, got, c.want)
		}
	}
	if before := collections(); func() int { runtime.GC(); return collections() }() <= before {
		t.Errorf("after a collection: got %d of them, want more than %d", collections(), before)
	}
}

// TestCalm: what is disturbed for one of the two is left out where enough is left; where most of
// so many rounds are calm the least disturbed are added; and where few are, all.
func TestCalm(t *testing.T) {
	const all = 3 * MinRounds
	for _, c := range []struct {
		rounds, calm, want int
		ok                 bool
	}{
		{all, all, all, true},
		{all, MinRounds + 1, MinRounds + 1, true},
		{all, MinRounds, MinRounds, true},
		{all, MinRounds - 1, MinRounds, false},
		{all, MinRounds/2 + 1, MinRounds, false},
		{all, MinRounds / 2, all, false},
		{all, 0, all, false},
		{4, 4, 4, true},
		{4, 3, 4, false},
		{0, 0, 0, true},
	} {
		var in Result
		for i := range c.rounds { // the last are the calm ones, before them those disturbed least
			disturbed := max(float64(c.rounds-c.calm-i), 0)
			in.Rounds = append(in.Rounds, []Point{{Iters: i}, {Disturbed: 100}, {Disturbed: disturbed}})
		}
		got, ok := in.Calm(0, 2)
		lowest := c.rounds
		for _, round := range got.Rounds {
			lowest = min(lowest, round[0].Iters)
		}
		if len(got.Rounds) != c.want || lowest != c.rounds-c.want || ok != c.ok {
			t.Errorf("%d of %d calm: got %d rounds from %d on, %v, want %d, %v", c.calm, c.rounds, len(got.Rounds), lowest, ok, c.want, c.ok)
		}
		if len(in.Rounds) != c.rounds || c.rounds > 0 && in.Rounds[0][0].Iters != 0 {
			t.Errorf("%d of %d calm: the rounds themselves were changed", c.calm, c.rounds)
		}
	}
}
