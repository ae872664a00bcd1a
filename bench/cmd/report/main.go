// Command report makes the page of a run, and the drawing of its main comparison, from the raw samples of the run. Or it
// says how much the ratios of two runs differ, which tells how far a ratio can be trusted on this machine:
//
//	go run ./cmd/report                      # of the newest in results
//	go run ./cmd/report -raw old.txt -html old.html -svg main.svg
//	go run ./cmd/report -raw first.txt -again second.txt
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/report"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); errors.Is(err, flag.ErrHelp) {
		os.Exit(2)
	} else if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(1)
	}
}

func run(args []string, stdout io.Writer) error {
	f := flag.NewFlagSet("report", flag.ContinueOnError)
	raw := f.String("raw", "", "`file` of raw samples (default: the newest results/raw-*.txt)")
	html := f.String("html", "", "`file` for the page (default: beside the raw samples)")
	svg := f.String("svg", "", "`file` for the drawing of the main comparison (default: none)")
	again := f.String("again", "", "`file` of raw samples of another run: print how much the ratios differ, and make no page")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *raw == "" {
		var err error
		if *raw, err = report.NewestRaw("results"); err != nil {
			return err
		}
	}
	if *again != "" {
		return repeated(stdout, *raw, *again)
	}
	text, err := os.ReadFile(*raw)
	if err != nil {
		return err
	}
	if *html == "" {
		*html = report.Beside(*raw)
	}
	var page bytes.Buffer
	if err := report.HTML(&page, filepath.Base(*raw), text); err != nil {
		return err
	}
	if err := os.WriteFile(*html, page.Bytes(), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, *html)
	if *svg == "" {
		return nil
	}
	_, results, err := report.Read(bytes.NewReader(text), *raw)
	if err != nil {
		return err
	}
	drawing, names, err := report.Overview(results, true)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		return fmt.Errorf("%s compares nothing with sync.Pool", *raw)
	}
	if err := os.WriteFile(*svg, []byte(strings.TrimSpace(drawing)+"\n"), 0o644); err != nil {
		return err
	}
	fmt.Fprintln(stdout, *svg)
	return nil
}

// repeated prints how much the ratios of two runs differ.
func repeated(stdout io.Writer, names ...string) error {
	var runs [2][]measure.Result
	for i, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if _, runs[i], err = report.Read(bytes.NewReader(text), name); err != nil {
			return err
		}
	}
	all := report.Repeats(runs[0], runs[1])
	if len(all) == 0 {
		return errors.New("the runs have no comparison in common")
	}
	return report.WriteRepeats(stdout, all)
}
