// Command compare measures the hit paths of two revisions of the library and prints
// benchstat's table:
//
//	go run ./cmd/compare -old v1.0.0
//	go run ./cmd/compare -old HEAD~3 -rounds 20 -bench 'workload=burst'
//
// Both use the benchmarks of this working tree, so that only the library differs. The new revision is the working
// tree, including changes that are not committed. Each is built once. The two programs run in turns, in a random
// order in each round, which the seed decides. So disturbances of the machine affect both.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"
)

// side is one of the two revisions.
type side struct {
	name   string
	root   string // of the library
	binary string
	file   string // what the benchmarks print
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "compare:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout, progress io.Writer) (err error) {
	f := flag.NewFlagSet("compare", flag.ContinueOnError)
	old := f.String("old", "", "the old `revision`")
	rounds := f.Int("rounds", 10, "samples of each benchmark")
	benchtime := f.Duration("benchtime", 50*time.Millisecond, "length of a sample")
	pattern := f.String("bench", "workload=(pair|parallel|borrow|burst|batch|handoff|bytes)", "benchmarks of plunge, a `regexp` of their second part")
	seed := f.Uint64("seed", uint64(time.Now().UnixNano()), "of the order in a round")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *old == "" || *rounds < 1 || f.NArg() > 0 {
		return errors.New("want -old revision and one round at least: make bench-compare OLD=v1.0.0")
	}
	root, err := output(ctx, ".", "git", "rev-parse", "--show-toplevel")
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "compare-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	tree := filepath.Join(tmp, "old")
	if _, err := output(ctx, root, "git", "worktree", "add", "--detach", tree, *old); err != nil {
		return err
	}
	defer func() {
		// Do this also after an interrupt, which has ended ctx.
		_, e := output(context.WithoutCancel(ctx), root, "git", "worktree", "remove", "--force", tree)
		err = errors.Join(err, e)
	}()
	sides := []*side{{name: "old", root: tree}, {name: "new", root: root}}
	for _, s := range sides {
		if err := s.build(ctx, tmp, filepath.Join(root, "bench")); err != nil {
			return fmt.Errorf("the benchmarks do not build with the %s revision: %w", s.name, err)
		}
	}
	fmt.Fprintf(progress, "old is %s, new is the working tree; seed %d, %d rounds\n", *old, *seed, *rounds)
	rng := rand.New(rand.NewPCG(*seed, 0))
	start := time.Now()
	for round := range *rounds {
		for _, i := range rng.Perm(len(sides)) {
			if err := sides[i].sample(ctx, tmp, *pattern, *benchtime); err != nil {
				return err
			}
		}
		left := time.Since(start) / time.Duration(round+1) * time.Duration(*rounds-round-1)
		fmt.Fprintf(progress, "%d of %d rounds, about %v left\n", round+1, *rounds, left.Round(time.Second))
	}
	// In root/bench, whose go.mod has the tool.
	table, err := output(ctx, filepath.Join(root, "bench"), "go", "tool", "benchstat", "old="+sides[0].file, "new="+sides[1].file)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, table)
	return err
}

// build builds the benchmarks of the module bench with the library of s.
func (s *side) build(ctx context.Context, tmp, bench string) error {
	s.binary, s.file = filepath.Join(tmp, s.name+".test"), filepath.Join(tmp, s.name+".txt")
	mod := filepath.Join(tmp, s.name+".mod")
	for from, to := range map[string]string{"go.mod": mod, "go.sum": filepath.Join(tmp, s.name+".sum")} {
		text, err := os.ReadFile(filepath.Join(bench, from))
		if err != nil {
			return err
		}
		if err := os.WriteFile(to, text, 0o644); err != nil {
			return err
		}
	}
	if _, err := output(ctx, bench, "go", "mod", "edit", "-replace=github.com/plungepool/plunge="+s.root, mod); err != nil {
		return err
	}
	_, err := output(ctx, bench, "go", "test", "-c", "-mod=mod", "-modfile="+mod, "-o", s.binary, ".")
	return err
}

// sample runs each benchmark once and appends what it prints to the file of s.
func (s *side) sample(ctx context.Context, dir, pattern string, d time.Duration) error {
	text, err := output(ctx, dir, s.binary, "-test.run=^$", "-test.bench=^Benchmark(Pool|Bytes)$/^impl=plunge$/"+pattern, "-test.benchtime="+d.String())
	if err != nil {
		return err
	}
	if !strings.Contains(text, "ns/op") {
		return fmt.Errorf("no benchmark matches %q", pattern)
	}
	f, err := os.OpenFile(s.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, text)
	return errors.Join(err, f.Close())
}

// output runs a command and returns its output. The error includes what it printed to stderr.
func output(ctx context.Context, dir, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%s %s: %w: %s", filepath.Base(name), strings.Join(args, " "), err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(string(out)), nil
}
