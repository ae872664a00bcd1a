package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// amountTitles are the metrics that are drawn as values, not as ratios, with their titles.
var amountTitles = []struct {
	metric measure.Metric
	title  string
}{
	{measure.Hits, "hit rate, %"},
	{measure.Made, "objects created in 1,000 operations"},
	{measure.Allocs, "allocations in 1,000 operations"},
	{measure.Retained, "retained, KiB"},
	{measure.GCCPU, "CPU time of the collector, %"},
}

// amountCharts draws the hit rates and memory of r, one chart per metric. A metric that is 0, or full, for every
// peer has no chart: see plain.
func amountCharts(r measure.Result) ([]chart, error) {
	var charts []chart
	for _, a := range amountTitles {
		m := slices.Index(r.Metrics, a.metric)
		if m < 0 {
			continue
		}
		values := make([]float64, len(r.Impls))
		for i := range values {
			values[i] = center(r, i, m)
		}
		if slices.Max(values) == 0 || a.metric == measure.Hits && slices.Min(values) >= fullHits {
			continue
		}
		text, err := amounts(a.title, r.Impls, values, nil)
		if err != nil {
			return nil, err
		}
		charts = append(charts, chart{Title: a.title + " in " + r.Case, Series: r.Impls, SVG: text})
	}
	return charts, nil
}

// absoluteChart draws the first metric of every peer, including plunge, the best on top.
func absoluteChart(r measure.Result) (chart, error) {
	values := make([]float64, len(r.Impls))
	order := make([]int, len(r.Impls))
	for i := range values {
		values[i], order[i] = center(r, i, 0), i
	}
	slices.SortStableFunc(order, func(a, b int) int {
		if r.Metrics[0].More {
			a, b = b, a
		}
		return cmp.Compare(values[a], values[b])
	})
	c := chart{Title: r.Metrics[0].Unit + " in " + r.Case}
	var sorted []float64
	for _, i := range order {
		c.Series, sorted = append(c.Series, r.Impls[i]), append(sorted, values[i])
	}
	var err error
	c.SVG, err = amounts(r.Metrics[0].Unit, c.Series, sorted, order)
	return c, err
}

// plain says in words what amountCharts leaves out.
func plain(r measure.Result) string {
	var said []string
	for m, metric := range r.Metrics {
		least, most := math.Inf(1), math.Inf(-1)
		for i := range r.Impls {
			v := center(r, i, m)
			least, most = min(least, v), max(most, v)
		}
		switch {
		case metric == measure.Hits && least >= fullHits:
			said = append(said, fmt.Sprintf("every pool found an object in %g%% of the acquisitions or more", fullHits))
		case metric == measure.Made && most == 0:
			said = append(said, "no object was made after the warm-up")
		case metric == measure.Allocs && most == 0:
			said = append(said, "nothing was allocated after the warm-up")
		case metric == measure.GCCPU && most == 0:
			said = append(said, "the collector had nothing to do")
		}
	}
	return strings.Join(said, "; ")
}

// center is the median or the mean of a peer's metric.
func center(r measure.Result, impl, metric int) float64 {
	column := r.Column(impl, metric)
	if r.Metrics[metric].Mean {
		return mean(column)
	}
	return median(column).Center
}

// amounts draws the values of peers, the first on top. numbers are their colors; nil: in order.
func amounts(axis string, peers []string, values []float64, numbers []int) (string, error) {
	var all []bar
	for i, v := range values {
		c := lineColor(i)
		if numbers != nil {
			c = seriesColor(i, lineNumber(numbers[i]))
		}
		all = append(all, bar{label: fmt.Sprintf("%s  %s ", peers[i], number(v)), value: v, color: c})
	}
	return bars(axis, all, 1.05*slices.Max(values), false)
}
