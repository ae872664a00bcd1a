// Command instructions counts the instructions of an operation on the hit path, and compares them with the figures
// committed in figures.json. The machine need not be idle, because noise changes a count little.
//
//	go build -o instructions ./cmd/instructions   # go run leaves out the symbols
//	./instructions           # exits with 1 if one is over by 3 %
//	./instructions -update   # writes the figures of this version of Go
//
// valgrind runs this program as a child and counts. The result is the count of 2N operations minus the count of N,
// divided by N, so the first operations do not matter. A figure is for one platform and one minor version of Go,
// because it depends on the compiler. Without a figure for both the command fails.
//
// Differences between machines and runs are kept out. Only what counted calls is collected, on its thread, so the
// runtime's work in the background does not count. The goroutine yields between these calls, so that it is not
// preempted in one. If it is preempted all the same, valgrind confuses the stacks and counts wrong, so each count
// is the median of five, and one that is over its figure is taken once more. The child's environment has only one
// setting. It turns off signals for preemption, and all optional features of the CPU: with these the runtime copies
// and clears memory and reads the clock by other code, and valgrind has what the machine has.
package main

import (
	"bytes"
	_ "embed"
	"encoding/json"
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

	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/work"
)

//go:embed figures.json
var committed string

const (
	file   = "cmd/instructions/figures.json" // from the directory of the module
	within = 0.03
	ops    = 200 * chunk
	times  = 5

	// chunk is the number of operations between two yields, a multiple of a burst. They take some 0.5 ms in
	// valgrind; the runtime preempts after 10 ms.
	chunk = 128

	environment = "GODEBUG=asyncpreemptoff=1,cpu.all=off"

	childArg = "instructions-of" // then the case and the number of operations
)

// cases are what is counted.
var cases = []string{"pair", "burst/64", "batch/64", "buffers/4096"}

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

// child does the operations on a pool of its own, and nothing else runs.
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
	step := c.Impls[0].New(work.Env{Endowed: true}).Step // in valgrind operations are too slow to earn private memory
	for n > 0 {
		n -= counted(step)
		runtime.Gosched()
	}
	return nil
}

// counted is what valgrind collects.
//
//go:noinline
func counted(step work.Loop) int { return step(chunk) }

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
	known, err := parse(committed)
	if err != nil {
		return err
	}
	counted := map[string]float64{}
	for _, name := range cases {
		n, err := perOp(valgrind, name)
		if figure := known[version()][name]; err == nil && figure > 0 && n > figure*(1+within) {
			// Once more. It may be that on a busy machine a P seems idle to the pool, which takes its private memory back.
			again, e := perOp(valgrind, name)
			n, err = min(n, again), e
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		counted[name] = n
	}
	if *update {
		text, err := figures(version(), committed, counted)
		if err != nil {
			return err
		}
		return os.WriteFile(file, text, 0o644)
	}
	return compare(stdout, version(), committed, counted)
}

// perOp returns the instructions of an operation of a case.
func perOp(valgrind, name string) (float64, error) {
	var counts [2][]float64
	for range times {
		for i := range counts {
			n, err := count(valgrind, name, ops<<i)
			if err != nil {
				return 0, err
			}
			counts[i] = append(counts[i], n)
		}
	}
	return (report.Quantile(counts[1], 0.5) - report.Quantile(counts[0], 0.5)) / ops, nil
}

var collected = regexp.MustCompile(`Collected *: *(\d+)`)

// count returns the instructions of a child that does n operations.
func count(valgrind, name string, n int) (float64, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	cmd := exec.Command(valgrind, "--tool=callgrind", "--callgrind-out-file=/dev/null", "--toggle-collect=main.counted", self, childArg, name, strconv.Itoa(n))
	cmd.Env = []string{environment}
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%w: %s", err, b.String())
	}
	m := collected.FindSubmatch(b.Bytes())
	if m == nil {
		return 0, fmt.Errorf("no count in what valgrind printed: %s", b.String())
	}
	collected, err := strconv.ParseFloat(string(m[1]), 64)
	if err == nil && collected == 0 {
		err = errors.New("valgrind does not find main.counted: the program has no symbols, as go run makes it; go build makes one that has")
	}
	return collected, err
}

// version names the figures to compare with: a minor version of Go and a platform. A level of GOAMD64 over the
// first is added, because the compiler uses its instructions.
func version() string {
	minor, _, _ := strings.Cut(strings.TrimPrefix(runtime.Version(), "go1."), ".")
	v := "go1." + minor + " " + runtime.GOOS + "/" + runtime.GOARCH
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "GOAMD64" && s.Value != "v1" {
				v += "/" + s.Value
			}
		}
	}
	return v
}

// figures returns old, the committed figures, with those of a version replaced by the counts.
func figures(version, old string, counted map[string]float64) ([]byte, error) {
	known, err := parse(old)
	if err != nil {
		return nil, err
	}
	known[version] = map[string]float64{}
	for _, name := range cases {
		known[version][name] = math.Round(10*counted[name]) / 10
	}
	text, err := json.MarshalIndent(known, "", "\t")
	return append(text, '\n'), err
}

// parse returns figures by version and case.
func parse(figures string) (known map[string]map[string]float64, err error) {
	if err := json.Unmarshal([]byte(figures), &known); err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return known, nil
}

// compare prints the counts beside the figures of this version. It fails if there is no figure, or if a count is
// over its figure by more than allowed.
func compare(w io.Writer, version, figures string, counted map[string]float64) error {
	known, err := parse(figures)
	if err != nil {
		return err
	}
	var over []error
	for _, name := range cases {
		figure := known[version][name]
		if figure <= 0 {
			fmt.Fprintf(w, "%-12s %8.1f instructions\n", name, counted[name])
			over = append(over, fmt.Errorf("%s: no figure for %s is committed: look at the code that this Go makes (make asm), "+
				"then write the figures with `make instructions UPDATE=1` and commit %s", name, version, file))
			continue
		}
		change := counted[name]/figure - 1
		fmt.Fprintf(w, "%-12s %8.1f instructions, committed %8.1f: %+.1f %%\n", name, counted[name], figure, 100*change)
		switch {
		case change > within:
			over = append(over, fmt.Errorf("%s: %.1f instructions, over the %.1f committed by %.1f %%", name, counted[name], figure, 100*change))
		case change < -within:
			fmt.Fprintf(w, "%-12s is better than committed: make instructions UPDATE=1 keeps it so\n", name)
		}
	}
	return errors.Join(over...)
}
