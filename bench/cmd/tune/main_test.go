package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/bench/trace"
	"github.com/plungepool/plunge/pool"
)

// slowUnless is a case whose operations take a tenth of the time with the best
// options.
func slowUnless(best work.Env) work.Case {
	return work.Case{Workload: "fake", Size: 1, Family: "Pool", Impls: []work.Impl{{Name: "plunge", New: func(e work.Env) work.Instance {
		each := 100 * time.Microsecond
		if e == best {
			each = 10 * time.Microsecond
		}
		return work.Instance{Workers: 1, Run: func(n int) work.Sample {
			return work.Sample{Ops: n, Elapsed: time.Duration(n) * each}
		}}
	}}}}
}

// TestSearch shows that search finds the best options, or the default if that is the best.
func TestSearch(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	want := candidates()[3]
	a := search(context.Background(), slowUnless(want), rng, func(float64) {})
	if a.best != want || a.other.row.Ratio < 0.09 || a.other.row.Ratio > 0.11 || a.other.rounds < 15 {
		t.Errorf("got %+v with ratio %v, want %+v with 0.1", a.best, a.other.row.Ratio, want)
	}
	kept := search(context.Background(), slowUnless(work.Env{MaxIdle: defaults().MaxIdle}), rng, func(float64) {})
	if !kept.isDefault() || kept.other.row.Ratio < 9 {
		t.Errorf("where the default is the best: got %+v", kept)
	}
	unsure := kept
	unsure.other.row = report.Row{Ratio: 0.9, Lo: 0.8, Hi: 0.95}
	low := a
	low.made, low.best.MaxIdle = 31.4, 4*defaults().MaxIdle
	for _, c := range []struct {
		a    advice
		want []string
	}{
		{unsure, []string{"keep the default (", "0.90 (95%", "in the search it was not"}},
		{low, []string{"31 of 1,000 objects are created"}},
		{a, []string{"pool.Options[T]{", fmt.Sprintf("%d, // ", want.LocalCache), "how sure: 0.10 (95%: ", "fresh measurement", "LOSES over 10", "memory: "}},
		{kept, []string{"keep the default (", "fresh measurement", "memory: "}},
	} {
		var b bytes.Buffer
		c.a.print(&b)
		for _, part := range c.want {
			if !strings.Contains(b.String(), part) {
				t.Errorf("no %q in\n%s", part, b.String())
			}
		}
	}
}

// TestCandidates shows that no candidate is the default, or the same as another in other words.
func TestCandidates(t *testing.T) {
	seen := map[work.Env]bool{defaults(): true}
	for _, e := range candidates() {
		if seen[e] || e.LocalCache > e.MaxIdle/(4*runtime.GOMAXPROCS(0)) {
			t.Errorf("%+v: tried twice, or lowered to another", e)
		}
		seen[e] = true
	}
}

// TestPick shows that among equally fast options the simplest are advised.
func TestPick(t *testing.T) {
	d := defaults()
	one, two := d, d
	one.MaxIdle *= 4
	two.MaxIdle *= 4
	two.Shards++
	for _, c := range []struct {
		one, two float64
		want     work.Env
	}{{0.805, 0.80, one}, {0.70, 0.80, one}, {0.85, 0.80, two}} {
		got := pick([]tried{{env: two, row: report.Row{Ratio: c.two}}, {env: one, row: report.Row{Ratio: c.one}}})
		if got.env != c.want {
			t.Errorf("%+v: got %+v", c, got.env)
		}
	}
	if got := simpler(two, nil); len(got) == 0 || !slices.Contains(got, one) || slices.Contains(got, d) || slices.Contains(got, two) {
		t.Errorf("simpler: got %+v", got)
	}
	if got := simpler(two, []work.Env{one}); slices.Contains(got, one) {
		t.Errorf("simpler than two, one known: got %+v", got)
	}
}

// TestCutOff shows that nothing is advised when there was no time to be sure.
func TestCutOff(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	a := search(ctx, slowUnless(candidates()[0]), rand.New(rand.NewPCG(1, 1)), func(float64) {})
	if !a.isDefault() || !a.partial {
		t.Errorf("got %+v", a)
	}
}

func TestBetter(t *testing.T) {
	for _, c := range []struct {
		ratio, hi float64
		want      bool
	}{{0.9, 0.95, true}, {0.9, 1.01, false}, {0.98, 0.99, false}, {1.2, 1.3, false}} {
		if got := better(report.Row{Ratio: c.ratio, Hi: c.hi}); got != c.want {
			t.Errorf("%+v: got %v", c, got)
		}
	}
}

