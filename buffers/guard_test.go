package buffers_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// guardProgram builds testdata/guard for the guard build.
func guardProgram(t *testing.T) (program string) {
	if !slices.Contains([]string{"linux", "darwin", "freebsd", "netbsd", "openbsd", "dragonfly", "solaris", "illumos"}, runtime.GOOS) {
		t.Skipf("the guard build is not for %s", runtime.GOOS)
	}
	goCommand, err := exec.LookPath("go")
	if err != nil {
		t.Skip("no go command")
	}
	program = filepath.Join(t.TempDir(), "guard")
	build := exec.Command(goCommand, "build", "-tags=plunge_guard", "-o", program, "./testdata/guard")
	if text, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, text)
	}
	return program
}

// TestGuard: a program that uses a buffer after its Release dies at the guilty line, and
// the last that it prints is the stack of the Release.
func TestGuard(t *testing.T) {
	program := guardProgram(t)
	source, err := os.ReadFile("testdata/guard/main.go")
	if err != nil {
		t.Fatal(err)
	}
	line := func(end string) string { // that ends so
		before, _, found := strings.Cut(string(source), " // "+end+"\n")
		if !found {
			t.Fatalf("testdata/guard/main.go has no line that ends with %q", end)
		}
		return fmt.Sprintf("guard/main.go:%d", strings.Count(before, "\n")+1)
	}
	const (
		fault   = "fatal error: fault"
		explain = "\nbuffers: address 0x"
		second  = "panic: buffers: second Release of a buffer of 1024 bytes, which was released by"
	)
	for _, c := range []struct{ name, says, explains, release string }{
		{"write", fault, explain, "the Release"},
		{"read", fault, explain, "the Release"},
		{"copy", fault, explain, "the Release"},
		{"reused", fault, explain, "the Release"},
		{"goroutine", fault, explain, "the Release"},
		{"buffer", fault, explain, "the Release of a Buffer"},
		{"fixed", fault, explain, "the Release of a Fixed"},
		{"second", second, "", "the Release"},
		{"overrun", fault, "", ""},
		{"other", "panic: runtime error: invalid memory address", "", ""},
	} {
		text, err := runGuard(t, program, c.name)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("%s: got %v, want exit status 2", c.name, err)
		}
		crash, explained, found := strings.Cut(text, explain)
		if !strings.Contains(crash, c.says) || !strings.Contains(crash, line(c.name)) {
			t.Errorf("%s: want %q and %s in\n%s", c.name, c.says, line(c.name), text)
		}
		if found != (c.explains != "") || found && !strings.Contains(explained, line(c.release)) {
			t.Errorf("%s: want the stack of the Release, %q, at the end of\n%s", c.name, c.release, text)
		}
		if found && c.name != "copy" && !strings.Contains(explained, " is byte 17 of a buffer of ") { // copy begins somewhere
			t.Errorf("%s: want byte 17 of the buffer at the end of\n%s", c.name, text)
		}
		if c.release != "" && !strings.Contains(text, line(c.release)) {
			t.Errorf("%s: want %s in\n%s", c.name, line(c.release), text)
		}
	}
	const want = "none: ended, {Enabled:true InUse:0 Quarantined:101 Recycled:0 Unguarded:0}\n"
	if text, err := runGuard(t, program, "none"); err != nil || text != want {
		t.Errorf("without misuse: got %v, %q, want %q", err, text, want)
	}
}

// runGuard runs the program and returns what it and the process that outlives it print.
func runGuard(t *testing.T, program, name string) (string, error) {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, name)
	cmd.Env = append(os.Environ(), "GOTRACEBACK=single")
	text, err := cmd.CombinedOutput()
	var path *fs.PathError
	if errors.As(err, &path) {
		t.Skipf("the program does not run here: %v", err)
	}
	return string(text), err
}
