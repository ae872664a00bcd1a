package main

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

// TestCompare shows what fails and what does not.
func TestCompare(t *testing.T) {
	figures := "# a comment\ngo1.99 plan9/mips pair 100\ngo1.99 plan9/mips burst/64 100\ngo1.99 plan9/mips batch/64 30\n"
	for _, c := range []struct {
		version, figures string
		pair             float64
		fails            bool
		says             string
	}{
		{"go1.99 plan9/mips", figures, 102, false, "+2.0 %"},
		{"go1.99 plan9/mips", figures, 103.5, true, "+3.5 %"},
		{"go1.99 plan9/mips", figures, 90, false, "better"},
		{"go1.98 plan9/mips", figures, 500, false, "no figures for go1.98"},
		{"go1.99 plan9/mips", "go1.99 plan9/mips pair 100\n", 100, true, ""},
		{"go1.99 plan9/mips", "go1.99 pair 100\n", 100, true, ""},
	} {
		var b bytes.Buffer
		err := compare(&b, c.version, c.figures, map[string]float64{"pair": c.pair, "burst/64": 100, "batch/64": 30})
		if (err != nil) != c.fails || !strings.Contains(b.String(), c.says) {
			t.Errorf("%s, %v with %q: got %v and %q", c.version, c.pair, c.figures, err, b.String())
		}
	}
}

// TestCommitted shows that the committed figures are read, and have every case.
func TestCommitted(t *testing.T) {
	first, _, _ := strings.Cut(strings.TrimPrefix(committed[strings.Index(committed, "\n"):], "\n"), " pair")
	var b bytes.Buffer
	if err := compare(&b, first, committed, map[string]float64{"pair": 1, "burst/64": 1, "batch/64": 1}); err != nil {
		t.Error(err)
	}
	if strings.Contains(b.String(), "no figures") {
		t.Errorf("got %q", b.String())
	}
}

// TestChild shows that a child does its operations, and that it knows what it is
// asked for.
func TestChild(t *testing.T) {
	if err := child("nonsense", "10"); err == nil {
		t.Error("a case that does not exist: got no error")
	}
	if err := child("pair", "x"); err == nil {
		t.Error("a number that is none: got no error")
	}
	if _, err := exec.LookPath("valgrind"); err != nil {
		t.Skip("no valgrind")
	}
	if _, err := count("false", "pair", 1); err == nil {
		t.Error("a valgrind that fails: got no error")
	}
}
