package measure

import (
	"fmt"

	"github.com/plungepool/plunge/bench/internal/work"
)

// Metric is a quantity measured of every peer.
type Metric struct {
	Unit string // as benchstat knows it
	More bool   // more is better
	Mean bool   // of rare events: the mean tells, for the median is often 0
}

// Metrics of the workloads; package web has those of the HTTP server.
var (
	PerOp = Metric{Unit: "ns/op"}
	Made  = Metric{Unit: "made/kop", Mean: true}
)

// Percentiles are those of the latencies of an operation, in percent. Percentile
// metrics are in their order.
var Percentiles = []float64{50, 90, 99, 99.9, 99.99}

// Latencies are the metrics of a Result of [Latency].
func Latencies() []Metric {
	var metrics []Metric
	for _, p := range Percentiles {
		metrics = append(metrics, Metric{Unit: fmt.Sprintf("p%g-ns", p)})
	}
	return metrics
}

// Kind is what a Result is of.
type Kind int

// The values of Kind.
const (
	Main  Kind = iota // a comparison: in the table
	Swept             // the same at another GOMAXPROCS
	Tails             // the latencies of single operations
	Kept              // hit rate, objects made, memory held and the cost of collections
)

// Point is one sample of one peer.
type Point struct {
	Iters  int
	Values []float64 // by metric
	Look   work.Look // the worst of those at the cores before and after
}

// Result is what was measured of a case.
type Result struct {
	Kind    Kind
	Case    string // as Case.Name
	Bench   string // of the raw samples: Family, workload and size for benchstat
	Impls   []string
	Metrics []Metric
	Rounds  [][]Point // complete rounds; in each a Point by impl
	Bars    []work.Bar
	Procs   int        // GOMAXPROCS while it was measured
	Best    *work.Look // what the cores do undisturbed: the best of the run so far; nil if never looked at

	// Littering are the impls, but for the first, that leave garbage in a case of one goroutine: its collections
	// run on all cores, so all are looked at. Their samples do not wait for that.
	Littering []bool
}

// Disturbed reports whether the machine was at the sample, as far as is known by now.
func (r Result) Disturbed(p Point) bool { return r.Best != nil && !p.Look.Calm(*r.Best) }

// State is what the machine was while two impls were compared.
type State int

// The values of State.
const (
	Unknown   State = iota // nobody looked
	Calm                   // neither was disturbed
	Disturbed              // both were
	Mixed                  // one, the other, or only one of the two
)

// String returns the state in a word; of Unknown none.
func (s State) String() string { return [...]string{"", "calm", "disturbed", "mixed"}[s] }

// in reports whether the machine was in such a state for two impls in a round; it is always in Unknown and Mixed.
func (r Result) in(s State, round []Point, ours, theirs int) bool {
	if s != Calm && s != Disturbed {
		return true
	}
	a, b := r.Disturbed(round[ours]), r.Disturbed(round[theirs])
	return a == b && a == (s == Disturbed)
}

// In returns r with the rounds alone in which the machine was in such a state for two impls; for Unknown and
// Mixed all.
func (r Result) In(ours, theirs int, s State) Result {
	var rounds [][]Point
	for _, round := range r.Rounds {
		if r.in(s, round, ours, theirs) {
			rounds = append(rounds, round)
		}
	}
	r.Rounds = rounds
	return r
}

// count returns how many rounds In has.
func (r Result) count(ours, theirs int, s State) (n int) {
	for _, round := range r.Rounds {
		if r.in(s, round, ours, theirs) {
			n++
		}
	}
	return n
}

// Enough reports whether there are the rounds of a comparison of two impls in such a state.
func (r Result) Enough(ours, theirs int, s State) bool { return r.count(ours, theirs, s) >= MinRounds }

// State returns the state a comparison of two impls is of: calm; where there are fewer than MinRounds of that,
// disturbed; where there are fewer of this, too, mixed.
func (r Result) State(ours, theirs int) State {
	switch {
	case len(r.Rounds) == 0 || r.Rounds[0][ours].Look == (work.Look{}):
		return Unknown
	case r.Enough(ours, theirs, Calm):
		return Calm
	case r.Enough(ours, theirs, Disturbed):
		return Disturbed
	}
	return Mixed
}

// CalmRounds returns how many rounds in a calm machine each comparison with the first impl has at least, of
// those that wait for it.
func (r Result) CalmRounds() int {
	least := len(r.Rounds)
	for i := 1; i < len(r.Impls); i++ {
		if r.Littering == nil || !r.Littering[i] {
			least = min(least, r.count(0, i, Calm))
		}
	}
	return least
}

// Column returns the values of an impl's metric by round.
func (r Result) Column(impl, metric int) []float64 {
	column := make([]float64, len(r.Rounds))
	for i, round := range r.Rounds {
		column[i] = round[impl].Values[metric]
	}
	return column
}
