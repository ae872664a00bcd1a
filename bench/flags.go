package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/pool"
)

// config is the command line.
type config struct {
	env      work.Env
	workload *regexp.Regexp
	quick    bool
	full     bool
	list     bool
	out      string
	procs    int
	seed     uint64
	args     []string // as given, for the head of the table
	extent
}

// extent is how much is measured.
type extent struct {
	rounds       int
	webRounds    int
	tailRounds   int           // of latencies
	memoryRounds int           // of hit rates and memory
	sample       time.Duration // of a workload
	webSample    time.Duration
}

// The extents without flags, which takes about two minutes, and with -full and -quick.
var (
	usual = extent{40, 15, 5, 2, 125 * time.Microsecond, 150 * time.Millisecond}
	full  = extent{150, 40, 15, 9, 250 * time.Microsecond, 650 * time.Millisecond}
	quick = extent{10, 6, 1, 1, 125 * time.Microsecond, 100 * time.Millisecond}
)

// maxRounds keeps a typing error from filling the disk.
const maxRounds = 100_000

// errHelp says that -h was given and help was printed.
var errHelp = errors.New("help")

// parse reads the command line. It prints usage to w if -h is given.
func parse(args []string, w io.Writer) (config, error) {
	c := config{args: args}
	var pattern string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard) // main prints errors
	f.StringVar(&pattern, "workload", "", "measure the workloads matched by this `regexp` (names: -list)")
	f.IntVar(&c.rounds, "rounds", 0, fmt.Sprintf("samples of each peer, 1 to %d (default %d, %d with -full, %d with -quick)", maxRounds, usual.rounds, full.rounds, quick.rounds))
	f.BoolVar(&c.quick, "quick", false, "a smoke test: fewer samples, in less than a minute")
	f.BoolVar(&c.full, "full", false, "more rounds, for narrower intervals, in a quarter of an hour")
	f.BoolVar(&c.list, "list", false, "list the workloads and end")
	f.StringVar(&c.out, "out", "", "`file` for the raw samples (default results/raw-<time>.txt)")
	f.IntVar(&c.env.Shards, "shards", 0, "plunge's Options.Shards; 0: its default")
	f.IntVar(&c.env.LocalCache, "localcache", 0, "plunge's Options.LocalCache; 0: its default, negative: none")
	f.IntVar(&c.env.MaxIdle, "maxidle", 0, "bound of plunge and of the other bounded pools; 0: plunge's default")
	f.IntVar(&c.procs, "procs", 0, "GOMAXPROCS; 0: as it is")
	f.Uint64Var(&c.seed, "seed", 0, "of the order of the samples; 0: by the clock")
	if err := f.Parse(args); errors.Is(err, flag.ErrHelp) {
		f.SetOutput(w)
		fmt.Fprintln(w, "Usage of bench:")
		f.PrintDefaults()
		return c, errHelp
	} else if err != nil {
		return c, err
	}
	if f.NArg() > 0 {
		return c, fmt.Errorf("unexpected argument %q: every option is a flag, see -h", f.Arg(0))
	}
	rounds := false
	f.Visit(func(f *flag.Flag) { rounds = rounds || f.Name == "rounds" })
	c.plan(rounds)
	var err error
	if c.workload, err = regexp.Compile(pattern); err != nil {
		return c, fmt.Errorf("-workload: %w", err)
	}
	return c, c.check()
}

// plan sets the extent.
func (c *config) plan(roundsGiven bool) {
	e := usual
	switch {
	case c.quick:
		e = quick
	case c.full:
		e = full
	}
	if roundsGiven {
		e.rounds, e.webRounds = c.rounds, min(e.webRounds, c.rounds)
	}
	c.extent = e
	if c.seed == 0 {
		c.seed = uint64(time.Now().UnixNano())
	}
}

// check reports the first option out of range.
func (c *config) check() error {
	if c.quick && c.full {
		return errors.New("-quick and -full: use one of them")
	}
	for _, o := range []struct {
		flag       string
		value      int
		least, top int
	}{
		{"rounds", c.rounds, 1, maxRounds},
		{"shards", c.env.Shards, 0, pool.LimitShards},
		{"localcache", c.env.LocalCache, -1 << 31, pool.LimitLocalCache},
		{"maxidle", c.env.MaxIdle, 0, 1 << 20},
		{"procs", c.procs, 0, 1 << 10},
	} {
		if o.value < o.least || o.value > o.top {
			return fmt.Errorf("-%s is %d: use %d to %d", o.flag, o.value, o.least, o.top)
		}
	}
	return nil
}

// command returns the command line as one would type it.
func (c *config) command() string {
	words := []string{"go run ."}
	if debug := os.Getenv("GODEBUG"); debug != "" {
		words[0] = "GODEBUG=" + debug + " go run ."
	}
	for _, a := range c.args {
		if a == "" || strings.ContainsAny(a, " '\"$*?|&;()<>[]{}\\^!~`#") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
