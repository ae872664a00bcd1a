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
		if got := warm(busy(), timed, c.n, time.Millisecond, 2*time.Millisecond); got != c.want {
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

// looks returns a look at cores that are disturbed as often as disturbed says, then calm.
func looks(disturbed int) func(int) work.Look {
	return func(int) work.Look {
		if disturbed--; disturbed >= 0 {
			return busyLook
		}
		return calmLook
	}
}

var calmLook, busyLook = work.Look{Word: 1000, Sums: 1000}, work.Look{Word: 1000, Sums: 2000}

// TestSample: with patience a disturbed sample is taken again when the cores are calm; where that
// takes too long, or without, it is taken as it is. It has the worst of the looks.
func TestSample(t *testing.T) {
	for _, c := range []struct {
		disturbed int // looks
		patience  time.Duration
		runs      int
		ok        bool
		look      work.Look
	}{
		{0, time.Minute, 1, true, calmLook},
		{1, time.Minute, 2, true, calmLook}, // before the first run
		{8, time.Minute, 2, true, calmLook}, // and while it waits
		{1 << 62, time.Microsecond, 1, false, busyLook},
		{1, 0, 1, true, busyLook},
	} {
		runs := 0
		best := calmLook
		s := NewSeries(work.Case{}, Options{Look: looks(c.disturbed), Best: &best})
		p, ok := s.sample(func(n int) work.Sample { runs++; return work.Sample{Ops: n, Elapsed: time.Duration(2 * n)} }, 5, 1, c.patience)
		if runs != c.runs || ok != c.ok || p.Look != c.look || p.Iters != 5 || p.Values[0] != 2 {
			t.Errorf("%d disturbed looks, patience %v: got %+v, %v in %d runs, want %v, %v in %d", c.disturbed, c.patience, p, ok, runs, c.look, c.ok, c.runs)
		}
	}
}

// collections returns how many there have been.
func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

// garbage is what tests leave.
var garbage []byte

// TestTidily: after a sample that leaves garbage that is collected, which the cores are not looked at after; after
// others they are.
func TestTidily(t *testing.T) {
	for _, bytes := range []int{0, 4 * littleGarbage} {
		all := 0
		s := NewSeries(work.Case{}, Options{Look: func(int) work.Look { all++; return calmLook }})
		before := collections()
		s.sample(func(n int) work.Sample { garbage = make([]byte, bytes); return work.Sample{Ops: n} }, 1, 1, 0)
		if got, want := all, 2; (got == want) != (bytes == 0) {
			t.Errorf("%d bytes of garbage: got %d looks", bytes, got)
		}
		if got := collections() - before; (got == 0) != (bytes == 0) {
			t.Errorf("%d bytes of garbage: got %d collections", bytes, got)
		}
	}
}

// TestLittering: a peer of one goroutine that leaves garbage is looked at with all cores, for its collections run on
// all, without waiting, and does not keep a round from being calm for the others.
func TestLittering(t *testing.T) {
	var ran []string
	c := fake(&ran, "subject", "clean", "litters")
	c.Made = false
	clean := c.Impls[2].New
	c.Impls[2].New = func(env work.Env) work.Instance {
		instance := clean(env)
		run := instance.Run
		instance.Run = func(n int) work.Sample { garbage = make([]byte, 2*littleGarbage); return run(n) }
		return instance
	}
	all, best := 0, calmLook
	s := NewSeries(c, Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1)), Best: &best, Look: func(cores int) work.Look {
		if cores == 1 {
			return calmLook
		}
		all++
		return busyLook
	}})
	if !s.Pass(context.Background(), PassRounds, time.Minute) || s.Result.CalmRounds() != PassRounds {
		t.Errorf("got %d calm rounds, want %d", s.Result.CalmRounds(), PassRounds)
	}
	if want := []bool{false, false, true}; !slices.Equal(s.Result.Littering, want) || work.AllCores() > 1 && (all != PassRounds || !s.Result.Disturbed(s.Result.Rounds[0][2])) {
		t.Errorf("got %v, %d looks at all cores, want %v and %d", s.Result.Littering, all, want, PassRounds)
	}
}

// TestHeap: a run begins after a collection of what the one before left, and beside a heap a sample has so much
// garbage that there is one more in it.
func TestHeap(t *testing.T) {
	for _, heap := range []int{0, 16 << 20} {
		s := NewSeries(work.Case{Heap: heap}, Options{Look: looks(0)})
		var before []uint32 // collections before each run
		for range 2 {
			s.sample(func(n int) work.Sample {
				before = append(before, collections())
				garbage = make([]byte, 4*littleGarbage)
				return work.Sample{Ops: n}
			}, 1, 1, 0)
		}
		if before[1] == before[0] {
			t.Errorf("heap of %d bytes: got no collection before the second run", heap)
		}
		if got, want := s.garbage(), max(enough, heap+heap*3/4); got != want {
			t.Errorf("heap of %d bytes: got %d bytes of garbage, want %d", heap, got, want)
		}
		// A peer whose run of 1 ms leaves 1 MiB.
		s.o.Sample = time.Millisecond
		const n = 1000
		ops := 0
		got := lengthen(func(n int) work.Sample { ops += n; return work.Sample{} }, n, s.most(8*time.Millisecond), s.garbage(), func() uint64 {
			return uint64(ops) << 20 / n
		})
		if want := min(s.garbage()>>20, 64) * n; heap > 0 && got != want || got > want {
			t.Errorf("heap of %d bytes: got samples of %d operations, want %d", heap, got, want)
		}
	}
}