// TestMemory shows that a larger bound costs memory.
func TestMemory(t *testing.T) {
	small, large := memory(work.Env{MaxIdle: 256}), memory(work.Env{MaxIdle: 64 << 10})
	if small == 0 || large < 64<<10*8/2 || large < 8*small {
		t.Errorf("got %d bytes for 256 objects, %d for 65,536", small, large)
	}
}

// TestTrace records two goroutines, one of which keeps an object, and tunes for that.
func TestTrace(t *testing.T) {
	r := trace.Record(pool.Must(pool.New(pool.Options[*object]{New: func() *object { return new(object) }})))
	objects := make(chan *object, 1)
	var all sync.WaitGroup
	all.Go(func() {
		r.Acquire(0) // is never released
		for range 50 {
			objects <- r.Acquire(0)
		}
		close(objects)
	})
	all.Go(func() {
		for o := range objects {
			r.Release(1, o)
		}
	})
	all.Wait()
	file := filepath.Join(t.TempDir(), "trace.json")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Trace().Write(f); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	whole := completed(r.Trace())
	if n := len(slices.Concat(whole.Goroutines...)); whole.Check() != nil || n != 2*whole.Acquired() {
		t.Errorf("completed: got %d events for %d acquisitions, %v", n, whole.Acquired(), whole.Check())
	}
	in := replayed("x", r.Trace()).Impls[0].New(work.Env{})
	if s := in.Run(100); s.Ops < 100 || s.Ops%51 != 0 || s.Elapsed <= 0 || s.Made < 1 {
		t.Errorf("replayed: got %+v", s)
	}
	var out, progress bytes.Buffer
	if err := tune(context.Background(), []string{"-trace", file, "-seed", "5", "-limit", "8s"}, &out, &progress, false); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"seed:    5", "trace.json: "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// TestSteps shows that a replayed producer waits where the recorded one was held back.
func TestSteps(t *testing.T) {
	var tr trace.Trace
	tr.Goroutines = make([][]trace.Event, 2)
	const n = 256
	for i := range n { // the consumer is one behind
		tr.Goroutines[0] = append(tr.Goroutines[0], trace.Event{At: int64(2*i + 1), Op: trace.Acquire, Object: i})
		tr.Goroutines[1] = append(tr.Goroutines[1], trace.Event{At: int64(2*i + 4), Op: trace.Release, Object: i})
	}
	if err := tr.Check(); err != nil {
		t.Fatal(err)
	}
	all := steps(tr)
	waits := 0
	for i, s := range all[0] {
		if s.release || s.object != i {
			t.Fatalf("step %d: got %+v", i, s)
		}
		if s.after != none {
			if waits++; s.after > i-lag/2 || s.after < i-lag/2-3 {
				t.Errorf("step %d: got %+v, want a wait for the release %d events before", i, s, lag)
			}
		}
	}
	if waits != n/lookEvery-1 || len(all[1]) != n {
		t.Errorf("got %d waits of the producer, %d steps of the consumer", waits, len(all[1]))
	}
	p := pool.Must(pool.New(pool.Options[*object]{New: func() *object { return new(object) }}))
	play(all, p, 3, make([]atomic.Pointer[object], 3*n))
	if s := p.Stats(); s.Acquired != 3*n || s.Released != 3*n {
		t.Errorf("played: got %v", s)
	}
}

// TestRecorded records workloads of the bench and reads the traces back.
func TestRecorded(t *testing.T) {
	for name, goroutines := range map[string]int{"burst/64": 1, "handoff/64": 2, "batch/64": 1, "borrow": 1, "skew-1to7/64": 8} {
		file := filepath.Join(t.TempDir(), "trace.json")
		if err := tune(context.Background(), []string{"-workload", "^" + name + "$", "-record", file}, io.Discard, io.Discard, false); err != nil {
			t.Fatal(err)
		}
		cases, err := choose("", file)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		in, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		got, err := trace.Read(in)
		if err != nil || len(cases) != 1 || got.Acquired() < recordedOps || len(got.Goroutines) != goroutines {
			t.Errorf("%s: got %d acquisitions by %d goroutines, %v, want %d by %d", name, got.Acquired(), len(got.Goroutines), err, recordedOps, goroutines)
		}
		in.Close()
	}
}

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{
		{"-workload", "nonsense"},
		{"-workload", "("},
		{"-workload", "^ring/1024$"},
		{"-trace", "no-such-file"},
		{"-workload", "^burst/", "-record", "no-such-directory/x"},
		{"-workload", "^burst/64$", "-record", "no-such-directory/x"},
		{"-workload", "^many/", "-record", "x"},
		{"-nonsense"},
	} {
		if err := tune(context.Background(), args, io.Discard, io.Discard, false); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}
