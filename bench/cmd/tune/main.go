// Command tune finds the options of a pool for this machine and a workload:
//
//	go run ./cmd/tune                        # the workloads that differ most
//	go run ./cmd/tune -workload '^burst/64$' # one of the bench's
//	go run ./cmd/tune -trace trace.json      # one recorded: see package trace
//	go run ./cmd/tune -workload '^burst/64$' -record trace.json
//
// The last records a workload of the bench instead of tuning for it.
//
// It tries Shards, LocalCache and MaxIdle. Then it measures the best options against the default once more, in
// turns and with new pools. It prints the options to paste, the ratio of that last measurement with its interval,
// and what each option costs in memory. If nothing is faster it says to keep the default. It ends within two
// minutes. An interrupt prints what was found until then.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"time"

	"golang.org/x/term"

	"github.com/plungepool/plunge/bench/internal/machine"
	"github.com/plungepool/plunge/bench/internal/progress"
	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/bench/trace"
	"github.com/plungepool/plunge/pool"
)

// unlessTold are the workloads that pull the options in different directions.
const unlessTold = `^(parallel|burst/256|batch/64|handoff/64|skew-7to1/64|oversubscribed/64)$`

// limit ends the search in any case.
const limit = 110 * time.Second

// big: below this ratio the rule for the default counts as wrong.
const big = 0.90

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	err := tune(ctx, os.Args[1:], os.Stdout, os.Stderr, term.IsTerminal(int(os.Stderr.Fd())))
	if errors.Is(err, flag.ErrHelp) {
		return
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "tune:", err)
		os.Exit(1)
	}
}

func tune(ctx context.Context, args []string, stdout, stderr io.Writer, terminal bool) error {
	f := flag.NewFlagSet("tune", flag.ContinueOnError)
	pattern := f.String("workload", unlessTold, "tune for the workloads matched by this `regexp` (names: go run . -list)")
	file := f.String("trace", "", "tune for the trace in this JSON `file` instead")
	record := f.String("record", "", "write a trace of the workload, which has to be one, to this JSON `file` instead")
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "of the order of the samples")
	least := f.Duration("limit", limit, "stop after this time")
	if err := f.Parse(args); err != nil {
		return err
	}
	cases, err := choose(*pattern, *file)
	if err != nil {
		return err
	}
	if *record != "" {
		return recordTo(*record, cases)
	}
	ctx, cancel := context.WithTimeout(ctx, *least)
	defer cancel()
	fmt.Fprintf(stdout, "machine: %s\nseed:    %d\n", machine.Here(ctx), *seed)
	// A case takes a few seconds. The plan only serves to show the time left.
	const planned = 6 * time.Second
	p := progress.New(stderr, terminal, time.Duration(len(cases))*planned)
	rng := rand.New(rand.NewPCG(*seed, 1))
	var found []advice
	for _, c := range cases {
		if ctx.Err() != nil {
			break
		}
		p.Start(c.Name(), planned)
		found = append(found, search(ctx, c, rng, p.Tick))
	}
	p.Finish()
	for _, a := range found {
		a.print(stdout)
	}
	if len(found) < len(cases) {
		fmt.Fprintf(stdout, "\nended after %d of %d workloads\n", len(found), len(cases))
	}
	unknown(stdout)
	return nil
}

// choose returns what to tune for.
func choose(pattern, file string) ([]work.Case, error) {
	if file != "" {
		in, err := os.Open(file)
		if err != nil {
			return nil, err
		}
		defer in.Close()
		t, err := trace.Read(in)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		return []work.Case{replayed(filepath.Base(file), t)}, nil
	}
	name, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("-workload: %w", err)
	}
	var cases []work.Case
	for _, c := range work.All() {
		// Only if the subject is a pool with options.
		if c.Impls[0].Name == "plunge" && name.MatchString(c.Name()) {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no workload with a pool matches %q: go run . -list has the names", pattern)
	}
	return cases, nil
}

