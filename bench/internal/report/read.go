package report

import (
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strconv"

	"golang.org/x/perf/benchfmt"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/web"
	"github.com/plungepool/plunge/bench/internal/work"
)

// procsKey is the line of configuration with the GOMAXPROCS of a run. It distinguishes comparisons from the samples
// of a sweep.
const procsKey = "procs"

// Read reads the raw samples that [Raw] wrote.
func Read(r io.Reader, name string) (config []Pair, results []measure.Result, err error) {
	b := builder{at: map[string]int{}, seen: map[string]int{}}
	in := benchfmt.NewReader(r, name)
	for in.Scan() {
		switch rec := in.Result().(type) {
		case *benchfmt.Result:
			if config == nil {
				for _, c := range rec.Config {
					if c.File {
						config = append(config, Pair{c.Key, string(c.Value)})
					}
				}
			}
			if err := b.add(rec); err != nil {
				return nil, nil, fmt.Errorf("%s: %w", name, err)
			}
		case *benchfmt.SyntaxError:
			return nil, nil, rec
		}
	}
	if err := in.Err(); err != nil {
		return nil, nil, err
	}
	return config, b.complete(), nil
}

// builder collects samples into results.
type builder struct {
	results []measure.Result
	at      map[string]int // results by name of the benchmark without the impl
	seen    map[string]int // samples by name of the benchmark
}

var sampleName = regexp.MustCompile(`^(\w+)/impl=([^/]+)/workload=([^/]+)/size=(\d+?)(?:-(\d+))?$`)

// add adds a sample.
func (b *builder) add(rec *benchfmt.Result) error {
	name := string(rec.Name)
	m := sampleName.FindStringSubmatch(name)
	if m == nil {
		return fmt.Errorf("a sample of no workload: %s", name)
	}
	family, impl, workload := m[1], m[2], m[3]
	size, _ := strconv.Atoi(m[4]) // digits
	procs := 1
	if m[5] != "" {
		procs, _ = strconv.Atoi(m[5])
	}
	key := family + "/" + workload + "/" + m[4] + "-" + m[5]
	i, ok := b.at[key]
	if !ok {
		i = len(b.results)
		b.at[key] = i
		r := measure.Result{
			Case:  work.Case{Workload: workload, Size: size}.Name(),
			Bench: family + "/impl=%s/workload=" + workload + "/size=" + m[4],
			Procs: procs,
		}
		for _, v := range rec.Values {
			r.Metrics = append(r.Metrics, metric(unit(v)))
		}
		r.Kind, r.Bars = kind(family, r, rec.GetConfig(procsKey))
		b.results = append(b.results, r)
	}
	r := &b.results[i]
	if len(rec.Values) != len(r.Metrics) {
		return fmt.Errorf("%s: %d values, want %d", name, len(rec.Values), len(r.Metrics))
	}
	round := b.seen[name]
	b.seen[name]++
	if round == 0 {
		r.Impls = append(r.Impls, impl)
	}
	for len(r.Rounds) <= round {
		r.Rounds = append(r.Rounds, nil)
	}
	p := measure.Point{Iters: rec.Iters}
	for _, v := range rec.Values {
		p.Values = append(p.Values, value(v))
	}
	r.Rounds[round] = append(r.Rounds[round], p)
	return nil
}

// complete returns the results without incomplete rounds, which a file that was cut off has.
func (b *builder) complete() []measure.Result {
	for i := range b.results {
		r := &b.results[i]
		for len(r.Rounds) > 0 && len(r.Rounds[len(r.Rounds)-1]) < len(r.Impls) {
			r.Rounds = r.Rounds[:len(r.Rounds)-1]
		}
	}
	return b.results
}

// kind returns what a result is of, and its bars.
func kind(family string, r measure.Result, procs string) (measure.Kind, []work.Bar) {
	switch family {
	case "Latency":
		return measure.Tails, nil
	case "Memory":
		return measure.Kept, nil
	}
	c, _ := work.Find(r.Case)
	if here, err := strconv.Atoi(procs); err == nil && c.Procs == 0 && r.Procs != here {
		return measure.Swept, nil
	}
	return measure.Main, c.Bars
}

// metric returns the metric of a unit.
func metric(unit string) measure.Metric {
	known := append([]measure.Metric{measure.PerOp, measure.Made, measure.Hits, measure.Allocs}, web.Metrics...)
	known = append(known, measure.Latencies()...)
	for _, m := range known {
		if m.Unit == unit {
			return m
		}
	}
	return measure.Metric{Unit: unit}
}

// unit returns the unit of a value as it was written.
func unit(v benchfmt.Value) string {
	if v.OrigUnit != "" {
		return v.OrigUnit
	}
	return v.Unit
}

// value returns a value as it was written.
func value(v benchfmt.Value) float64 {
	if v.OrigUnit != "" {
		return v.OrigValue
	}
	return v.Value
}

// about returns what a workload is and what it resembles. Both are empty if this version has no workload of that
// name.
func about(name string) (about, like string) {
	if c, ok := work.Find(name); ok {
		return c.About, c.Like
	}
	for _, w := range web.Workloads() {
		if w.Name == name {
			return w.About, w.Like
		}
	}
	return "", ""
}

// Head returns the caller's configuration, followed by the lines that Read needs.
func Head(pairs ...Pair) []Pair {
	return append(pairs,
		Pair{procsKey, strconv.Itoa(runtime.GOMAXPROCS(0))},
		Pair{"go", runtime.Version()},
	)
}
