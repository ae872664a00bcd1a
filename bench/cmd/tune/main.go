// Command tune finds the options of a pool for this machine and a workload:
//
//	go run ./cmd/tune                        # the workloads that differ most
//	go run ./cmd/tune -workload '^burst/64$' # one of the bench's
//	go run ./cmd/tune -trace trace.json      # one recorded: see package trace
//
// It tries Shards, LocalCache and MaxIdle, measures what looks best again in fresh
// pools, and prints the options to paste, what they cost in memory and how sure it
// is. Where nothing holds up against the default it says so. It ends within two
// minutes; an interrupt, too, leaves what was found.
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

// big is the loss of the default from which its rule is to be called wrong.
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
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "of the order of the samples")
	least := f.Duration("limit", limit, "stop after this time")
	if err := f.Parse(args); err != nil {
		return err
	}
	cases, err := choose(*pattern, *file)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, *least)
	defer cancel()
	fmt.Fprintf(stdout, "machine: %s\nseed:    %d\n", machine.Here(ctx), *seed)
	if line, busy := load(); busy {
		fmt.Fprintln(stdout, line)
	}
	// A case takes a few seconds: the plan is only for the time left.
	const planned = 15 * time.Second
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
		// Only where the subject is a pool that has options.
		if c.Impls[0].Name == "plunge" && name.MatchString(c.Name()) {
			cases = append(cases, c)
		}
	}
	if len(cases) == 0 {
		return nil, fmt.Errorf("no workload with a pool matches %q: go run . -list has the names", pattern)
	}
	return cases, nil
}

// load says whether other work disturbs.
func load() (line string, busy bool) {
	l, ok := machine.Load()
	return fmt.Sprintf("load:    %.2f: BUSY, the advice is worth little", l), ok && l > 0.5*float64(runtime.NumCPU())
}

// print says what was found.
func (a advice) print(w io.Writer) {
	fmt.Fprintf(w, "\n%s: ", a.workload)
	d := defaults()
	switch {
	case a.partial:
		fmt.Fprintln(w, "cut off before it was sure; keep the default")
		return
	case a.isDefault():
		fmt.Fprintf(w, "keep the default (Shards %d, LocalCache %d, MaxIdle %d)\n", d.Shards, d.LocalCache, d.MaxIdle)
		why := "the best of the others is not faster for certain"
		if a.refuted {
			why = "one looked faster, and was not when measured again"
		}
		fmt.Fprintf(w, "  %d others were tried; %s: %s of the default's time\n", a.tried, why, interval(a))
		fmt.Fprintf(w, "  memory: %s of its own when full, beside %d objects\n", kib(memory(d)), d.MaxIdle)
		return
	}
	fmt.Fprintf(w, "these options take %s of the default's time\n\n", interval(a))
	fmt.Fprintf(w, "\tpool.Options[T]{\n\t\t// New and the hooks as before\n")
	if a.best.Shards != d.Shards {
		fmt.Fprintf(w, "\t\tShards:     %d,\n", a.best.Shards)
	}
	if a.best.LocalCache != d.LocalCache {
		fmt.Fprintf(w, "\t\tLocalCache: %d,\n", a.best.LocalCache)
	}
	if a.best.MaxIdle != d.MaxIdle {
		fmt.Fprintf(w, "\t\tMaxIdle:    %d,\n", a.best.MaxIdle)
	}
	fmt.Fprintf(w, "\t}\n\n")
	fmt.Fprintf(w, "  memory: %s of its own when full, beside %d objects; the default %s, beside %d\n",
		kib(memory(a.best)), a.best.MaxIdle, kib(memory(d)), d.MaxIdle)
	fmt.Fprintf(w, "  how sure: better than the default in two measurements with pools of their own; the interval is of the second, %d rounds\n", a.rounds)
	if a.ratio.Ratio < big {
		fmt.Fprintf(w, "  the default LOSES over 10 %% here\n")
	}
}

// interval is the ratio with its interval.
func interval(a advice) string {
	return fmt.Sprintf("%.2f (95%%: %.2f to %.2f)", a.ratio.Ratio, a.ratio.Lo, a.ratio.Hi)
}

func kib(bytes uint64) string { return fmt.Sprintf("%.1f KiB", float64(bytes)/1024) }

// unknown says what this machine cannot tell.
func unknown(w io.Writer) {
	cores := min(runtime.NumCPU(), runtime.GOMAXPROCS(0))
	fmt.Fprintln(w, "\nThe objects of the bench are small and their use is short: with a use of microseconds the options matter less.")
	fmt.Fprintf(w, "MaxIdle is also a bound on memory, up to %d objects: what a program may keep, tune does not know.\n", pool.LimitMaxIdle)
	if cores <= 2 {
		fmt.Fprintf(w, "With %d cores tune cannot know how many shards a machine of more cores needs: here two at most use a ring\n"+
			"at a time. Leave Shards 0, one a P, for other machines, and run tune there.\n", cores)
	}
}