// print says what was found.
func (a advice) print(w io.Writer) {
	defer work.Case{Procs: a.procs}.Enter()()
	fmt.Fprintf(w, "\n%s: ", a.workload)
	d := defaults()
	fresh := fmt.Sprintf("%.2f (95%%: %.2f to %.2f) of the default's time, in a fresh measurement of both in turns, %d rounds",
		a.other.row.Ratio, a.other.row.Lo, a.other.row.Hi, a.other.rounds)
	switch {
	case a.partial:
		fmt.Fprintln(w, "cut off before it was sure; keep the default")
	case a.isDefault():
		fmt.Fprintf(w, "keep the default (%s)\n", describe(d))
		fmt.Fprintf(w, "  the best of %d others (%s): %s\n", a.number, describe(a.other.env), fresh)
		if a.refuted {
			fmt.Fprintln(w, "  it looked faster in the search, which is chance where many are tried")
		} else if better(a.other.row) {
			fmt.Fprintln(w, "  in the search it was not faster for certain; run tune again for a third opinion")
		}
		fmt.Fprintf(w, "  memory: %s of its own when full, beside %d objects\n", kib(memory(d)), d.MaxIdle)
	default:
		fmt.Fprintf(w, "not the default (%s), but\n\n\tpool.Options[T]{\n\t\t// New and the hooks as before\n", describe(d))
		for _, o := range changes(a.best) {
			fmt.Fprintf(w, "\t\t%-11s %d, // %+.1f KiB\n", o.name+":", o.value, kilo(memory(o.alone))-kilo(memory(d)))
		}
		fmt.Fprintf(w, "\t}\n\n  how sure: %s; better in the search, too\n", fresh)
		fmt.Fprintf(w, "  memory: %s of its own when full, beside %d objects; the default %s, beside %d; at the options, what each adds alone\n",
			kib(memory(a.best)), a.best.MaxIdle, kib(memory(d)), d.MaxIdle)
		if a.other.row.Ratio < big {
			fmt.Fprintf(w, "  the default LOSES over 10 %% here\n")
		}
		if a.made >= 1 && a.best.MaxIdle > d.MaxIdle {
			fmt.Fprintf(w, "  with the default %.0f of 1,000 objects are created: more are in use than it keeps, and its MaxIdle is too low for that\n", a.made)
		}
	}
}

// change is one option that differs from the default. alone is the default with only this change.
type change struct {
	name  string
	value int
	alone work.Env
}

// changes returns the options of e that differ from the default.
func changes(e work.Env) []change {
	var all []change
	for _, o := range []struct {
		name string
		of   func(*work.Env) *int
	}{
		{"Shards", func(e *work.Env) *int { return &e.Shards }},
		{"LocalCache", func(e *work.Env) *int { return &e.LocalCache }},
		{"MaxIdle", func(e *work.Env) *int { return &e.MaxIdle }},
	} {
		alone := defaults()
		if value := *o.of(&e); value != *o.of(&alone) {
			*o.of(&alone) = value
			all = append(all, change{o.name, value, alone})
		}
	}
	return all
}

// describe is the options in a line.
func describe(e work.Env) string {
	return fmt.Sprintf("Shards %d, LocalCache %d, MaxIdle %d", e.Shards, e.LocalCache, e.MaxIdle)
}

func kilo(bytes uint64) float64 { return float64(bytes) / 1024 }

func kib(bytes uint64) string { return fmt.Sprintf("%.1f KiB", kilo(bytes)) }

// unknown prints what this machine cannot tell.
func unknown(w io.Writer) {
	cores := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Fprintln(w, "\nThe objects of the bench are small and their use is short: with a use of microseconds the options matter less.")
	fmt.Fprintf(w, "MaxIdle is also a bound on memory, up to %d objects: what a program may keep, tune does not know.\n", pool.LimitMaxIdle)
	if cores <= 2 {
		fmt.Fprintf(w, "With %d cores tune cannot know how many shards a machine of more cores needs: here two at most use a ring\n"+
			"at a time. Leave Shards 0, one a P, for other machines, and run tune there.\n", cores)
	}
}
