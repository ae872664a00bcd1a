package report

import (
	"math"
	"slices"

	"github.com/aclements/go-moremath/stats"
	"golang.org/x/perf/benchmath"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/work"
)

// confidence is that of the intervals, at least.
const confidence = 0.95

// Row compares the subject with one peer in one metric of a case.
type Row struct {
	Case   string
	Metric measure.Metric
	Ours   float64 // median, or mean if Metric.Mean
	Peer   string
	Theirs float64
	Ratio  float64 // NaN where both are 0, +Inf where theirs is
	Lo, Hi float64 // the interval of Ratio; infinite if not known, with few rounds or means
	Bar    float64 // Ratio at most, 0: no bar

	State  measure.State // of the machine, in the rounds
	Rounds int           // compared
}

// Loss is whether the subject is behind.
type Loss int

// The values of Loss.
const (
	Ahead   Loss = iota // or equal
	Perhaps             // behind, but the interval has 1 in it
	Behind
)

// Loss returns whether the subject is behind the peer.
func (r Row) Loss() Loss {
	ratio, near := r.Ratio, r.Lo
	if r.Metric.More { // turned round, so that over 1 is worse
		ratio, near = 1/r.Ratio, 1/r.Hi
	}
	switch {
	case math.IsNaN(ratio) || ratio <= 1:
		return Ahead
	case near > 1 || r.Metric.Mean:
		return Behind
	default:
		return Perhaps
	}
}

// Missed reports whether the ratio is over its bar.
func (r Row) Missed() bool { return r.Bar > 0 && r.Ratio > r.Bar }

// Rows returns the comparisons in r: none without a complete round.
func Rows(r measure.Result) []Row {
	var rows []Row
	if len(r.Rounds) == 0 {
		return nil
	}
	for m := range r.Metrics {
		for peer := 1; peer < len(r.Impls); peer++ {
			row := compare(r, 0, peer, m, r.State(0, peer))
			if m == 0 {
				row.Bar = bar(r.Bars, row.Peer)
			}
			rows = append(rows, row)
		}
	}
	return rows
}

// compare returns the comparison of two impls of r in a metric, of the rounds in such a state.
func compare(r measure.Result, ours, theirs, metric int, state measure.State) Row {
	r = r.In(ours, theirs, state)
	a, b := r.Column(ours, metric), r.Column(theirs, metric)
	row := Row{Case: r.Case, Metric: r.Metrics[metric], Peer: r.Impls[theirs], State: state, Rounds: len(r.Rounds)}
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

// Narrow reports whether the interval of each ratio in the first metric of r reaches no further
// than such a part of the ratio.
func Narrow(r measure.Result, part float64) bool {
	return !slices.ContainsFunc(primary(r), func(row Row) bool {
		return !row.Metric.Mean && !(row.Lo > 0 && row.Hi/row.Lo <= (1+part)*(1+part))
	})
}

// Compare returns the comparison of two impls of r in its first metric.
func Compare(r measure.Result, ours, theirs int) Row {
	return compare(r, ours, theirs, 0, r.State(ours, theirs))
}

func bar(bars []work.Bar, peer string) float64 {
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
