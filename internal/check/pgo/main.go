// Command pgo checks that no code of a user gets into the functions of a hit. Such code could not be preempted, and
// would need stack that there is not. It profiles a program with hot hooks of every kind (package program), builds it
// with that profile, looks which files the lines of the functions are from, and runs it once more.
//
//	go run ./internal/check/pgo
//
// It runs in the directory of the root module and needs nothing but Go.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"
)

const (
	module  = "github.com/plungepool/plunge/..."
	program = "./internal/check/pgo/program"
)

var (
	// hit is the functions of a hit, as the package's D1 names them.
	hit = regexp.MustCompile(`/shard\.((Get|TryGet|Put|GetN|PutN)By\[go\.shape\..*\]|GetSized|PutSized)$`)

	// own is the file that their lines are in.
	own = []string{"hits.go"}

	// hooks is the file of the program's hooks.
	hooks = "hooks.go"

	text = regexp.MustCompile(`^TEXT (\S.*)\(SB\)`)
	line = regexp.MustCompile(`^\s+(\S+\.(?:go|s)):\d+\t`)
)

func main() {
	if err := check(); err != nil {
		fmt.Fprintln(os.Stderr, "pgo:", err)
		os.Exit(1)
	}
}

func check() error {
	tmp, err := os.MkdirTemp("", "pgo")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	plain, guided, profile := filepath.Join(tmp, "plain.exe"), filepath.Join(tmp, "guided.exe"), filepath.Join(tmp, "profile")
	if err := run("go", "build", "-pgo=off", "-o", plain, program); err != nil {
		return err
	}
	if err := run(plain, "-profile", profile, "-time", "700ms"); err != nil {
		return err
	}
	// As -pgo does, but for the module only: it would compile the standard library again.
	if err := run("go", "build", "-gcflags="+module+"=-pgoprofile="+profile, "-pgo=off", "-o", guided, program); err != nil {
		return fmt.Errorf("built with its profile: %w", err)
	}
	l, err := lines(guided)
	if err != nil {
		return err
	}
	if err := l.judge(); err != nil {
		return err
	}
	if err := run(guided); err != nil {
		return fmt.Errorf("built with its profile: %w", err)
	}
	fmt.Printf("pgo: %d functions of a hit have no lines but their own; %d others of the engine have hooks inlined (%s)\n",
		len(l.hits), len(l.inlined), runtime.Version())
	return nil
}

// run runs a command, with its output in the error.
func run(name string, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	defer cancel()
	if out, err := exec.CommandContext(ctx, name, args...).CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", filepath.Base(name), err, out[:min(len(out), 4000)])
	}
	return nil
}

// found is which files the lines of a program's functions are from.
type found struct {
	hits    map[string][]string // the files of the lines of each function of a hit
	inlined map[string]bool     // other functions of package shard with lines of a hook
}

// lines reads the line numbers of a program's machine code.
func lines(binary string) (*found, error) {
	cmd := exec.Command("go", "tool", "objdump", "-s", `plunge/shard\.`, binary)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &found{map[string][]string{}, map[string]bool{}}
	f.read(bufio.NewScanner(out))
	return f, cmd.Wait()
}

// read takes what go tool objdump writes.
func (f *found) read(s *bufio.Scanner) {
	s.Buffer(nil, 1<<20)
	name := ""
	for s.Scan() {
		if m := text.FindStringSubmatch(s.Text()); m != nil {
			name = m[1]
			if hit.MatchString(name) {
				f.hits[name] = nil
			}
			continue
		}
		m := line.FindStringSubmatch(s.Text())
		if m == nil {
			continue
		}
		if files, ok := f.hits[name]; !ok {
			f.inlined[name] = f.inlined[name] || m[1] == hooks
		} else if !slices.Contains(files, m[1]) {
			f.hits[name] = append(files, m[1])
		}
	}
	for name, has := range f.inlined {
		if !has {
			delete(f.inlined, name)
		}
	}
}

// judge returns an error if a function of a hit has a line of another file than its own, or is not there, or the
// profile had no effect.
func (f *found) judge() error {
	seen := map[string]bool{}
	for name, files := range f.hits {
		short, _, _ := strings.Cut(hit.FindStringSubmatch(name)[1], "[")
		seen[short] = true
		for _, file := range files {
			if !slices.Contains(own, file) {
				return fmt.Errorf("%s has lines of %s: a function was inlined that can be a user's", name, file)
			}
		}
	}
	for _, want := range []string{"GetBy", "TryGetBy", "PutBy", "GetNBy", "PutNBy", "GetSized", "PutSized"} {
		if !seen[want] {
			return fmt.Errorf("%s is not in the program", want)
		}
	}
	if len(f.inlined) == 0 {
		return fmt.Errorf("no hook is inlined anywhere in the engine: the profile says nothing")
	}
	return nil
}
