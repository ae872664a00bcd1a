package migrate

import (
	"fmt"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/checker"
)

// Exit codes, the same as in the other analysis commands.
const (
	exitFailed = 1
	exitFound  = 3 // there is something to migrate
)

// Mode says what to do with a plan.
type Mode int

// What to do with a plan.
const (
	Print Mode = iota // the findings, as text
	JSON              // the findings, as the other analysis commands print them
	Diff              // what Fix would change
	Fix               // change the files
)

// Run makes the plan and carries it out. It returns the exit code: 0, 1 for an error, or 3 if the mode only prints
// findings and there are some.
func Run(o Options, mode Mode, stdout, stderr io.Writer) int {
	code, err := run(o, mode, stdout, stderr)
	if err != nil {
		fmt.Fprintln(stderr, "poolvet:", err)
		return exitFailed
	}
	return code
}

func run(o Options, mode Mode, stdout, stderr io.Writer) (int, error) {
	pl, err := Load(o)
	if err != nil {
		return 0, err
	}
	graph, err := checker.Analyze([]*analysis.Analyzer{pl.Analyzer()}, pl.pkgs, nil)
	if err != nil {
		return 0, err
	}
	switch mode {
	case JSON:
		return 0, graph.PrintJSON(stdout)
	case Print:
		if err := graph.PrintText(stderr, -1); err != nil {
			return 0, err
		}
		if len(pl.Files) > 0 {
			return exitFound, nil
		}
		return 0, nil
	}
	return 0, pl.carryOut(mode == Diff, stdout, stderr)
}

// carryOut changes the files, or prints how they would change.
func (pl *Plan) carryOut(show bool, stdout, stderr io.Writer) error {
	rewritten, pools, stay := 0, 0, 0
	for _, f := range pl.Files {
		for _, finding := range f.Findings {
			if finding.Stays {
				stay++
				fmt.Fprintf(stderr, "%s:%s: %s\n", f.Name, f.line(finding.Start), finding.Message)
			}
		}
		if len(f.edits) == 0 {
			continue
		}
		text, err := f.Rewritten()
		if err != nil {
			return err
		}
		rewritten++
		pools += f.Pools
		if show {
			if _, err := stdout.Write(diff.Diff(f.Name+" (old)", f.src, f.Name+" (new)", text)); err != nil {
				return err
			}
		} else if err := os.WriteFile(f.Name, text, 0o666); err != nil {
			return err
		}
	}
	if show {
		return nil
	}
	fmt.Fprintf(stderr, "poolvet: %s in %s rewritten", plural(pools, "pool"), plural(rewritten, "file"))
	if stay > 0 {
		fmt.Fprintf(stderr, ", %s of sync.Pool left, see above", plural(stay, "mention"))
	}
	fmt.Fprintln(stderr)
	if rewritten > 0 && !pl.requires() {
		fmt.Fprintf(stderr, "poolvet: now require plunge: go get %s@latest && go mod tidy\n", Module)
	}
	return nil
}

// requires tells whether a module of the packages depends on plunge, as far as dependencies were loaded.
func (pl *Plan) requires() bool {
	for _, m := range pl.flow.modules {
		if m != nil && m.Path == Module {
			return true
		}
	}
	return false
}

// Rewritten returns the new text of the file.
func (f *File) Rewritten() ([]byte, error) {
	text, err := apply(f.src, f.edits)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", f.Name, err)
	}
	return text, nil
}

func (f *File) line(at int) string {
	line, column := 1, 1
	for _, b := range f.src[:at] {
		if column++; b == '\n' {
			line, column = line+1, 1
		}
	}
	return position{line, column}.String()
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
