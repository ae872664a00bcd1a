package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// samples are six rounds of two pools.
var samples = "procs: 2\n" + strings.Repeat(`BenchmarkPool/impl=plunge/workload=pair/size=1-2 10 7 ns/op
BenchmarkPool/impl=sync.Pool/workload=pair/size=1-2 10 14 ns/op
`, 6)

func TestReport(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Mkdir("results", 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"raw-1.txt": "", "raw-2.txt": samples} {
		if err := os.WriteFile(filepath.Join("results", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if err := run([]string{"-svg", "main.svg"}, &out); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile(filepath.Join("results", "raw-2.html"))
	if err != nil || !bytes.Contains(page, []byte("plunge is ahead in 1 of 1 comparisons")) {
		t.Errorf("the page of the newest samples: %v, %d bytes", err, len(page))
	}
	drawing, err := os.ReadFile("main.svg")
	if err != nil || !bytes.HasPrefix(drawing, []byte("<svg ")) || !bytes.Contains(drawing, []byte("pair  0.500")) || !bytes.Contains(drawing, []byte("prefers-color-scheme")) {
		t.Errorf("the drawing: %v, %s", err, drawing)
	}
}

func TestBad(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("other.txt", []byte("BenchmarkX 1 2 ns/op\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("alone.txt", nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile("pair.txt", []byte(samples), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		nil, // no results
		{"-raw", "none.txt"},
		{"-raw", "other.txt"},
		{"-raw", "alone.txt", "-svg", "x.svg"},
		{"-raw", "pair.txt", "-again", "none.txt"},
		{"-raw", "pair.txt", "-again", "alone.txt"},
		{"-nonsense"},
	} {
		if err := run(args, io.Discard); err == nil {
			t.Errorf("%v: got no error", args)
		}
	}
}

// TestAgain shows that ratios within 10% of each other agree, in either direction, and that others differ.
func TestAgain(t *testing.T) {
	dir := t.TempDir()
	write := func(name, ns string) string {
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(samples, " 7 ns", " "+ns+" ns")), 0o644); err != nil {
			t.Fatal(err)
		}
		return file
	}
	first := write("first", "5")
	for _, c := range []struct{ ns, quotient, agree string }{
		{"5.4", "1.080", "1 of 1"},
		{"4.6", "0.920", "1 of 1"},
		{"5.6", "1.120", "0 of 1"},
		{"4.5", "0.900", "0 of 1"}, // 5 is 11% more
	} {
		var out bytes.Buffer
		if err := run([]string{"-raw", first, "-again", write("second", c.ns)}, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), c.quotient) || strings.Count(out.String(), c.agree+" (") != 3 {
			t.Errorf("%s ns after 5: want quotient %s and %s in\n%s", c.ns, c.quotient, c.agree, out.String())
		}
	}
}
