package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const (
	// A program is stopped as hung after timesUnbroken times what the tests took
	// before any mutant, and leastLimit.
	timesUnbroken = 4
	leastLimit    = 10 * time.Second

	// firstLimit is for the tests before any mutant.
	firstLimit = 5 * time.Minute

	// killAfter more a program is killed that does not even time out: where the
	// world cannot be stopped no timer fires.
	killAfter = 5 * time.Second
)

// failure is a test that did not pass.
type failure struct {
	test string // the first that failed, or that ran when the program ended
	how  string // "", "crashed" or "hung"
	text string // what the program printed
}

// runSuite runs the test program of a suite until a test fails. nil: all passed.
func runSuite(ctx context.Context, dir, program string, s suite, limit time.Duration) (*failure, error) {
	within, cancel := context.WithTimeout(ctx, limit+killAfter)
	defer cancel()
	cmd := exec.CommandContext(within, program, "-test.v", "-test.failfast", "-test.count=1",
		"-test.timeout="+limit.String(), "-test.run="+s.run)
	cmd.Dir = filepath.Join(dir, filepath.FromSlash(s.pkg))
	cmd.WaitDelay = time.Second // a program that a test has started may hold the pipe
	for _, v := range os.Environ() {
		if !strings.HasPrefix(v, "PLUNGE_STRESS=") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	cmd.Env = append(cmd.Env, "PWD="+cmd.Dir, "GOWORK=off")
	if s.stress > 0 {
		cmd.Env = append(cmd.Env, "PLUNGE_STRESS="+s.stress.String())
	}
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil && !ranSome(text):
		return nil, errors.New("no test of " + s.pkg + " matches " + s.run)
	case err == nil:
		return nil, nil
	case within.Err() != nil || errors.Is(err, exec.ErrWaitDelay) || errors.As(err, &exit):
		return explain(text, within.Err() != nil), nil
	default:
		return nil, err // it could not be started
	}
}

// ranSome reports whether the output is of a program that has run a test.
func ranSome(text []byte) bool { return bytes.Contains(text, []byte("=== RUN ")) }

// explain finds the first failing test in the output of a program that failed.
func explain(text []byte, killed bool) *failure {
	f := &failure{test: "?", how: "crashed", text: string(text)}
	for line := range strings.Lines(f.text) {
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
