// Command instructions counts the instructions of an operation on the hit path and
// compares them with the figures committed in figures.txt: what no noise of the
// machine hides and no idle machine is needed for.
//
//	go run ./cmd/instructions           # exits with 1 if one is over by 3 %
//	go run ./cmd/instructions -update   # and writes the figures
//
// The count is valgrind's, of this program run as a child: that of 2N operations less
// that of N, over N, so that the start of the program does not count. Each is
// taken three times and the least counts, for what the runtime does in the
// background only adds. The figures are for one minor version of Go, whose compiler
// they measure as well; with another the command prints the count and says that
// it has nothing to compare it with.
package main

import (
	"bytes"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"regexp"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/plungepool/plunge/bench/internal/work"
)

//go:embed figures.txt
var committed string

const (
	file   = "cmd/instructions/figures.txt" // from the directory of the module
	within = 0.03
	ops    = 400_000
	times  = 3

	childArg = "instructions-of" // then the case and the number of operations
)

// cases are what is counted.
var cases = []string{"pair", "burst/64", "batch/64"}

// operations is how many are done of a case, against what the runtime does in the
// background: of a batch more, for it takes a quarter of the instructions.
func operations(name string) int {
	if strings.HasPrefix(name, "batch") {
		return 4 * ops
	}
	return ops
}

func main() {
	if len(os.Args) == 4 && os.Args[1] == childArg {
		if err := child(os.Args[2], os.Args[3]); err != nil {
			fmt.Fprintln(os.Stderr, "instructions:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "instructions:", err)
		os.Exit(1)
	}
}

// child does the operations on a pool of its own, with nothing going on beside.
func child(name, number string) error {
	n, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	c, ok := work.Find(name)
	if !ok {
		return fmt.Errorf("no case %q", name)
	}
	debug.SetGCPercent(-1)
	runtime.GOMAXPROCS(1)
	c.Impls[0].New(work.Env{}).Step(n)
	return nil
}

func run(args []string, stdout io.Writer) error {
	f := flag.NewFlagSet("instructions", flag.ContinueOnError)
	update := f.Bool("update", false, "write the figures instead of comparing with them")
	if err := f.Parse(args); err != nil {
		return err
	}
	valgrind, err := exec.LookPath("valgrind")
	if err != nil {
		return fmt.Errorf("%w: on Debian it is the package valgrind", err)
	}
	counted := map[string]float64{}
	for _, name := range cases {
		if counted[name], err = perOp(valgrind, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	if *update {
		return os.WriteFile(file, []byte(figures(counted)), 0o644)
	}
	return compare(stdout, version(), committed, counted)
}

// perOp returns the instructions of an operation of a case.
func perOp(valgrind, name string) (float64, error) {
	least := [2]float64{math.Inf(1), math.Inf(1)}
	for range times {
		for i := range least {
			n, err := count(valgrind, name, operations(name)<<i)
			if err != nil {
				return 0, err
			}
			least[i] = min(least[i], n)
		}
	}
	return (least[1] - least[0]) / float64(operations(name)), nil
}

var collected = regexp.MustCompile(`Collected *: *(\d+)`)

// count returns the instructions of a child that does n operations.
func count(valgrind, name string, n int) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", self, childArg, name, strconv.Itoa(n))
	cmd.Env = append(os.Environ(), "GODEBUG=asyncpreemptoff=1")
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, b.String())
	}
	m := collected.FindSubmatch(b.Bytes())
	if m == nil {
		return 0, fmt.Errorf("no count in what valgrind printed: %s", b.String())
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

// version is that of the figures: a minor version of Go on a platform.
func version() string {
	minor, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go1."), ".")
	return "go1." + minor + " " + runtime.GOOS + "/" + runtime.GOARCH
}

// figures is the file of what was counted.
func figures(counted map[string]float64) string {
	var b strings.Builder
	fmt.Fprintln(&b, "# Instructions an operation. Written by: go run ./cmd/instructions -update")
	for _, name := range cases {
		fmt.Fprintf(&b, "%s %s %.1f\n", version(), name, counted[name])
	}
	return b.String()
}

// compare prints the counts beside the figures of this version, and fails where a
// count is over by more than allowed.
func compare(w io.Writer, version, figures string, counted map[string]float64) error {
	known := map[string]float64{}
	for line := range strings.Lines(figures) {
		var platform, goVersion, name string
		var n float64
		if strings.HasPrefix(line, "#") {
			continue
		}
		if _, err := fmt.Sscan(line, &goVersion, &platform, &name, &n); err != nil || n <= 0 {
			return fmt.Errorf("figures.txt: %q: want version, platform, case and number", line)
		}
		if goVersion+" "+platform == version {
			known[name] = n
		}
	}
	if len(known) == 0 {
		fmt.Fprintf(w, "no figures for %s to compare with: -update writes them\n", version)
	}
	var over []error
	for _, name := range cases {
		figure, ok := known[name]
		if !ok {
			fmt.Fprintf(w, "%-10s %8.1f instructions\n", name, counted[name])
			if len(known) > 0 {
				over = append(over, fmt.Errorf("%s: no figure for %s", name, version))
			}
			continue
		}
		change := counted[name]/figure - 1
		fmt.Fprintf(w, "%-10s %8.1f instructions, committed %8.1f: %+.1f %%\n", name, counted[name], figure, 100*change)
		switch {
		case change > within:
			over = append(over, fmt.Errorf("%s: %.1f instructions, over the %.1f committed by %.1f %%", name, counted[name], figure, 100*change))
		case change < -within:
			fmt.Fprintf(w, "%-10s is better than committed: make instructions UPDATE=1 keeps it so\n", name)
		}
	}
	return errors.Join(over...)
}
