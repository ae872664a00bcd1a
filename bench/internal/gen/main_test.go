package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestUpToDate shows that the generated files are up to date.
func TestUpToDate(t *testing.T) {
	dir := filepath.Join("..", "peer")
	files, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./...", name)
		}
	}
}

func TestBadDirectives(t *testing.T) {
	for _, directive := range []string{"//bench:pool", "//bench:pool first x", "//bench:nonsense 1 x"} {
		dir := t.TempDir()
		source := "package peer\n\n" + directive + "\ntype x struct{}\n"
		if err := os.WriteFile(filepath.Join(dir, "x.go"), []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := generate(dir); err == nil {
			t.Errorf("%s: got no error", directive)
		}
	}
}
