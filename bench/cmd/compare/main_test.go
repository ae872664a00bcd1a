package main

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
)

func TestBadArguments(t *testing.T) {
	for _, args := range [][]string{
		{},
		{"-old", "HEAD", "-rounds", "0"},
		{"-old", "HEAD", "more"},
		{"-old", "no-such-revision"},
	} {
		if err := run(context.Background(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}

// TestCompare compares the last commit with the working tree, briefly, and shows that
// the worktree is gone afterwards.
func TestCompare(t *testing.T) {
	if testing.Short() {
		t.Skip("it compiles everything twice")
	}
	if err := exec.Command("git", "rev-parse", "HEAD").Run(); err != nil {
		t.Skip("not a git repository: ", err)
	}
	var out, progress bytes.Buffer
	args := []string{"-old", "HEAD", "-rounds", "2", "-benchtime", "1ms", "-bench", "workload=pair$", "-seed", "1"}
	if err := run(context.Background(), args, &out, &progress); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"old", "new", "impl=plunge/workload=pair/size=1", "n=2"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if got := progress.String(); !strings.Contains(got, "2 of 2 rounds") || !strings.Contains(got, "seed 1") {
		t.Errorf("progress: got %q", got)
	}
	trees, err := exec.Command("git", "worktree", "list").Output()
	if err != nil || strings.Contains(string(trees), "compare-") {
		t.Errorf("worktrees left: %s, %v", trees, err)
	}
}
