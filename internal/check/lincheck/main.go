package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"time"
)

// structure is something that is checked.
type structure struct {
	name string
	play func(seed uint64) played
}

var structures = []structure{
	{"handles", handlesKind.play},
	{"ring", ringKind.play},
	{"pool", playObjects(realPool)},
	{"bag", playBag(realPool)},
	{"resource", playResource(realLimiter)},
}

// settings are what the flags say.
type settings struct {
	time  time.Duration // in all
	limit time.Duration // of one search
	seed  uint64        // of the first history of each structure; the next has one more
	only  *regexp.Regexp
}

// tally counts the histories of a structure.
type tally struct {
	histories, undecided int
	calls, longest       int
	time                 time.Duration
}

func (t tally) row(name string) []string {
	return []string{
		name, strconv.Itoa(t.histories), strconv.Itoa(t.calls), strconv.Itoa(t.longest),
		strconv.Itoa(t.undecided), t.time.Round(100 * time.Millisecond).String(),
	}
}

// maxUndecided is the part of the histories that may remain undecided: a hundredth. With more, the
// result says too little to be called a success.
const maxUndecided = 100

func main() {
	s := settings{}
	flag.DurationVar(&s.time, "time", time.Minute, "how long to run, in all")
	flag.DurationVar(&s.limit, "limit", 5*time.Second, "how long to search one history")
	flag.Uint64Var(&s.seed, "seed", rand.Uint64(), "the first history's; the next one has the next")
	only := flag.String("only", "", "a regexp: the structures to check")
	flag.Parse()
	var err error
	if s.only, err = regexp.Compile(*only); err != nil || flag.NArg() > 0 || s.time <= 0 || s.limit <= 0 {
		fmt.Fprintln(os.Stderr, "lincheck: no arguments, positive durations, a good regexp:", err)
		os.Exit(2)
	}
	if !run(os.Stdout, s) {
		os.Exit(1)
	}
}

// run checks the structures one after another and prints a table. It reports whether all is well.
func run(w io.Writer, s settings) bool {
	var chosen []structure
	for _, st := range structures {
		if s.only.MatchString(st.name) {
			chosen = append(chosen, st)
		}
	}
	if len(chosen) == 0 {
		fmt.Fprintln(w, "lincheck: -only matches no structure")
		return false
	}
	fmt.Fprintf(w, "lincheck: seed %d\n", s.seed)
	good := true
	rows := [][]string{{"structure", "histories", "calls", "longest", "undecided", "time"}}
	for _, st := range chosen {
		t, v := st.run(s, s.time/time.Duration(len(chosen)))
		rows = append(rows, t.row(st.name))
		if v != nil {
			v.report(w, st.name, s.limit)
			fmt.Fprintf(w, "again, but for the scheduler: go run . -only '^%s$' -seed %d\n", st.name, s.seed+uint64(t.histories)-1)
			good = false
		}
		if t.undecided*maxUndecided > t.histories {
			fmt.Fprintf(w, "\n%s: %d of %d histories undecided: too many to rely on\n", st.name, t.undecided, t.histories)
			good = false
		}
	}
	fmt.Fprint(w, "\n", table(rows))
	return good
}

// run plays and judges histories for the time, or up to the first violation.
func (st structure) run(s settings, d time.Duration) (t tally, v *violation) {
	began := time.Now()
	for seed := s.seed; v == nil && (t.histories == 0 || time.Since(began) < d); seed++ {
		p := st.play(seed)
		t.histories++
		t.calls += p.calls
		t.longest = max(t.longest, p.calls)
		var result verdict
		if result, v = p.judge(s.limit); result == undecided {
			t.undecided++
		}
	}
	t.time = time.Since(began)
	return t, v
}
