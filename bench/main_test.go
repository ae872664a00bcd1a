package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/web"
	"github.com/plungepool/plunge/bench/internal/work"
)

func TestMain(m *testing.M) {
	if code, is := web.Child(os.Args[1:]); is {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

func TestParse(t *testing.T) {
	t.Setenv("GODEBUG", "")
	c, err := parse([]string{"-quick", "-shards", "8", "-workload=^burst/(4|16)$", "-localcache", "-1", "-maxidle=500", "-procs", "3", "-seed", "9"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := (work.Env{MaxIdle: 500, Shards: 8, LocalCache: -1}); c.env != want || c.procs != 3 || c.seed != 9 {
		t.Errorf("got %+v, procs %d, seed %d", c.env, c.procs, c.seed)
	}
	if c.rounds != quick.rounds || c.webRounds != quick.webRounds {
		t.Errorf("-quick: got %d rounds, %d of http", c.rounds, c.webRounds)
	}
	if got, want := c.command(), "go run . -quick -shards 8 '-workload=^burst/(4|16)$' -localcache -1 -maxidle=500 -procs 3 -seed 9"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	t.Setenv("GODEBUG", "madvdontneed=0")
	if got, want := c.command(), "GODEBUG=madvdontneed=0 go run . -quick "; !strings.HasPrefix(got, want) {
		t.Errorf("got  %s\nwant %s...", got, want)
	}
	if cases, servers := c.chosen(); len(cases) != 2 || len(servers) != 0 {
		t.Errorf("-workload: got %d cases, %d servers", len(cases), len(servers))
	}
	if c, err := parse([]string{"-quick", "-rounds", "3"}, nil); err != nil || c.rounds != 3 || c.webRounds != 3 {
		t.Errorf("-quick -rounds 3: got %d and %d, %v", c.rounds, c.webRounds, err)
	}
	if c, err := parse([]string{"-full"}, nil); err != nil || c.rounds != full.rounds || c.webRounds != full.webRounds {
		t.Errorf("-full: got %+v, %v", c, err)
	}
	if c, err := parse(nil, nil); err != nil || c.rounds != usual.rounds || c.webRounds != usual.webRounds || c.seed == 0 {
		t.Errorf("no flags: got %+v, %v", c, err)
	}
	var b bytes.Buffer
	if _, err := parse([]string{"-h"}, &b); !errors.Is(err, errHelp) || !strings.Contains(b.String(), "-workload") {
		t.Errorf("-h: got %v and %q", err, b.String())
	}
}

func TestBadFlags(t *testing.T) {
	for _, args := range [][]string{
		{"-nonsense"},
		{"burst"},
		{"-rounds", "0"},
		{"-rounds", "1000000"},
		{"-rounds", "x"},
		{"-shards", "-1"},
		{"-shards", "99999999"},
		{"-localcache", "99999999"},
		{"-maxidle", "-1"},
		{"-procs", "-1"},
		{"-procs", "100000"},
		{"-quick", "-full"},
		{"-workload", "("},
		{"-workload", "nonsense"},
	} {
		var out, err bytes.Buffer
		if got := bench(context.Background(), args, &out, &err, false); got != exitUsage {
			t.Errorf("%v: got exit code %d, want %d", args, got, exitUsage)
		}
		if out.Len() > 0 || strings.Count(err.String(), "\n") != 1 {
			t.Errorf("%v: got %q and %q, want a line on stderr", args, out.String(), err.String())
		}
	}
}

// TestList expects a line per workload, and one for held, which is not timed.
func TestList(t *testing.T) {
	var out, err bytes.Buffer
	if got := bench(context.Background(), []string{"-list"}, &out, &err, false); got != 0 || err.Len() > 0 {
		t.Errorf("got exit code %d, %q", got, err.String())
	}
	if got, want := strings.Count(out.String(), "\n"), len(work.All())+len(web.Workloads())+1; got != want {
		t.Errorf("got %d lines, want %d:\n%s", got, want, out.String())
	}
}

// TestPlanned shows that the runs take as long as documented, on an idle machine with two cores, as in the results.
// With more cores the sweep takes longer.
func TestPlanned(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	for _, run := range []struct {
		args []string
		most time.Duration
	}{
		{nil, 2 * time.Minute},
		{[]string{"-quick"}, time.Minute},
		{[]string{"-full"}, 20 * time.Minute},
	} {
		c, err := parse(run.args, nil)
		if err != nil {
			t.Fatal(err)
		}
		cases, servers := c.chosen()
		got := total(c.steps(cases, servers, &record{}, nil))
		t.Logf("%v: %v", run.args, got)
		if got > run.most {
			t.Errorf("%v: got %v planned, want %v at most", run.args, got, run.most)
		}
	}
}

// TestSmoke runs the whole command.
func TestSmoke(t *testing.T) {
	t.Setenv("GODEBUG", "")
	file := filepath.Join(t.TempDir(), "raw.txt")
	var out, progress bytes.Buffer
	if got := bench(context.Background(), []string{"-quick", "-rounds", "1", "-out", file}, &out, &progress, false); got != 0 {
		t.Fatalf("got exit code %d, %s", got, progress.String())
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range work.All() {
		if !strings.Contains(out.String(), c.Name()) || !strings.Contains(progress.String(), c.Name()) {
			t.Errorf("no %s in the table or the progress lines", c.Name())
		}
		for _, im := range c.Impls {
			if want := "/impl=" + im.Name + "/workload=" + c.Workload + "/"; !strings.Contains(string(raw), want) {
				t.Errorf("no %s in the raw samples", want)
			}
		}
	}
	for _, want := range []string{"machine: ", "commit: ", "seed ", "noisy: ", "command: go run . -quick", "GOMAXPROCS=", file, "req/s", "LOSES", "MISSED"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}

// canceller cancels when a text is written that contains at, spaces aside.
type canceller struct {
	bytes.Buffer
	at     string
	cancel func()
}

func (c *canceller) Write(p []byte) (int, error) {
	if strings.Contains(strings.Join(strings.Fields(string(p)), " "), c.at) {
		c.cancel()
	}
	return c.Buffer.Write(p)
}

// TestInterrupt shows that an interrupt prints what was measured until then.
func TestInterrupt(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	var out bytes.Buffer
	progress := canceller{at: "% http", cancel: cancel} // the second of the two
	file := filepath.Join(t.TempDir(), "raw.txt")
	if got := bench(ctx, []string{"-workload", "^(pair|http)$", "-rounds", "8", "-out", file}, &out, &progress, false); got != exitInterrupted {
		t.Errorf("got exit code %d, %s", got, progress.String())
	}
	if page, err := os.ReadFile(filepath.Join(filepath.Dir(file), "raw.html")); err != nil || !strings.Contains(string(page), "pair") {
		t.Errorf("the page of what was measured: %v, %d bytes", err, len(page))
	}
	if !strings.Contains(out.String(), "syncx.Pool") || !strings.Contains(progress.String(), "interrupted") {
		t.Errorf("got %s%s", out.String(), progress.String())
	}
}

func TestUnwritable(t *testing.T) {
	var out, err bytes.Buffer
	file := filepath.Join(t.TempDir(), "no", "such", "directory")
	if got := bench(context.Background(), []string{"-workload", "^pair$", "-out", file}, &out, &err, false); got != exitFailed {
		t.Errorf("got exit code %d, want %d", got, exitFailed)
	}
}
