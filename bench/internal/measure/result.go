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
}

// Disturbed reports whether the machine was at the sample, as far as is known by now.
func (r Result) Disturbed(p Point) bool { return r.Best != nil && !p.Look.Calm(*r.Best) }

// Alike returns r with the rounds alone in which the machine was the same for two impls: where it
// disturbed neither of them; where there are fewer than MinRounds of those, where it disturbed both; where
// there are fewer of these, too, all.
func (r Result) Alike(ours, theirs int) Result {
	var calm, disturbed [][]Point
	for _, round := range r.Rounds {
		switch a, b := r.Disturbed(round[ours]), r.Disturbed(round[theirs]); {
		case !a && !b:
			calm = append(calm, round)
		case a && b:
			disturbed = append(disturbed, round)
		}
	}
	switch {
	case len(calm) >= MinRounds:
		r.Rounds = calm
	case len(disturbed) >= MinRounds:
		r.Rounds = disturbed
	}
	return r
}

// CalmRounds returns how many rounds in a calm machine each comparison with the first impl has at least.
func (r Result) CalmRounds() int {
	least := len(r.Rounds)
	for i := 1; i < len(r.Impls); i++ {
		n := 0
		for _, round := range r.Rounds {
			if !r.Disturbed(round[0]) && !r.Disturbed(round[i]) {
				n++
			}
		}
		least = min(least, n)
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
