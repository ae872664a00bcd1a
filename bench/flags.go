package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
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
	rounds   int
	quick    bool
	full     bool
	list     bool
	out      string
	procs    int
	seed     uint64
	args     []string // as given, for the head of the table

	passes       int           // that the rounds are divided into
	limit        time.Duration // of the run; 0, where -rounds is given: none
	sample       time.Duration // of a workload
	tailRounds   int           // of latencies
	memoryRounds int           // of hit rates and memory

	webRounds int
	webSample time.Duration
}

// Defaults, which together take less than three minutes. Twice as many samples of 1 ms
// agreed about as well between two runs (86% of the ratios within 10%, not 83% and 88%),
// but large against sync.Pool-value was 0.71 and 1.01, not 0.54 to 0.62 in four runs:
// perhaps for fewer samples have a collection in them, which the median then leaves out.
// The machine was busy.
const (
	defaultRounds = 45
	defaultSample = 2 * time.Millisecond
	tailRounds    = 5
	memoryRounds  = 3
	webRounds     = 12
	webSample     = 400 * time.Millisecond

	fullRounds       = 180
	fullWebRounds    = 40
	fullTailRounds   = 15
	fullMemoryRounds = 9
	fullWebSample    = 650 * time.Millisecond

	quickRounds    = 25
	quickSample    = time.Millisecond
	quickWebRounds = 6
	quickWebSample = 200 * time.Millisecond
)

// What a run may take on a machine with other work, too.
const (
	defaultLimit = 165 * time.Second
	fullLimit    = 19 * time.Minute
	quickLimit   = 55 * time.Second
)

const (
	// passes is the most there are, each of passRounds at least.
	passes     = 9
	passRounds = 5

	leastWebRounds = 6 // the fewest that have an interval
)

// maxRounds keeps a slip of the finger from filling a disk.
const maxRounds = 100_000

// errHelp says that -h was asked for and answered.
var errHelp = errors.New("help")

// parse reads the command line. It prints usage to w if asked for.
func parse(args []string, w io.Writer) (config, error) {
	c := config{args: args}
	var pattern string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(io.Discard) // main prints errors
	f.StringVar(&pattern, "workload", "", "measure the workloads matched by this `regexp` (names: -list)")
	f.IntVar(&c.rounds, "rounds", defaultRounds, fmt.Sprintf("samples of each peer, 1 to %d; %d with -quick, %d with -full", maxRounds, quickRounds, fullRounds))
	f.BoolVar(&c.quick, "quick", false, "a smoke test: fewer and shorter samples, in less than a minute")
	f.BoolVar(&c.full, "full", false, "more rounds, for narrower intervals, in 12 to 15 minutes")
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

// plan sets the number and length of the samples.
func (c *config) plan(roundsGiven bool) {
	c.sample, c.webSample = defaultSample, webSample
	rounds, most := defaultRounds, webRounds
	c.limit = defaultLimit
	c.tailRounds, c.memoryRounds = tailRounds, memoryRounds
	switch {
	case c.quick:
		c.sample, c.webSample = quickSample, quickWebSample
		rounds, most, c.limit = quickRounds, quickWebRounds, quickLimit
		c.tailRounds, c.memoryRounds = 1, 1
	case c.full:
		c.webSample = fullWebSample
		rounds, most, c.limit = fullRounds, fullWebRounds, fullLimit
		c.tailRounds, c.memoryRounds = fullTailRounds, fullMemoryRounds
	}
	if roundsGiven {
		c.limit = 0
	} else {
		c.rounds = rounds
	}
	c.passes = min(max(c.rounds/passRounds, 1), passes)
	if c.quick {
		c.passes = 1
	}
	c.webRounds = min(c.rounds, most)
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
	for _, a := range c.args {
		if a == "" || strings.ContainsAny(a, " '\"$*?|&;()<>[]{}\\^!~`#") {
			a = "'" + strings.ReplaceAll(a, "'", `'\''`) + "'"
		}
		words = append(words, a)
	}
	return strings.Join(words, " ")
}
