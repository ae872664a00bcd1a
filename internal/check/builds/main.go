// Command builds tests the library in every build that users make of it: with coverage, without optimization, with
// checks that the compiler inserts, rewritten by a tool. It moves a table of element types through a pool (package
// elements). The functions of a hit are nosplit, so the linker refuses some types in some builds if they need more
// stack than there is.
//
//	go run ./internal/check/builds [-run regexp]
//
// It runs in the directory of the root module, needs nothing but Go, and prints a line for each build.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"sync"
	"time"
)

const (
	module   = "github.com/plungepool/plunge/..."
	elements = "./internal/check/builds/elements"
)

// A build is a way to build the library.
type build struct {
	name string
	args []string // of go test
	env  []string
	arch string // the only GOARCH that it is for; "" is any
	link bool   // it is linked for another machine and does not run

	rewrite func(text string) string // what a tool makes of the hits before
}

// covered returns the arguments for coverage of the library.
func covered(mode string, more ...string) []string {
	return append([]string{"-covermode=" + mode, "-coverpkg=" + module}, more...)
}

// compiled returns the arguments that have the compiler take flags for the library.
func compiled(flags string) []string { return []string{"-gcflags=" + module + "=" + flags} }

var builds = []build{
	{name: "default"},
	{name: "cover set", args: covered("set")},
	{name: "cover count", args: covered("count")},
	{name: "cover atomic", args: covered("atomic")},
	{name: "-N", args: compiled("-N")},
	{name: "-l", args: compiled("-l")},
	{name: "-N -l", args: compiled("-N -l")},
	{name: "cover atomic, -N -l", args: covered("atomic", compiled("-N -l")...)},
	{name: "PIE", args: []string{"-buildmode=pie"}},
	{name: "GOAMD64=v3", env: []string{"GOAMD64=v3"}, arch: "amd64"},
	{name: "spectre", args: compiled("-spectre=all"), arch: "amd64"},
	{name: "libfuzzer", args: compiled("-d=libfuzzer")},
	{name: "checkptr", args: compiled("-d=checkptr")},
	{name: "arm64, cover atomic, -N -l", args: covered("atomic", compiled("-N -l")...), env: []string{"GOARCH=arm64", "CGO_ENABLED=0"}, link: true},
	{name: "calls inserted", rewrite: inserted},
	{name: "directives lost", rewrite: stripped},
}

func main() {
	run := flag.String("run", "", "only the builds whose name matches this `regexp`")
	flag.Parse()
	only, err := regexp.Compile(*run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "builds:", err)
		os.Exit(2)
	}
	tmp, err := os.MkdirTemp("", "builds")
	if err != nil {
		fmt.Fprintln(os.Stderr, "builds:", err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	var mu sync.Mutex // of failed, and what is printed
	failed := 0
	turns := make(chan bool, atOnce)
	for i, b := range builds {
		if b.arch != "" && b.arch != runtime.GOARCH || !only.MatchString(b.name) {
			continue
		}
		turns <- true
		wg.Go(func() {
			defer func() { <-turns }()
			began := time.Now()
			text, err := b.test(filepath.Join(tmp, fmt.Sprint(i)))
			mu.Lock()
			defer mu.Unlock()
			what := "passes"
			switch {
			case err != nil:
				what = "FAILS"
				failed++
				fmt.Printf("%s%v\n", text, err)
			case b.link:
				what = "links"
			}
			fmt.Printf("builds: %-28s %s  %5.1f s\n", b.name, what, time.Since(began).Seconds())
		})
	}
	wg.Wait()
	os.RemoveAll(tmp)
	if failed > 0 {
		fmt.Printf("builds: %d failed\n", failed)
		os.Exit(1)
	}
}

// atOnce is how many builds are made at a time.
const atOnce = 2

// test tests b and returns what the go command prints. tmp is a directory for it to make.
func (b build) test(tmp string) ([]byte, error) {
	if err := os.Mkdir(tmp, 0o777); err != nil {
		return nil, err
	}
	args := []string{"test", "-tags=plunge_builds", "-vet=off", "-count=1", "-timeout=5m"}
	if b.link {
		args = append(args, "-c", "-o", filepath.Join(tmp, "test"))
	}
	args = append(args, b.args...)
	if b.rewrite != nil {
		arg, err := overlay(tmp, b.rewrite)
		if err != nil {
			return nil, err
		}
		args = append(args, arg)
	}
	args = append(args, elements)
	if b.rewrite != nil {
		args = append(args, "-rewritten")
	}
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), b.env...)
	return cmd.CombinedOutput()
}
