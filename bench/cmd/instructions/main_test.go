package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCompare shows which comparisons fail.
func TestCompare(t *testing.T) {
	figures := `{"go1.99 plan9/mips": {"pair": 100, "burst/64": 100, "batch/64": 30, "buffers/4096": 50}}`
	for _, c := range []struct {
		version, figures string
		pair             float64
		fails            bool
		says             string
	}{
		{"go1.99 plan9/mips", figures, 102, false, "+2.0 %"},
		{"go1.99 plan9/mips", figures, 103.5, true, "+3.5 %"},
		{"go1.99 plan9/mips", figures, 90, false, "better"},
		{"go1.98 plan9/mips", figures, 100, true, "pair            100.0 instructions\n"},
		{"go1.9 plan9/mips", figures, 100, true, ""},
		{"go1.99 plan9/mips", `{"go1.99 plan9/mips": {"pair": 100}}`, 100, true, ""},
		{"go1.99 plan9/mips", `{"go1.99 plan9/mips": 100}`, 100, true, ""},
	} {
		var b bytes.Buffer
		err := compare(&b, c.version, c.figures, map[string]float64{"pair": c.pair, "burst/64": 100, "batch/64": 30, "buffers/4096": 50})
		if (err != nil) != c.fails || !strings.Contains(b.String(), c.says) {
			t.Errorf("%s, %v with %q: got %v and %q", c.version, c.pair, c.figures, err, b.String())
		}
	}
}

// TestNoFigures shows that a version without figures fails, with advice what to do.
func TestNoFigures(t *testing.T) {
	err := compare(io.Discard, "go1.98 plan9/mips", committed, map[string]float64{"pair": 1, "burst/64": 1, "batch/64": 1, "buffers/4096": 1})
	if err == nil || !strings.Contains(err.Error(), "go1.98 plan9/mips") || !strings.Contains(err.Error(), "UPDATE=1") {
		t.Errorf("got %v", err)
	}
}

// TestCommitted shows that every version of Go in CI has a figure for every case.
func TestCommitted(t *testing.T) {
	for _, version := range []string{"go1.26 linux/amd64", "go1.27 linux/amd64"} {
		if err := compare(io.Discard, version, committed, map[string]float64{"pair": 1, "burst/64": 1, "batch/64": 1, "buffers/4096": 1}); err != nil {
			t.Error(err)
		}
	}
}

// TestFigures shows that an update leaves the figures of other versions alone.
func TestFigures(t *testing.T) {
	counted := map[string]float64{"pair": 1.06, "burst/64": 2, "batch/64": 3, "buffers/4096": 4}
	old := `{"go1.26 a/b": {"pair": 9}, "go1.27 a/b": {"pair": 9, "gone": 9}, "go1.28 a/b": {"pair": 9}}`
	want := `{"go1.26 a/b": {"pair": 9}, "go1.27 a/b": {"batch/64": 3, "buffers/4096": 4, "burst/64": 2, "pair": 1.1}, "go1.28 a/b": {"pair": 9}}`
	got, err := figures("go1.27 a/b", old, counted)
	if text := strings.Join(strings.Fields(string(got)), ""); err != nil || text != strings.Join(strings.Fields(want), "") {
		t.Errorf("got\n%s, %v, want\n%s", got, err, want)
	}
	if _, err := figures("go1.27 a/b", "nonsense", counted); err == nil {
		t.Error("figures that are none: got no error")
	}
	if !strings.HasPrefix(version(), "go1.") || len(strings.Fields(version())) != 2 {
		t.Errorf("version: got %q", version())
	}
}

// TestChild shows that a child does the operations that it is asked for.
func TestChild(t *testing.T) {
	if err := child("nonsense", "10"); err == nil {
		t.Error("a case that does not exist: got no error")
	}
	if err := child("pair", "x"); err == nil {
		t.Error("a number that is none: got no error")
	}
	if err := child("pair", "2000"); err != nil {
		t.Error(err)
	}
}

// TestCount shows what is read from valgrind's output. A count of nothing is an error.
func TestCount(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	for output, want := range map[string]float64{
		"exit 1":                                0,
		"echo nothing":                          0,
		"echo '==7== Collected : 0'":            0,
		"echo '==7== Collected : 4200'":         4200,
		"echo '==7== Collected : 4200'; exit 3": 0,
	} {
		valgrind := filepath.Join(t.TempDir(), "valgrind")
		if err := os.WriteFile(valgrind, []byte("#!/bin/sh\n"+output+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
		if got, err := count(valgrind, "pair", 1); got != want || (err == nil) != (want > 0) {
			t.Errorf("%q: got %v, %v, want %v", output, got, err, want)
		}
	}
}
