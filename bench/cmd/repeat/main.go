// Command repeat says how much the ratios of two runs of the bench differ. That tells how far a ratio can be
// trusted on this machine.
//
//	go run ./cmd/repeat                      # runs the bench twice
//	go run ./cmd/repeat -- -workload '^pair' # with these flags
//	go run ./cmd/repeat first.txt second.txt # of two files of raw samples
//
// The samples of its runs stay in results, like those of the bench.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/report"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], "results", os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, "repeat:", err)
		stop()
		os.Exit(1)
	}
}

// run is the command. Its arguments are two files of raw samples, or, after --, flags of the bench. With flags it
// runs the bench twice, in the directory of the module bench, and the samples go to dir.
func run(ctx context.Context, args []string, dir string, stdout, progress io.Writer) error {
	files := args
	switch {
	case len(args) == 0 || args[0] == "--":
		var err error
		if files, err = twice(ctx, dir, args, progress); err != nil {
			return err
		}
	case len(args) != 2:
		return errors.New("name two files of raw samples, or none")
	}
	var runs [2][]measure.Result
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if _, runs[i], err = report.Read(bytes.NewReader(text), name); err != nil {
			return err
		}
	}
	all := report.Repeats(runs[0], runs[1])
	if len(all) == 0 {
		return errors.New("the runs have no comparison in common")
	}
	return report.WriteRepeats(stdout, all)
}

// twice runs the bench twice and returns the files of its samples, in dir. The two runs are processes of one
// binary, each with its own seed.
func twice(ctx context.Context, dir string, args []string, progress io.Writer) (files []string, err error) {
	tmp, err := os.MkdirTemp("", "repeat-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(tmp)
	binary := filepath.Join(tmp, "bench")
	command := func(name string, args ...string) error {
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdout, cmd.Stderr = progress, progress
		return cmd.Run()
	}
	if err := command("go", "build", "-o", binary, "."); err != nil {
		return nil, fmt.Errorf("go build: %w", err)
	}
	began := time.Now()
	for i := range 2 {
		file := report.RawName(dir, began, fmt.Sprintf("-%d", i+1))
		flags := args
		if len(args) > 0 {
			flags = args[1:]
		}
		if err := command(binary, append(slices.Clone(flags), "-out", file)...); err != nil {
			return nil, fmt.Errorf("run %d: %w", i+1, err)
		}
		files = append(files, file)
	}
	return files, nil
}
