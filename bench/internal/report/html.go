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

var pageTemplate = template.Must(template.New("page").Funcs(template.FuncMap{
	"number": number, "ratio": ratioString, "interval": interval, "bar": barString, "verdict": verdict,
	"mean": meanString, "within": within, "unit": unitString,
}).Parse(pageText))

// page is what page.tmpl shows.
type page struct {
	Headline, Explained string
	Noise               string // how many rows are noisy
	Styles              template.CSS
	Verdicts            []Verdict
	Losses              []Row
	Overview            *chart
	Facts               []Pair
	RawName             string
	Raw                 template.URL
	Sections            []section
}

// section is a workload.
type section struct {
	Name, About, Like string
	Plain             string // figures about memory for which a chart would show nothing
	Charts            []chart
	Rows              []Row
}

// Drawing is the chart's SVG. It is not escaped, because it is made here, and the drawing package escapes the names
// in it.
func (c chart) Drawing() template.HTML { return template.HTML(c.SVG) }

// HTML writes the page of a run from its raw samples, which are in the file rawName.
func HTML(w io.Writer, rawName string, raw []byte) error {
	config, results, err := Read(bytes.NewReader(raw), rawName)
	if err != nil {
		return err
	}
	p := page{Styles: template.CSS(styles), RawName: rawName, Facts: config}
	if p.Raw, err = dataURL(raw); err != nil {
		return err
	}
	p.judge(mains(results))
	if p.Sections, err = sections(results); err != nil {
		return err
	}
	drawing, names, err := Overview(results, false)
	if err != nil {
		return err
	}
	if len(names) > 0 {
		p.Overview = &chart{Title: "median time ratios with their 95% intervals; green: ahead, red: behind, grey: undecided or noisy", Series: names, SVG: drawing}
	}
	return pageTemplate.Execute(w, p)
}

// Beside returns the name of the page of a file of raw samples.
func Beside(raw string) string { return strings.TrimSuffix(raw, ".txt") + ".html" }

// judge fills in the top of the page.
func (p *page) judge(all []Row) {
	p.Noise = "Noisy: " + noisyLine(all) + "."
	var total [4]int
	p.Verdicts, p.Losses = Verdicts(all), losses(all)
	for _, v := range p.Verdicts {
		for o, n := range v.Outcomes {
			total[o] += n
		}
	}
	n := total[Ahead] + total[Undecided] + total[Behind]
	if n+total[Noisy] == 0 {
		p.Headline = "Nothing was measured"
		return
	}
	p.Headline = fmt.Sprintf("plunge is ahead in %d of %d comparisons, behind in %d; %d are undecided", total[Ahead], n, total[Behind], total[Undecided])
	p.Explained = "A comparison is one workload with one other pool, in time or throughput; it is decided where the 95% interval of the ratio has no 1 in it, and left out where that is noisy. " +
		"Ratios are plunge's time over the other's: under 1 plunge is ahead. Means are geometric."
}

// meanString is the mean ratio. It is empty if all rows are noisy.
func meanString(v Verdict) string {
	if v.Best.Case == "" {
		return ""
	}
	return ratioString(v.Mean)
}

// within is a comparison with its interval, as a time ratio.
func within(r Row) string {
	if r.Case == "" {
		return ""
	}
	s := fmt.Sprintf("%s in %s", ratioString(r.cost()), r.Case)
	lo, hi := r.within()
	if math.IsInf(r.Lo, 0) || math.IsInf(r.Hi, 0) {
		return s
	}
	return fmt.Sprintf("%s (%.3f to %.3f)", s, lo, hi)
}

// unitString is the unit of r, and what is better if that is not less.
func unitString(r Row) string {
	if r.Metric.More {
		return r.Metric.Unit + ", more is better"
	}
	return r.Metric.Unit
}

// sections returns the workloads with their results.
func sections(results []measure.Result) ([]section, error) {
	var all []section
	at := map[string]int{}
	byProcs := map[string][]measure.Result{} // the sweeps
	for _, r := range results {
		if len(r.Rounds) == 0 {
			continue
		}
		if r.Kind == measure.Swept {
			byProcs[r.Case] = append(byProcs[r.Case], r)
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
		charts, err := chartsOf(r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Case, err)
		}
		s.Charts = append(s.Charts, charts...)
		if r.Kind != measure.Tails {
			s.Rows = append(s.Rows, Rows(r)...)
		}
		if r.Kind == measure.Kept {
			s.Plain = plain(r)
		}
	}
	for _, r := range results {
		swept := byProcs[r.Case]
		if r.Kind != measure.Main || len(r.Rounds) == 0 || len(swept) == 0 {
			continue
		}
		c, err := sweepChart(append(swept, r))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", r.Case, err)
		}
		s := &all[at[r.Case]]
		s.Charts = append(s.Charts, c)
	}
	return all, nil
}

// chartsOf draws a result.
func chartsOf(r measure.Result) ([]chart, error) {
	var drawn []func(measure.Result) (chart, error)
	switch r.Kind {
	case measure.Main:
		drawn = append(drawn, absoluteChart, ratioChart)
	case measure.Tails:
		drawn = append(drawn, tailChart)
	}
	var charts []chart
	for _, draw := range drawn {
		c, err := draw(r)
		if err != nil {
			return nil, err
		}
		charts = append(charts, c)
	}
	if !slices.Contains(r.Metrics, measure.GCCPU) { // Memory and servers measure it
		return charts, nil
	}
	more, err := amountCharts(r)
	return append(charts, more...), err
}

// dataURL returns a data: URL with raw, compressed.
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
