package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// amountTitles are the metrics drawn as they are, not as ratios, with what they are
// called.
var amountTitles = []struct {
	metric measure.Metric
	title  string
}{
	{measure.Hits, "hit rate, %"},
	{measure.Made, "objects made anew in 1,000 operations"},
	{measure.Allocs, "allocations in 1,000 operations"},
	{measure.Retained, "retained, KiB"},
	{measure.GCCPU, "CPU time of the collector, %"},
}

// amountCharts draws what r has of hit rates and memory, a chart a metric; none of one
// that is 0 for every peer.
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
		if slices.Max(values) == 0 {
			continue
		}
		text, err := amounts(a.title, r.Impls, values)
		if err != nil {
			return nil, err
		}
		charts = append(charts, chart{Title: a.title + " in " + r.Case, Series: r.Impls, SVG: text})
	}
	return charts, nil
}

// center is the median or the mean of a peer's metric.
func center(r measure.Result, impl, metric int) float64 {
	column := r.Column(impl, metric)
	if r.Metrics[metric].Mean {
		return mean(column)
	}
	return median(column).Center
}

// amounts draws a horizontal bar a peer, the first on top.
func amounts(label string, peers []string, values []float64) (string, error) {
	p := newPlot(label, "")
	names := make([]string, len(peers))
	for i, v := range values {
		row := len(peers) - 1 - i
		bar, err := plotter.NewBarChart(plotter.Values{v}, 11)
		if err != nil {
			return "", err
		}
		bar.Horizontal, bar.XMin = true, float64(row)
		bar.Color = lineColor(i)
		bar.LineStyle.Width = 0
		p.Add(bar)
		names[row] = fmt.Sprintf("%s  %s ", peers[i], number(v))
	}
	p.NominalY(names...)
	p.X.Min, p.X.Max = 0, 1.05*slices.Max(values)
	p.Y.Min, p.Y.Max = -0.6, float64(len(peers))-0.4
	return svg(p, chartWidth, barFrame+barRow*vg.Length(len(peers)), false)
}
