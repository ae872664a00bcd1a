package report

import (
	"fmt"
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// chart is a drawing with what it must show.
type chart struct {
	Title  string
	Series []string // names of what is drawn; element i has data-s="i"
	SVG    string
}

// Sizes of a drawing.
const (
	chartWidth  = 460 * vg.Length(1)
	barRow      = 19 * vg.Length(1) // height of a bar with its gap
	barFrame    = 74 * vg.Length(1) // of title and axis
	chartHeight = 260 * vg.Length(1)
)

// bar is a horizontal bar, and the interval of its value if that has one.
type bar struct {
	label         string
	value, lo, hi float64
	color         color.Color
}

// ratioBar is the bar of the ratio of r, in the i-th place. Noisy has the color of Undecided.
func ratioBar(i int, label string, value, lo, hi float64, r Row) bar {
	o := r.Outcome()
	if o == Noisy {
		o = Undecided
	}
	return bar{fmt.Sprintf("%s  %s ", label, ratioString(value)), value, lo, hi, seriesColor(i, int(o))}
}

// ratioBars draws bars of ratios and a line at 1. A bar longer than the axis is cut off at its end.
func ratioBars(axis string, all []bar, alone bool) (string, error) {
	most := 1.25
	for _, b := range all {
		if !math.IsInf(b.value, 0) && !math.IsNaN(b.value) {
			most = max(most, min(1.08*b.value, 8))
		}
	}
	one, err := plotter.NewLine(plotter.XYs{{X: 1, Y: -0.6}, {X: 1, Y: float64(len(all)) - 0.4}})
	if err != nil {
		return "", err
	}
	one.Color, one.Width, one.Dashes = ink(inkOne), 1, []vg.Length{3, 3}
	return bars(axis, all, most, alone, one)
}

// bars draws bars, the first on top, on an axis from 0 to most, and then what is on top of them.
func bars(axis string, all []bar, most float64, alone bool, over ...plot.Plotter) (string, error) {
	p := newPlot(axis, "")
	names := make([]string, len(all))
	for i, b := range all {
		row := len(all) - 1 - i
		value := min(b.value, most)
		if math.IsNaN(value) {
			value = 0
		}
		drawn, err := plotter.NewBarChart(plotter.Values{value}, 11)
		if err != nil {
			return "", err
		}
		drawn.Horizontal, drawn.XMin, drawn.Color, drawn.LineStyle.Width = true, float64(row), b.color, 0
		p.Add(drawn)
		if b.lo != b.hi && !math.IsInf(b.lo, 0) && !math.IsInf(b.hi, 0) && b.lo < most {
			whisker, err := plotter.NewXErrorBars(interval1{value, float64(row), value - b.lo, min(b.hi, most) - value})
			if err != nil {
				return "", err
			}
			whisker.LineStyle.Color, whisker.LineStyle.Width, whisker.CapWidth = ink(inkText), 1, 5
			p.Add(whisker)
		}
		names[row] = b.label
	}
	p.Add(over...)
	p.NominalY(names...)
	p.X.Min, p.X.Max = 0, most
	p.Y.Min, p.Y.Max = -0.6, float64(len(all))-0.4
	return svg(p, chartWidth, barFrame+barRow*vg.Length(len(all)), alone)
}

// interval1 is one point with its interval, for plotter.
type interval1 struct{ x, y, low, high float64 }

func (interval1) Len() int                         { return 1 }
func (i interval1) XY(int) (x, y float64)          { return i.x, i.y }
func (i interval1) XError(int) (low, high float64) { return -i.low, i.high }

// ratioChart draws the comparisons of a case in its first metric.
func ratioChart(r measure.Result) (c chart, err error) {
	c.Title = r.Case
	var all []bar
	for _, row := range Rows(r) {
		if row.First {
			all = append(all, ratioBar(len(all), row.Peer, row.Ratio, row.Lo, row.Hi, row))
			c.Series = append(c.Series, row.Peer)
		}
	}
	ahead := "under"
	if r.Metrics[0].More {
		ahead = "over"
	}
	c.SVG, err = ratioBars(fmt.Sprintf("%s, plunge / other: %s 1 plunge is ahead", r.Metrics[0].Unit, ahead), all, false)
	return c, err
}

// mainPeer is what the overview compares with.
const mainPeer = "sync.Pool"

// isMain reports whether a peer is mainPeer, used as its documentation advises.
func isMain(peer string) bool { return peer == mainPeer || peer == mainPeer+"-pointer" }

// Overview draws plunge against sync.Pool in every workload, as time ratios.
func Overview(results []measure.Result, alone bool) (text string, names []string, err error) {
	var all []bar
	for _, row := range mains(results) {
		if row.First && isMain(row.Peer) {
			lo, hi := row.within()
			all = append(all, ratioBar(len(all), row.Case, row.cost(), lo, hi, row))
			names = append(names, row.Case)
		}
	}
	if len(all) == 0 {
		return "", nil, nil
	}
	text, err = ratioBars("time, plunge / sync.Pool: under 1 plunge is ahead", all, alone)
	return text, names, err
}

// lines draws one line per series over named places.
func lines(y string, log bool, places, series []string, values [][]float64) (string, error) {
	p := newPlot("", y)
	least := math.Inf(1)
	for i, name := range series {
		var points plotter.XYs
		for x, v := range values[i] {
			if log {
				v = max(v, 1)
			}
			points = append(points, plotter.XY{X: float64(x), Y: v})
			least = min(least, v)
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return "", err
		}
		line.Color, dots.Color = lineColor(i), lineColor(i)
		line.Width, dots.Radius = 1.5, 2
		p.Add(line, dots)
		p.Legend.Add(name, line)
	}
	p.NominalX(places...)
	p.Legend.Top, p.Legend.Left = true, true
	if log {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
		p.Y.Min = max(least*0.8, 1)
	} else {
		p.Y.Min = 0
		p.Y.Max *= 1.35 // the legend is above the lines
	}
	return svg(p, chartWidth, chartHeight, false)
}

// tailChart draws the percentiles of a case.
func tailChart(r measure.Result) (chart, error) {
	c := chart{Title: "latency of " + r.Case, Series: r.Impls}
	places := make([]string, len(measure.Percentiles))
	for i, q := range measure.Percentiles {
		places[i] = "p" + strconv.FormatFloat(q, 'g', -1, 64)
	}
	values := make([][]float64, len(r.Impls))
	for i := range r.Impls {
		for m := range r.Metrics {
			values[i] = append(values[i], median(r.Column(i, m)).Center)
		}
	}
	var err error
	c.SVG, err = lines("ns an operation", true, places, c.Series, values)
	return c, err
}

// sweepChart draws the results of one case by GOMAXPROCS, which ascend.
func sweepChart(results []measure.Result) (chart, error) {
	c := chart{Title: results[0].Case + " over GOMAXPROCS", Series: results[0].Impls}
	places := make([]string, len(results))
	values := make([][]float64, len(c.Series))
	for i, r := range results {
		places[i] = strconv.Itoa(r.Procs)
		for impl := range c.Series {
			values[impl] = append(values[impl], median(r.Column(impl, 0)).Center)
		}
	}
	var err error
	c.SVG, err = lines("ns/op", false, places, c.Series, values)
	return c, err
}
