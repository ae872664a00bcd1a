package measure

import (
	"context"
	"math/rand/v2"
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
	brief := NewSeries(work.Case{}, Options{})
	for _, c := range []struct {
		disturbed, want int // of the first samples; runs
		until           time.Duration
	}{{0, 1, time.Minute}, {1, 2, time.Minute}, {7, 8, time.Minute}, {7, 1, -time.Minute}} {
		runs := 0
		s := brief.sample(func(int) (s work.Sample) {
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

// TestStarts: where goroutines wait for each other a sample is made of some runs.
func TestStarts(t *testing.T) {
	ran := 0
	got := NewSeries(work.Case{Long: true}, Options{}).sample(func(n int) work.Sample {
		ran++
		return work.Sample{Ops: n, Elapsed: time.Duration(ran), Made: 2, Disturbed: 2}
	}, 10, time.Now())
	if want := (work.Sample{Ops: 10 * starts, Elapsed: starts * (starts + 1) / 2, Made: 2 * starts}); ran != starts || got != want {
		t.Errorf("got %+v in %d runs, want %+v in %d", got, ran, want, starts)
	}
}

// TestWaits: only samples of one goroutine that are short wait for a calm machine, and only
// theirs are told from others.
func TestWaits(t *testing.T) {
	for _, c := range []struct {
		of   work.Case
		want bool
	}{{work.Case{}, true}, {work.Case{Made: true}, false}, {work.Case{Sweep: true}, false}} {
		of := c.of
		of.Impls = []work.Impl{{Name: "a", New: func(work.Env) work.Instance {
			return work.Instance{Run: func(n int) work.Sample {
				return work.Sample{Ops: n, Elapsed: time.Duration(n), Disturbed: 2}
			}}
		}}}
		s := NewSeries(of, Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1))})
		const patience = time.Millisecond
		start := time.Now()
		s.Pass(context.Background(), 1, patience)
		if got := s.Waits(); got != c.want || got && time.Since(start) < patience {
			t.Errorf("%+v: got %v in %v", c.of, got, time.Since(start))
		}
		if got := s.Result.Rounds[0][0].Disturbed > 0; got != c.want {
			t.Errorf("%+v: got disturbed %v", c.of, got)
		}
	}
}

// TestLengthen: the samples of a peer that leaves garbage have enough of it, or are as long as
// they may be; not if the longest has little.
func TestLengthen(t *testing.T) {
	const n, times = 100, 16
	for _, c := range []struct{ every, want int }{ // operations with enough garbage
		{1 << 30, n}, {5 * times * n, n}, {4 * times * n, times * n}, {times * n, times * n}, {2 * n, 2 * n}, {n / 2, n},
	} {
		ops := uint64(0)
		got := lengthen(func(n int) work.Sample { ops += uint64(n); return work.Sample{} }, n, times, func() uint64 {
			return ops * enough / uint64(c.every)
		})
		if got != c.want {
			t.Errorf("enough garbage in %d operations: got %d, want %d", c.every, got, c.want)
		}
	}
}

// TestCalm: what is disturbed for one of the two is left out where enough is left.
func TestCalm(t *testing.T) {
	const all = 6 * MinRounds
	for _, c := range []struct {
		rounds, calm, want int
		ok                 bool
	}{
		{all, all, all, true},
		{all, calmRounds, calmRounds, true},
		{all, calmRounds - 1, calmRounds - 1, false},
		{all, MinRounds, MinRounds, false},
		{all, MinRounds - 1, all, false},
		{all, 0, all, false},
		{4, 4, 4, true},
		{4, 3, 4, false},
		{0, 0, 0, true},
	} {
		var in Result
		for i := range c.rounds { // the last are the calm ones
			round := []Point{{Iters: i}, {Disturbed: 100}, {}}
			if i < c.rounds-c.calm {
				round[i%2*2].Disturbed = 1.5
			}
			in.Rounds = append(in.Rounds, round)
		}
		got, ok := in.Calm(0, 2)
		if len(got.Rounds) != c.want || ok != c.ok || c.want > 0 && got.Rounds[0][0].Iters != c.rounds-c.want {
			t.Errorf("%d of %d calm: got %d rounds, %v, want %d, %v", c.calm, c.rounds, len(got.Rounds), ok, c.want, c.ok)
		}
		if len(in.Rounds) != c.rounds || c.rounds > 0 && in.Rounds[0] == nil {
			t.Errorf("%d of %d calm: the rounds themselves were changed", c.calm, c.rounds)
		}
	}
}
