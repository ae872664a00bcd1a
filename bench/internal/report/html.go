package report

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/plungepool/plunge/bench/internal/measure"
)

//go:embed page.tmpl
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what page.tmpl shows.
type page struct {
	Headline, Explained string
	Warning             string // of other work on the machine; empty: none
	Styles              template.CSS
	Verdicts            []verdictLine
	Losses              []line
	Overview            *chart
	Facts               []Pair
	RawName             string
	Raw                 template.URL
	Sections            []section
}

// verdictLine is a Verdict in words.
type verdictLine struct {
	Peer                     string
	Ahead, Undecided, Behind int
	Mean, Best, Worst        string
}

// section is a workload.
type section struct {
	Name, About, Like string
	Plain             string // of memory, where a chart would show nothing
	Charts            []chart
	Rows              []line
}

// line is a Row in words.
type line struct {
	Case, Peer, Unit, Ours, Theirs, Ratio, Interval, Rounds, Bar, Verdict, Outliers string
}

// Drawing is the chart's SVG, which is not escaped: it is made here, and the names in
// it are escaped by the package that draws.
func (c chart) Drawing() template.HTML { return template.HTML(c.SVG) }

// HTML writes the page of raw samples that a run named rawName has written.
func HTML(w io.Writer, rawName string, raw []byte) error {
	config, results, err := Read(bytes.NewReader(raw), rawName)
	if err != nil {
		return err
	}
	p := page{Styles: template.CSS(styles), RawName: rawName, Facts: config}
	if p.Raw, err = dataURL(raw); err != nil {
		return err
	}
	if load := get(config, LoadKey); strings.Contains(load, Busy) {
		p.Warning = "The machine had other work. Load: " + load + ". Such work lasts longer than a round, so intervals are too narrow, too."
	}
	p.judge(results)
	if p.Sections, err = sections(results); err != nil {
		return err
	}
	drawing, names, err := Overview(results, false)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		p.Overview = &chart{Title: "median time ratios with their 95% intervals; green: ahead, red: behind, grey: undecided", Series: names, SVG: drawing}
	}
	return pageTemplate.Execute(w, p)
}

// Beside returns the name of the page of a file of raw samples.
func Beside(raw string) string { return strings.TrimSuffix(raw, ".txt") + ".html" }

// judge fills in the top of the page.
func (p *page) judge(results []measure.Result) {
	var total Verdict
	for _, v := range Verdicts(results) {
		total.Ahead += v.Ahead
		total.Undecided += v.Undecided
		total.Behind += v.Behind
		p.Verdicts = append(p.Verdicts, verdictLine{
			v.Peer, v.Ahead, v.Undecided, v.Behind,
			ratioString(v.Mean), within(v.Best), within(v.Worst),
		})
	}
	n := total.Ahead + total.Undecided + total.Behind
	if n == 0 {
		p.Headline = "Nothing was measured"
		return
	}
	p.Headline = fmt.Sprintf("plunge is ahead in %d of %d comparisons, behind in %d; %d are undecided", total.Ahead, n, total.Behind, total.Undecided)
	p.Explained = "A comparison is one workload with one other pool, in time or throughput; it is decided where the 95% interval of the ratio has no 1 in it. " +
		"Ratios are plunge's time over the other's: under 1 plunge is ahead. Means are geometric."
	for _, row := range losses(results) {
		p.Losses = append(p.Losses, words(row))
	}
}

// within is a comparison with its interval, as a time ratio.
func within(r Row) string {
	s := fmt.Sprintf("%s in %s", ratioString(r.cost()), r.Case)
	lo, hi := r.Lo, r.Hi
	if r.Metric.More {
		lo, hi = 1/hi, 1/lo
	}
	if math.IsInf(r.Lo, 0) || math.IsInf(r.Hi, 0) {
		return s
	}
	return fmt.Sprintf("%s (%.3f to %.3f)", s, lo, hi)
}

// words returns a row in words.
func words(r Row) line {
	l := line{
		Case: r.Case, Peer: r.Peer, Unit: r.Metric.Unit, Ours: number(r.Ours), Theirs: number(r.Theirs),
		Ratio: ratioString(r.Ratio), Interval: interval(r), Rounds: rounds(r), Verdict: verdict(r),
	}
	if r.Metric.More {
		l.Unit += ", more is better"
	}
	if r.Bar > 0 {
		l.Bar = fmt.Sprintf("%.2f", r.Bar)
	}
	return l
}

// sections returns the workloads with what was measured of each.
func sections(results []measure.Result) ([]section, error) {
	var all []section
	at := map[string]int{}
	sweeps := map[string][]measure.Result{}
	mains := map[string]measure.Result{}
	for _, r := range results {
		if len(r.Rounds) == 0 {
			continue
		}
		i, ok := at[r.Case]
		if !ok {
			i = len(all)
			at[r.Case] = i
			s := section{Name: r.Case}
			s.About, s.Like = about(r.Case)
			all = append(all, s)
		}
		s := &all[i]
		var c chart
		var err error
		switch r.Kind {
		case measure.Main:
			mains[r.Case] = r
			c, err = ratioChart(r)
			s.Rows = append(s.Rows, rowsOf(r)...)
		case measure.Tails:
			c, err = tailChart(r)
		case measure.Kept:
			s.Rows = append(s.Rows, rowsOf(r)...)
			s.Plain = plain(r)
			more, err := amountCharts(r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.Case, err)
			}
			s.Charts = append(s.Charts, more...)
			continue
		case measure.Swept:
			sweeps[r.Case] = append(sweeps[r.Case], r)
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Case, err)
		}
		s.Charts = append(s.Charts, c)
		if r.Kind == measure.Main && slices.Contains(r.Metrics, measure.GCCPU) { // a server
			more, err := amountCharts(r)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", r.Case, err)
			}
			s.Charts = append(s.Charts, more...)
		}
	}
	for i := range all {
		s := &all[i]
		swept := sweeps[s.Name]
		if main, ok := mains[s.Name]; !ok || len(swept) == 0 {
			continue
		} else {
			swept = append(swept, main)
		}
		c, err := sweepChart(swept)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		s.Charts = append(s.Charts, c)
	}
	return all, nil
}

// rowsOf returns the figures of a result.
func rowsOf(r measure.Result) []line {
	var lines []line
	peers := len(r.Impls) - 1
	for i, row := range Rows(r) {
		l := words(row)
		metric, peer := i/peers, 1+i%peers
		l.Outliers = fmt.Sprintf("%d / %d of %d", outliers(r.Column(0, metric)), outliers(r.Column(peer, metric)), len(r.Rounds))
		lines = append(lines, l)
	}
	return lines
}

// outliers counts the values outside Tukey's fences.
func outliers(values []float64) int {
	low, high := Quantile(values, 0.25), Quantile(values, 0.75)
	fence := 1.5 * (high - low)
	n := 0
	for _, v := range values {
		if v < low-fence || v > high+fence {
			n++
		}
	}
	return n
}

// dataURL returns raw, compressed, as an address that holds it.
func dataURL(raw []byte) (template.URL, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(raw); err != nil {
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return template.URL("data:application/gzip;base64," + base64.StdEncoding.EncodeToString(b.Bytes())), nil
}
