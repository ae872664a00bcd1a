package measure

import (
	"fmt"

	"github.com/plungepool/plunge/bench/internal/work"
)

// Metric is a quantity measured for every peer.
type Metric struct {
	Unit string // as benchstat knows it
	More bool   // more is better
	Mean bool   // of rare events: compare means, because the median is often 0
}

// Metrics of the workloads; package web has those of the HTTP server.
var (
	PerOp = Metric{Unit: "ns/op"}
	Made  = Metric{Unit: "made/kop", Mean: true}
)

// Percentiles are the percentiles of latencies, in percent. Their metrics have the same order.
var Percentiles = []float64{50, 90, 99, 99.9, 99.99}

// Latencies are the metrics of a Result of [Latency].
func Latencies() []Metric {
	var metrics []Metric
	for _, p := range Percentiles {
		metrics = append(metrics, Metric{Unit: fmt.Sprintf("p%g-ns", p)})
	}
	return metrics
}

// Kind says what a Result measures.
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
}

// Result has the measurements of a case.
type Result struct {
	Kind    Kind
	Case    string // as Case.Name
	Bench   string // in the raw samples: Family, workload and size for benchstat
	Impls   []string
	Metrics []Metric
	Rounds  [][]Point // complete rounds; each has one Point per impl
	Bars    []work.Bar
	Procs   int // GOMAXPROCS while it was measured
}

// Column returns the values of an impl's metric by round.
func (r Result) Column(impl, metric int) []float64 {
	column := make([]float64, len(r.Rounds))
	for i, round := range r.Rounds {
		column[i] = round[impl].Values[metric]
	}
	return column
}
