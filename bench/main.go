package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"time"

	"golang.org/x/term"

	"github.com/plungepool/plunge/bench/internal/held"
	"github.com/plungepool/plunge/bench/internal/machine"
	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/peer"
	"github.com/plungepool/plunge/bench/internal/progress"
	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/web"
	"github.com/plungepool/plunge/bench/internal/work"
)

// Exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130
)

func main() {
	if code, is := web.Child(os.Args[1:]); is {
		os.Exit(code)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	go func() {
		<-ctx.Done()
		stop() // a second interrupt ends the program at once
	}()
	os.Exit(bench(ctx, os.Args[1:], os.Stdout, os.Stderr, term.IsTerminal(int(os.Stderr.Fd()))))
}

// bench is the command. It returns its exit code. terminal says whether stderr is a terminal.
func bench(ctx context.Context, args []string, stdout, stderr io.Writer, terminal bool) int {
	c, err := parse(args, stderr)
	if errors.Is(err, errHelp) {
		return 0
	} else if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitUsage
	}
	cases, servers := c.chosen()
	if c.list {
		list(stdout, cases, servers)
		if c.held() {
			fmt.Fprintf(stdout, "%-22s goroutines that each hold an object and wait: what is created; like handlers that call a backend\n", held.Name)
		}
		return 0
	}
	if len(cases)+len(servers) == 0 && !c.held() {
		fmt.Fprintf(stderr, "bench: no workload matches %q: -list has their names\n", c.workload)
		return exitUsage
	}
	if c.procs > 0 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(c.procs))
	}
	m := machine.Here(ctx)
	load := machine.Load()
	name, file, err := c.create()
	if err != nil {
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	raw := report.NewRaw(file, c.config(m, load))
	results, err := c.measure(ctx, cases, servers, raw, func(total time.Duration) *progress.Progress { return progress.New(stderr, terminal, total) })
	var rows []held.Row
	if c.held() {
		fmt.Fprintf(stderr, "%s: %v\n", held.Name, held.Planned(c.heldFor()).Round(time.Second))
		rows = held.Run(ctx, c.heldFor(), peer.Options{MaxIdle: c.env.MaxIdle, Shards: c.env.Shards, LocalCache: c.env.LocalCache})
	}
	err = errors.Join(err, file.Close(), report.Write(stdout, c.head(m, load, name), results), held.Write(stdout, rows), writePage(name))
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "bench: interrupted; the table has what was measured")
		return exitInterrupted
	case err != nil:
		fmt.Fprintln(stderr, "bench:", err)
		return exitFailed
	}
	return 0
}

// held reports whether package held is chosen.
func (c *config) held() bool { return c.workload.MatchString(held.Name) }

// heldFor is how long each peer runs under each load of package held.
func (c *config) heldFor() time.Duration {
	switch {
	case c.full:
		return time.Second
	case c.quick:
		return 50 * time.Millisecond
	}
	return 200 * time.Millisecond
}

// chosen returns what -workload chooses.
func (c *config) chosen() (cases []work.Case, servers []web.Workload) {
	for _, w := range work.All() {
		if c.workload.MatchString(w.Name()) {
			cases = append(cases, w)
		}
	}
	for _, w := range web.Workloads() {
		if c.workload.MatchString(w.Name) {
			servers = append(servers, w)
		}
	}
	return cases, servers
}

func list(w io.Writer, cases []work.Case, servers []web.Workload) {
	line := func(name, about, like string) { fmt.Fprintf(w, "%-22s %s; like %s\n", name, about, like) }
	for _, c := range cases {
		line(c.Name(), c.About, c.Like)
	}
	for _, s := range servers {
		line(s.Name, s.About, s.Like)
	}
}

// create opens the file for the raw samples.
func (c *config) create() (name string, f *os.File, err error) {
	if c.out != "" {
		f, err = os.Create(c.out)
		return c.out, f, err
	}
	name = report.RawName("results", time.Now())
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		return "", nil, err
	}
	f, err = os.Create(name)
	return name, f, err
}

// writePage writes the page beside the raw samples.
func writePage(raw string) error {
	text, err := os.ReadFile(raw)
	if err != nil {
		return err
	}
	f, err := os.Create(report.Beside(raw))
	if err != nil {
		return err
	}
	return errors.Join(report.HTML(f, filepath.Base(raw), text), f.Close())
}

// measure measures the cases and the servers, and writes the raw samples of each step when the step is done. If a
// server fails it returns the error and the other results.
func (c *config) measure(ctx context.Context, cases []work.Case, servers []web.Workload, raw *report.Raw, show func(time.Duration) *progress.Progress) ([]measure.Result, error) {
	r := record{raw: raw}
	tick := func(float64) {}
	steps := c.steps(cases, servers, &r, func(part float64) { tick(part) })
	p := show(total(steps))
	defer p.Finish()
	tick = p.Tick
	for _, s := range steps {
		if ctx.Err() != nil {
			break
		}
		p.Start(s.name, s.planned)
		s.run(ctx)
	}
	return r.all(), errors.Join(r.errs...)
}

// sweeps reports whether w is measured over GOMAXPROCS, and tails whether its latencies are measured. A short run
// does so only for the one workload that says most.
func (c *config) sweeps(w work.Case) bool { return w.Sweep && (c.full || w.Workload == "parallel") }

func (c *config) tails(w work.Case) bool {
	return (c.full || w.Sweep && w.Family == "Pool") && w.Impls[0].New(c.env).Step != nil
}

// head returns the lines above the table.
func (c *config) head(m machine.Machine, load, raw string) []string {
	return []string{
		"machine: " + m.String(),
		"load:    " + load,
		fmt.Sprintf("commit:  %s; seed %d; %d rounds (http: %d)", commitOf(m), c.seed, c.rounds, c.webRounds),
		"command: " + c.command(),
		"raw:     " + raw + "; page: " + report.Beside(raw),
		"Medians, and medians of the ratios plunge/other of each round; under 1 plunge is ahead.",
	}
}

// commitOf returns the commit measured.
func commitOf(m machine.Machine) string {
	if m.Commit == "" {
		return "unknown"
	}
	return m.Commit
}

// config returns the head of the raw samples.
func (c *config) config(m machine.Machine, load string) []report.Pair {
	return report.Head(
		report.Pair{Key: "goos", Value: runtime.GOOS},
		report.Pair{Key: "goarch", Value: runtime.GOARCH},
		report.Pair{Key: "pkg", Value: "github.com/plungepool/plunge/bench"},
		report.Pair{Key: "cpu", Value: m.CPU},
		report.Pair{Key: "machine", Value: m.String()},
		report.Pair{Key: "commit", Value: commitOf(m)},
		report.Pair{Key: "date", Value: time.Now().UTC().Format(time.RFC3339)},
		report.Pair{Key: "seed", Value: strconv.FormatUint(c.seed, 10)},
		report.Pair{Key: "command", Value: c.command()},
		report.Pair{Key: "load", Value: load},
		report.Pair{Key: "clock-ns", Value: strconv.FormatInt(measure.ClockCost().Nanoseconds(), 10)},
	)
}
