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
