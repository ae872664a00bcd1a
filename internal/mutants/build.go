package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// compile makes the test program of a suite's package in dir, a copy of the root,
// and returns its path. It is made apart from its run, and without vet, so that
// what fails in a run is a test.
func compile(ctx context.Context, dir string, s suite, out string) (string, error) {
	name := filepath.Join(out, strings.ReplaceAll(s.pkg, "/", "_")+"_"+string(s.build)+".test")
	args, env := s.build.flags()
	// Paths are trimmed so that copies share what the go command has in its cache.
	args = append([]string{"test", "-c", "-trimpath", "-o", name}, args...)
	if !s.full {
		restore, err := setAside(filepath.Join(dir, filepath.FromSlash(s.pkg)), heavy[s.pkg])
		if err != nil {
			return "", err
		}
		defer restore()
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./"+s.pkg)...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), env...)
	cmd.Env = append(cmd.Env, "GOWORK=off")
	if text, err := cmd.CombinedOutput(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s does not compile: %w\n%s", s.pkg, err, text)
	}
	return name, nil
}

// setAside renames files so that the go command does not see them.
func setAside(dir string, names []string) (restore func(), err error) {
	var moved []string
	restore = func() {
		for _, path := range moved {
			if err := os.Rename(path+".aside", path); err != nil {
				panic(err) // it is our own scratch directory
			}
		}
	}
	for _, name := range names {
		path := filepath.Join(dir, name)
		if err := os.Rename(path, path+".aside"); err != nil {
			restore()
			return nil, err
		}
		moved = append(moved, path)
	}
	return restore, nil
}
