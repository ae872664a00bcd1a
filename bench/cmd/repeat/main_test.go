package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples are six rounds of a run in which plunge takes ns nanoseconds and sync.Pool 10.
func samples(t *testing.T, dir, name, ns string) string {
	t.Helper()
	text := "procs: 2\n\n" + strings.Repeat("BenchmarkPool/impl=plunge/workload=pair/size=1-2 1 "+ns+" ns/op\n"+
		"BenchmarkPool/impl=sync.Pool/workload=pair/size=1-2 1 10 ns/op\n", 6)
	file := filepath.Join(dir, name)
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestFiles shows that ratios within 10% of each other agree, in either direction, and that others differ.
func TestFiles(t *testing.T) {
	dir := t.TempDir()
	first := samples(t, dir, "first", "5")
	for _, c := range []struct{ ns, quotient, agree string }{
		{"5.4", "1.080", "1 of 1"},
		{"4.6", "0.920", "1 of 1"},
		{"5.6", "1.120", "0 of 1"},
		{"4.5", "0.900", "0 of 1"}, // 5 is 11% more
	} {
		var out bytes.Buffer
		if err := run(context.Background(), []string{first, samples(t, dir, "second", c.ns)}, dir, &out, io.Discard); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), c.quotient) || strings.Count(out.String(), c.agree+" (") != 3 {
			t.Errorf("%s ns after 5: want quotient %s and %s in\n%s", c.ns, c.quotient, c.agree, out.String())
		}
	}
}

func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	first := samples(t, dir, "first", "5")
	empty := filepath.Join(dir, "empty")
	if err := os.WriteFile(empty, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{first}, {first, filepath.Join(dir, "none")}, {first, empty}} {
		if err := run(context.Background(), args, dir, io.Discard, io.Discard); err == nil {
			t.Errorf("%q: got no error", args)
		}
	}
}

// TestTwice runs the bench twice, briefly, and finds the samples afterwards.
func TestTwice(t *testing.T) {
	t.Chdir(filepath.Join("..", ".."))
	dir := t.TempDir()
	var out, progress bytes.Buffer
	if err := run(context.Background(), []string{"--", "-workload", "^pair$", "-rounds", "3"}, dir, &out, &progress); err != nil {
		t.Fatalf("%v\n%s", err, progress.String())
	}
	if !strings.Contains(out.String(), "pair") || !strings.Contains(out.String(), "of 8 comparisons") {
		t.Errorf("got\n%s", out.String())
	}
	files, err := filepath.Glob(filepath.Join(dir, "raw-*-[12].txt"))
	if err != nil || len(files) != 2 {
		t.Errorf("got %v and error %v, want two files of samples", files, err)
	}
}
