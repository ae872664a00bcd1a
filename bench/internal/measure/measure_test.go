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
	o := Options{Rounds: MinRounds, Passes: 2, Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1))}
	s := NewSeries(c, o)
	for pass, want := range []int{7, 15} {
		s.Pass(context.Background(), Share(o.Rounds, pass, o.Passes))
		if got := len(s.Result.Rounds); got != want {
			t.Errorf("after pass %d: got %d rounds, want %d", pass, got, want)
		}
	}
	if want := len(c.Impls) * (2 + 2); made != want { // 7 and 8 rounds, 5 an instance
		t.Errorf("got %d instances, want %d", made, want)
	}
}

// TestSampleAgain: a disturbed sample is taken again, Tries times in all, unless it is late.
func TestSampleAgain(t *testing.T) {
	for _, c := range []struct {
		disturbed, want int // of the first samples; runs
		late            time.Duration
	}{{0, 1, time.Hour}, {1, 2, time.Hour}, {Tries - 1, Tries, time.Hour}, {Tries, Tries, time.Hour}, {Tries, 1, -time.Hour}} {
		runs := 0
		s := sample(func(int) work.Sample {
			runs++
			return work.Sample{Disturbed: runs <= c.disturbed}
		}, 1, time.Now().Add(c.late))
		if runs != c.want || s.Disturbed != (c.disturbed >= c.want) {
			t.Errorf("%d disturbed, late in %v: got %d runs, disturbed %v, want %d", c.disturbed, c.late, runs, s.Disturbed, c.want)
		}
	}
}

// TestCalm: what is disturbed for one of the two is left out, as long as MinRounds are left.
func TestCalm(t *testing.T) {
	var r Result
	for i := range 2 * MinRounds { // impl 1 is disturbed in the first half, impl 2 everywhere
		r.Rounds = append(r.Rounds, []Point{{Iters: i}, {Iters: i, Disturbed: i < MinRounds}, {Disturbed: true}})
	}
	for _, c := range []struct {
		name               string
		rounds             int
		peer, want, lowest int
	}{
		{"all calm", 2 * MinRounds, 0, 2 * MinRounds, 0},
		{"half calm", 2 * MinRounds, 1, MinRounds, MinRounds},
		{"too few calm", 2*MinRounds - 5, 1, MinRounds, 0},
		{"none calm", 2 * MinRounds, 2, MinRounds, 0},
		{"few rounds", 4, 1, 4, 0},
	} {
		in := r
		in.Rounds = r.Rounds[:c.rounds]
		got := in.Calm(0, c.peer)
		lowest := c.rounds
		for _, round := range got.Rounds {
			lowest = min(lowest, round[0].Iters)
		}
		if len(got.Rounds) != c.want || lowest != c.lowest || len(in.Rounds) != c.rounds || in.Rounds[0][0].Iters != 0 {
			t.Errorf("%s: got %d rounds from %d on, want %d from %d", c.name, len(got.Rounds), lowest, c.want, c.lowest)
		}
	}
}
