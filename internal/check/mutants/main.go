package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout); err != nil {
		stop()
		fmt.Fprintln(os.Stderr, "mutants:", err)
		os.Exit(1)
	}
}

// command is the program.
func command(ctx context.Context, args []string, w io.Writer) error {
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	quick := flags.Bool("quick", false, "only the cheapest mutants, a minute or so")
	names := flags.String("run", "", "only mutants whose name matches the `regexp`")
	jobs := flags.Int("jobs", 1, "how many to try at once; tests under stress notice less then")
	list := flags.Bool("list", false, "list the mutants and what each breaks")
	verbose := flags.Bool("v", false, "print the first lines of what a killed mutant's test said")
	if err := flags.Parse(args); err != nil {
		return err
	}
	re, err := regexp.Compile(*names)
	if err != nil {
		return err
	}
	all, err := load()
	if err != nil {
		return err
	}
	ms := choose(all, *quick, re)
	switch {
	case flags.NArg() > 0:
		return fmt.Errorf("unknown argument %q", flags.Arg(0))
	case *jobs < 1:
		return fmt.Errorf("-jobs is %d, want 1 or more", *jobs)
	case len(ms) == 0:
		return fmt.Errorf("no mutant matches %q", *names)
	case *list:
		for _, m := range ms {
			fmt.Fprintf(w, "%-32s %s\n", m.name, m.breaks)
		}
		return nil
	}
	scratch, err := os.MkdirTemp("", "plunge-mutants-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	var copies []string
	for i := range *jobs {
		to := filepath.Join(scratch, fmt.Sprint(i), "plunge")
		if err := copyTree(root, to); err != nil {
			return err
		}
		copies = append(copies, to)
	}
	r := &report{w: w, verbose: *verbose}
	l, err := baseline(ctx, copies, ms, r)
	if err != nil {
		return err
	}
	if err := l.try(ctx, copies, ms, r); err != nil {
		return err
	}
	return r.verdict(len(ms))
}
