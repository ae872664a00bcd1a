package report

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/work"
)

// confidence is the least confidence of the intervals.
const confidence = 0.95

// Row compares the subject with one peer in one metric of a case.
type Row struct {
	Case   string
	Metric measure.Metric
	First  bool    // Metric is the first of the case
	Ours   float64 // median, or mean if Metric.Mean
	Peer   string
	Theirs float64
	Ratio  float64 // NaN if both are 0, +Inf if only theirs is
	Lo, Hi float64 // the interval of Ratio; infinite if not known, with few rounds or means
	Bar    float64 // the largest Ratio allowed, 0: no bar

	Rounds int // how many were compared
}

// Outcome is how the subject did against a peer.
type Outcome int

// The values of Outcome.
const (
	Ahead     Outcome = iota // the interval is under 1
	Undecided                // the interval contains 1
	Behind                   // the interval is over 1
	Noisy                    // the interval is too wide to say
)

// widest is the width of an interval, as a part of the ratio, over which a row is noisy.
const widest = 0.10

// Noisy reports whether the interval is wider than a tenth of the ratio, or not known because there are too few
// rounds. Means, which are of rare events, and ratios of 0 have no interval and are not noisy.
func (r Row) Noisy() bool {
	if r.Metric.Mean || math.IsNaN(r.Ratio) || r.Lo == r.Hi {
		return false
	}
	return !(r.Hi-r.Lo <= widest*r.Ratio)
}

// Outcome returns how the subject did.
func (r Row) Outcome() Outcome {
	lo, hi := r.within()
	if r.Metric.Mean {
		lo, hi = r.cost(), r.cost()
	}
	switch {
	case r.Noisy():
		return Noisy
	case hi < 1:
		return Ahead
	case lo > 1:
		return Behind
	}
	return Undecided
}

// cost is the ratio or its inverse, so that plunge is ahead under 1.
func (r Row) cost() float64 {
	if r.Metric.More {
		return 1 / r.Ratio
	}
	return r.Ratio
}

// within is the interval of cost.
func (r Row) within() (lo, hi float64) {
	if r.Metric.More {
		return 1 / r.Hi, 1 / r.Lo
	}
	return r.Lo, r.Hi
}

// Missed reports whether the ratio is over its bar and not noisy.
func (r Row) Missed() bool { return r.Bar > 0 && r.Ratio > r.Bar && !r.Noisy() }

// Rows returns the comparisons in r. Without a complete round there are none.
func Rows(r measure.Result) []Row {
	var rows []Row
	if len(r.Rounds) == 0 {
		return nil
	}
	for m := range r.Metrics {
		for peer := 1; peer < len(r.Impls); peer++ {
			row := compare(r, 0, peer, m)
			if row.First = m == 0; row.First {
				row.Bar = limit(r.Bars, row.Peer)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// mains returns the comparisons in all results of [measure.Main].
func mains(results []measure.Result) []Row {
	var rows []Row
	for _, r := range results {
		if r.Kind == measure.Main {
			rows = append(rows, Rows(r)...)
		}
	}
	return rows
}

// compare returns the comparison of two impls of r in a metric.
func compare(r measure.Result, ours, theirs, metric int) Row {
	a, b := r.Column(ours, metric), r.Column(theirs, metric)
	row := Row{Case: r.Case, Metric: r.Metrics[metric], Peer: r.Impls[theirs], Rounds: len(r.Rounds)}
	if row.Metric.Mean {
		row.Ours, row.Theirs = mean(a), mean(b)
		row.Ratio, row.Lo, row.Hi = row.Ours/row.Theirs, math.Inf(-1), math.Inf(1)
		return row
	}
	row.Ours, row.Theirs = median(a).Center, median(b).Center
	s := median(ratios(a, b))
	row.Ratio, row.Lo, row.Hi = s.Center, s.Lo, s.Hi
	return row
}

// Compare returns the comparison of two impls of r in its first metric.
func Compare(r measure.Result, ours, theirs int) Row { return compare(r, ours, theirs, 0) }

func limit(bars []work.Bar, peer string) float64 {
	for _, b := range bars {
		if b.Peer == peer {
			return b.AtMost
		}
	}
	return 0
}

// median returns the median with its interval.
func median(values []float64) benchmath.Summary {
	sorted := slices.Clone(values) // NewSample would sort them in place
	return benchmath.AssumeNothing.Summary(benchmath.NewSample(sorted, &benchmath.DefaultThresholds), confidence)
}

// Quantile returns a quantile of values, 0 to 1.
func Quantile(values []float64, q float64) float64 {
	s := stats.Sample{Xs: slices.Clone(values)}
	return s.Sort().Quantile(q)
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

// ratios returns ours over theirs by round.
func ratios(ours, theirs []float64) []float64 {
	ratios := make([]float64, len(ours))
	for i := range ours {
		ratios[i] = ours[i] / theirs[i]
	}
	return ratios
}
