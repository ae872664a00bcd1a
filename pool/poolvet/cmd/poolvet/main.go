package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis/multichecker"

	"github.com/plungepool/plunge/pool/poolvet/internal/migrate"
	"github.com/plungepool/plunge/pool/poolvet/internal/trial"
)

// usage fits one screen.
const usage = `Usage of poolvet:

  poolvet [flags] packages          report misuse of plunge's pools; poolvet help lists the checks
  go vet -vettool=$(which poolvet) packages
                                    the same, as go vet runs it

  poolvet -migrate [packages]       report each sync.Pool that can be a pool of plunge
  poolvet -migrate -diff [packages] show what -fix would change
  poolvet -migrate -fix [packages]  change it

  poolvet -trial DIR                copy the module in the current directory to DIR, with its
                                    dependencies, every sync.Pool of both a syncpool.Pool.
                                    Then: cd DIR && go test -bench .

Flags with -migrate (packages: ./... if none are given):
  -migrate=typed   pool.Pool[T] where element type and New are plain; the rest, syncpool.Pool
  -json            print the findings as JSON
  -tags list       build tags, separated by commas

Flags with -trial:
  -plunge DIR      take plunge from this directory, not from its latest release

Exit codes: 0, 1 after an error, 2 for wrong usage, 3 if something was reported.
`

// Exit codes; package migrate has more.
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 0 || slices.Contains([]string{"-h", "-help", "--help"}, args[0]):
		if len(args) == 0 {
			fmt.Fprint(os.Stderr, usage)
			os.Exit(exitUsage)
		}
		fmt.Print(usage)
	case has(args, "migrate"), has(args, "trial"):
		os.Exit(run(args, os.Stdout, os.Stderr))
	default:
		multichecker.Main(analyzers...) // which go vet may call, too
	}
}

// has tells whether a flag is given.
func has(args []string, name string) bool {
	return slices.ContainsFunc(args, func(arg string) bool {
		arg, dash := strings.CutPrefix(arg, "-")
		arg, _, _ = strings.Cut(strings.TrimPrefix(arg, "-"), "=")
		return dash && arg == name
	})
}

// run is poolvet -migrate and poolvet -trial; it returns the exit code.
func run(args []string, stdout, stderr io.Writer) int {
	var (
		kind        = kindFlag{}
		o           migrate.Options
		t           trial.Options
		fix, df, js bool
	)
	fs := flag.NewFlagSet("poolvet", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.Usage = func() { fmt.Fprint(stderr, usage) }
	fs.Var(&kind, "migrate", "")
	fs.BoolVar(&fix, "fix", false, "")
	fs.BoolVar(&df, "diff", false, "")
	fs.BoolVar(&js, "json", false, "")
	fs.StringVar(&o.Tags, "tags", "", "")
	fs.StringVar(&t.To, "trial", "", "")
	fs.StringVar(&t.Plunge, "plunge", "", "")
	if err := fs.Parse(args); errors.Is(err, flag.ErrHelp) {
		return 0
	} else if err != nil {
		return exitUsage
	}
	wrong := func(format string, args ...any) int {
		fmt.Fprintf(stderr, "poolvet: "+format+"; see poolvet -help\n", args...)
		return exitUsage
	}
	set := map[string]bool{}
	fs.Visit(func(f *flag.Flag) { set[f.Name] = true })
	switch {
	case set["migrate"] && set["trial"]:
		return wrong("-migrate and -trial are different commands: give one of them")
	case set["trial"]:
		for name := range set {
			if name != "trial" && name != "plunge" {
				return wrong("-%s does not go with -trial", name)
			}
		}
		if fs.NArg() > 0 {
			return wrong("-trial copies the module in the current directory, without %q", fs.Args())
		}
		if t.To == "" {
			return wrong("-trial needs a directory for the copy")
		}
		s, err := trial.Run(t)
		if err != nil {
			fmt.Fprintln(stderr, "poolvet:", err)
			return exitFailed
		}
		fmt.Fprint(stdout, s)
		return 0
	case set["plunge"]:
		return wrong("-plunge goes with -trial only")
	case js && (fix || df):
		return wrong("-json prints findings, and does not go with -fix or -diff")
	}
	o.Patterns, o.Typed = fs.Args(), kind.typed
	mode := migrate.Print
	switch {
	case js:
		mode = migrate.JSON
	case df: // with -fix, too, as in the other analysis commands
		mode = migrate.Diff
	case fix:
		mode = migrate.Fix
	}
	return migrate.Run(o, mode, stdout, stderr)
}

// kindFlag is -migrate, alone or =typed.
type kindFlag struct{ typed bool }

func (k *kindFlag) String() string   { return "" }
func (k *kindFlag) IsBoolFlag() bool { return true }

func (k *kindFlag) Set(s string) error {
	switch s {
	case "true", "syncpool":
		k.typed = false
	case "typed":
		k.typed = true
	default:
		return errors.New("want -migrate or -migrate=typed")
	}
	return nil
}