// TestStarts: where goroutines wait for each other a sample is made of some runs, and has the worst look.
func TestStarts(t *testing.T) {
	ran := 0
	s := NewSeries(work.Case{Long: true, Made: true}, Options{Look: looks(1)})
	got, _ := s.sample(func(n int) work.Sample {
		ran++
		return work.Sample{Ops: n, Elapsed: time.Duration(ran), Made: 2}
	}, 10, s.c.Cores(), 0)
	want := Point{Iters: 10 * starts, Values: []float64{float64(starts+1) / 20, 200}, Look: busyLook}
	if ran != starts || got.Iters != want.Iters || !slices.Equal(got.Values, want.Values) || got.Look != want.Look {
		t.Errorf("got %+v in %d runs, want %+v in %d", got, ran, want, starts)
	}
}

// TestLooks: the look after a sample is that before the next.
func TestLooks(t *testing.T) {
	var ran []string
	looks := 0
	s := NewSeries(fake(&ran, "a", "b"), Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1)), Look: func(int) work.Look {
		looks++
		return calmLook
	}})
	s.Pass(context.Background(), PassRounds, 0)
	if want := 1 + 2*PassRounds; looks != want {
		t.Errorf("got %d looks in %d rounds of two peers, want %d", looks, PassRounds, want)
	}
}

// TestPatience: a pass with patience does nothing on a disturbed machine, one that is disturbed later
// goes on as that is, which it reports, and what is best is known to all series that share it.
func TestPatience(t *testing.T) {
	var ran []string
	c := fake(&ran, "a", "b")
	disturbed := false
	best := new(work.Look)
	s := NewSeries(c, Options{Sample: time.Microsecond, Rand: rand.New(rand.NewPCG(1, 1)), Best: best, Look: func(int) work.Look {
		if disturbed {
			return busyLook
		}
		return calmLook
	}})
	if !s.Pass(context.Background(), PassRounds, time.Microsecond) || *best != calmLook {
		t.Errorf("calm: got not done, or best %v", *best)
	}
	disturbed, ran = true, nil
	if s.Pass(context.Background(), PassRounds, time.Microsecond) || len(ran) > 0 {
		t.Errorf("disturbed: got done, or ran %v", ran)
	}
	if !s.Pass(context.Background(), PassRounds, 0) {
		t.Error("disturbed, without patience: got not done")
	}
	disturbed = false
	s.o.Tick = func(part float64) { disturbed = part > 0.5 }
	if s.Pass(context.Background(), PassRounds, time.Microsecond) {
		t.Error("disturbed later: got done")
	}
	if got, want := len(s.Result.Rounds), 3*PassRounds; got != want || s.Result.CalmRounds() != PassRounds+PassRounds/2+1 {
		t.Errorf("got %d rounds, %d of them calm, want %d and %d", got, s.Result.CalmRounds(), want, PassRounds+PassRounds/2+1)
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
		got := lengthen(func(n int) work.Sample { ops += uint64(n); return work.Sample{} }, n, times, enough, func() uint64 {
			return ops * enough / uint64(c.every)
		})
		if got != c.want {
			t.Errorf("enough garbage in %d operations: got %d, want %d", c.every, got, c.want)
		}
	}
}

// TestState: a comparison is of calm rounds where there are enough, else of disturbed ones where there are
// enough, else of all.
func TestState(t *testing.T) {
	const enough = MinRounds
	for _, c := range []struct {
		calm, disturbed, mixed int // rounds in this order
		state                  State
		first, want            int
	}{
		{enough, 0, 0, Calm, 0, enough},
		{enough, 3 * enough, 5, Calm, 0, enough},
		{enough - 1, enough, 5, Disturbed, enough - 1, enough},
		{enough - 1, enough - 1, 5, Mixed, 0, 2*enough + 3},
		{0, 0, enough, Mixed, 0, enough},
		{4, 0, 0, Mixed, 0, 4},
		{0, 0, 0, Unknown, 0, 0},
	} {
		in := Result{Impls: []string{"a", "b", "c"}, Best: &calmLook}
		for i := range c.calm + c.disturbed + c.mixed {
			round := []Point{{Iters: i, Look: calmLook}, {Look: busyLook}, {Look: calmLook}}
			switch {
			case i >= c.calm+c.disturbed:
				round[i%2*2].Look = busyLook
			case i >= c.calm:
				round[0].Look, round[2].Look = busyLook, busyLook
			}
			in.Rounds = append(in.Rounds, round)
		}
		all := len(in.Rounds)
		state := in.State(0, 2)
		got := in.In(0, 2, state)
		if state != c.state || len(got.Rounds) != c.want || c.want > 0 && got.Rounds[0][0].Iters != c.first {
			t.Errorf("%+v: got %d rounds, %v", c, len(got.Rounds), state)
		}
		if len(in.Rounds) != all || in.CalmRounds() != 0 {
			t.Errorf("%+v: got %d rounds in the end, %d of them calm for the worst comparison", c, len(in.Rounds), in.CalmRounds())
		}
		in.Impls = in.Impls[:1]
		if got := in.CalmRounds(); got != all {
			t.Errorf("%+v: got %d calm rounds where there is nothing to compare", c, got)
		}
	}
	in := Result{Rounds: [][]Point{{{}}}, Best: &calmLook}
	if in.State(0, 0) != Unknown || len(in.In(0, 0, Unknown).Rounds) != 1 {
		t.Error("got a state where nobody looked")
	}
	in = Result{Rounds: [][]Point{{{Look: busyLook}}}}
	if in.Disturbed(in.Rounds[0][0]) {
		t.Error("got disturbed where nothing is known of the best")
	}
}
