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

// busy is a run of operations of 10 ns. Every third run meets a busy machine.
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

// TestCalibrate shows that calibrate leads to samples of about the length wanted, even if some runs meet a busy
// machine.
func TestCalibrate(t *testing.T) {
	n := calibrate(context.Background(), busy(), timed, time.Millisecond)
	if n < 90_000 || n > 110_000 {
		t.Errorf("got %d operations of 10 ns for 1 ms", n)
	}
}

// TestCalibrateEnds shows that an interrupt ends calibrate.
func TestCalibrateEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calibrate(ctx, func(int) work.Sample { cancel(); return work.Sample{} }, timed, time.Hour)
}

// TestSeries shows that passes add up to the rounds, with new peers in each.
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
		s.Pass(context.Background(), rounds)
		if want += rounds; len(s.Result.Rounds) != want {
			t.Errorf("got %d rounds, want %d", len(s.Result.Rounds), want)
		}
	}
	if want := len(c.Impls) * 2; made != want {
		t.Errorf("got %d instances, want %d", made, want)
	}
}

// collections returns how many there have been.
func collections() uint32 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.NumGC
}

// garbage gets the garbage of tests.
var garbage []byte

// TestTidily: the garbage of a sample is collected after it, if there is enough.
func TestTidily(t *testing.T) {
	for _, bytes := range []int{0, 4 * littleGarbage} {
		s := NewSeries(work.Case{}, Options{})
		before := collections()
		s.sample(func(n int) work.Sample { garbage = make([]byte, bytes); return work.Sample{Ops: n} }, 1)
		if got := collections() - before; (got == 0) != (bytes == 0) {
			t.Errorf("%d bytes of garbage: got %d collections", bytes, got)
		}
	}
}

// TestHeap: beside a heap a sample has enough garbage for one collection.
func TestHeap(t *testing.T) {
	for _, heap := range []int{0, 16 << 20} {
		s := NewSeries(work.Case{Heap: heap}, Options{Sample: time.Millisecond})
		if got, want := s.garbage(), max(enough, heap+heap*3/4); got != want {
			t.Errorf("heap of %d bytes: got %d bytes of garbage, want %d", heap, got, want)
		}
		// A peer whose run of 1 ms leaves 1 MiB.
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

// TestStarts: if goroutines wait for each other a sample consists of several runs.
func TestStarts(t *testing.T) {
	ran := 0
	s := NewSeries(work.Case{Long: true, Made: true}, Options{})
	got := s.sample(func(n int) work.Sample {
		ran++
		return work.Sample{Ops: n, Elapsed: time.Duration(ran), Made: 2}
	}, 10)
	want := Point{Iters: 10 * starts, Values: []float64{float64(starts+1) / 20, 200}}
	if ran != starts || got.Iters != want.Iters || !slices.Equal(got.Values, want.Values) {
		t.Errorf("got %+v in %d runs, want %+v in %d", got, ran, want, starts)
	}
}

// TestLengthen: the samples of a peer that leaves garbage have enough garbage, or are as long as they may be. If
// even the longest sample has little garbage, samples are not lengthened.
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
