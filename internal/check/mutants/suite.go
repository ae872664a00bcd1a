package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// builds is what the go command is given for each of the library's builds: arguments, which begin with -, and
// variables for the environment.
var builds = map[string][]string{
	"":         nil,
	"race":     {"-race", "CGO_ENABLED=1"},
	"portable": {"-tags=plunge_portable"},
	"explored": {"-tags=plunge_explore"}, // by package internal/check/explore
	"386":      {"GOARCH=386", "CGO_ENABLED=0"},
}

// heavy lists test files, by package, that a suite which is not full goes without. With them the package is compiled
// for so many types that this takes several times as long as everything else. They are not about the mutants but
// about allocations, examples and types.
var heavy = map[string][]string{
	"pool": {
		"alloc_test.go", "bench_test.go", "example_test.go", "example_stats_test.go",
		"resetter_test.go", "shared_test.go", "checkshapes_test.go",
	},
	"shard": {"shapes_test.go"},
}

// killAfter is how long after its time a program is killed that does not even time out: no timer fires if the world
// cannot be stopped.
const killAfter = 5 * time.Second

// failure is a test that did not pass.
type failure struct {
	test string // the first that failed, or that ran when the program ended
	how  string // "", "crashed" or "hung"
	text string // what the program printed
}

// compile makes the test program of a suite's package in dir, a copy of the root,
// and returns its path. It is made apart from its run, and without vet, so that
// what fails in a run is a test.
func (s suite) compile(ctx context.Context, dir, out string) (string, error) {
	name := filepath.Join(out, strings.ReplaceAll(s.pkg, "/", "_")+"_"+s.build+".test")
	// Paths are trimmed so that copies share what the go command has in its cache.
	cmd := exec.CommandContext(ctx, "go", "test", "-c", "-trimpath", "-ldflags=-w", "-o", name)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
	for _, setting := range builds[s.build] {
		if strings.HasPrefix(setting, "-") {
			cmd.Args = append(cmd.Args, setting)
		} else {
			cmd.Env = append(cmd.Env, setting)
		}
	}
	cmd.Args = append(cmd.Args, "./"+s.pkg)
	if !s.full {
		for _, file := range heavy[s.pkg] {
			path := filepath.Join(dir, filepath.FromSlash(s.pkg), file)
			if err := os.Rename(path, path+".aside"); err != nil {
				return "", err
			}
			defer os.Rename(path+".aside", path)
		}
	}
	if text, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s does not compile: %w\n%s", s.pkg, err, text)
	}
	return name, nil
}

// do runs the test program until a test fails. nil: all passed.
func (s suite) do(ctx context.Context, dir, program string, limit time.Duration) (*failure, error) {
	within, cancel := context.WithTimeout(ctx, limit+killAfter)
	defer cancel()
	cmd := exec.CommandContext(within, program, "-test.v", "-test.failfast", "-test.count=1",
		"-test.timeout="+limit.String(), "-test.run="+s.run)
	cmd.Dir = filepath.Join(dir, filepath.FromSlash(s.pkg))
	cmd.WaitDelay = time.Second // a program that a test has started may hold the pipe
	cmd.Env = append(os.Environ(), "PWD="+cmd.Dir, "GOWORK=off", "PLUNGE_STRESS=")
	if s.stress > 0 {
		cmd.Env = append(cmd.Env, "PLUNGE_STRESS="+s.stress.String())
	}
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && !bytes.Contains(text, []byte("=== RUN ")):
		return nil, errors.New("no test of " + s.pkg + " matches " + s.run)
	case err == nil:
		return nil, nil
	case within.Err() != nil || errors.Is(err, exec.ErrWaitDelay) || errors.As(err, &exit):
		return explain(string(text), within.Err() != nil), nil
	default:
		return nil, err // it could not be started
	}
}

// explain finds the first failing test in the output of a program that failed.
func explain(text string, killed bool) *failure {
	f := &failure{test: "?", how: "crashed", text: text}
	for line := range strings.Lines(text) {
		fields := strings.Fields(line)
		switch {
		case strings.HasPrefix(line, "--- FAIL: "):
			f.test, f.how = fields[2], ""
			return f
		case len(fields) == 3 && fields[0] == "===" && (fields[1] == "RUN" || fields[1] == "NAME"):
			f.test = fields[2]
		case strings.HasPrefix(line, "panic: test timed out"):
			killed = true
		}
	}
	if killed {
		f.how = "hung"
	}
	return f
}
