package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// rawSamples are the raw samples of a run with a result of each kind.
func rawSamples(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	raw := NewRaw(&b, []Pair{{"goos", "plan9"}, {"seed", "7"}, {procsKey, "2"}, {"command", "go run . <&>"}})
	swept := fixed()
	swept.Kind, swept.Procs = measure.Swept, 1
	tails := fixed()
	tails.Kind, tails.Metrics, tails.Bench = measure.Tails, measure.Latencies(), "Latency/impl=%s/workload=pair/size=1"
	for _, round := range tails.Rounds {
		for i := range round {
			round[i].Values = []float64{30, 40 + float64(i), 70, 900, 20_000}
		}
	}
	kept := fixed()
	kept.Kind, kept.Bench = measure.Kept, "Memory/impl=%s/workload=pair/size=1"
	kept.Metrics = []measure.Metric{measure.Hits, measure.Made, measure.Retained, measure.GCCPU}
	for _, round := range kept.Rounds {
		for i := range round {
			round[i].Values = []float64{100 - float64(i), 10 * float64(i), 8 + float64(i), 0}
		}
	}
	server := fixed()
	server.Case, server.Bench = "http", "HTTP/impl=%s/workload=http/size=1"
	server.Impls = []string{"plunge", mainPeer, "b", "c"}
	server.Metrics = []measure.Metric{{Unit: "req/s", More: true}, {Unit: "GC-cpu-%", Mean: true}}
	for _, r := range []measure.Result{fixed(), tails, swept, kept, server} {
		if err := raw.Write(r); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

// TestRead shows that Read returns what Raw has written.
func TestRead(t *testing.T) {
	config, results, err := Read(bytes.NewReader(rawSamples(t)), "raw")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(config, Pair{"seed", "7"}) {
		t.Errorf("got %v, want the seed 7 in it", config)
	}
	var kinds []measure.Kind
	for _, r := range results {
		kinds = append(kinds, r.Kind)
		if len(r.Rounds) != 21 || len(r.Impls) != 4 || r.Impls[0] != "plunge" {
			t.Errorf("%s: got %d rounds of %v", r.Case, len(r.Rounds), r.Impls)
		}
	}
	if want := []measure.Kind{measure.Main, measure.Tails, measure.Swept, measure.Kept, measure.Main}; !slices.Equal(kinds, want) {
		t.Fatalf("kinds: got %v, want %v", kinds, want)
	}
	if got, want := results[0].Column(2, 1), fixed().Column(2, 1); !slices.Equal(got, want) {
		t.Errorf("made/kop of b: got %v, want %v", got, want)
	}
	if got, want := results[3].Metrics, []measure.Metric{measure.Hits, measure.Made, measure.Retained, measure.GCCPU}; !slices.Equal(got, want) {
		t.Errorf("metrics of memory: got %+v, want %+v", got, want)
	}
	if !results[4].Metrics[0].More || !results[4].Metrics[1].Mean {
		t.Errorf("metrics of http: got %+v", results[4].Metrics)
	}
	if len(results[0].Bars) == 0 {
		t.Error("the bars of pair are lost")
	}
	if _, _, err := Read(strings.NewReader("BenchmarkOther 1 2 ns/op\n"), "raw"); err == nil {
		t.Error("samples of something else: got no error")
	}
}

// TestCutOff shows that Read returns the complete rounds of a file that ends early.
func TestCutOff(t *testing.T) {
	lines := strings.SplitAfter(string(rawSamples(t)), "\n")
	first := slices.IndexFunc(lines, func(s string) bool { return strings.HasPrefix(s, "Benchmark") })
	_, results, err := Read(strings.NewReader(strings.Join(lines[:first+10], "")), "raw")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(results[0].Rounds); got != 2 {
		t.Errorf("got %d rounds of 10 samples of 4 peers, want 2", got)
	}
}

// TestPage shows what the page says, and that it has the samples.
func TestPage(t *testing.T) {
	raw := rawSamples(t)
	var b bytes.Buffer
	if err := HTML(&b, "raw.txt", raw); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	for _, want := range []string{
		"plunge is ahead in 2 of 6 comparisons, behind in 2; 2 are undecided", "2.000 in pair (2.000 to 2.000)",
		"go run . &lt;&amp;&gt;", "prefers-color-scheme:dark", "ns/op in pair", "req/s in http", "latency of pair", "pair over GOMAXPROCS",
		"hit rate, % in pair", "objects created in 1,000 operations in pair", "retained, KiB in pair", "CPU time of the collector, % in http",
		"In the runs that are not timed, the collector had nothing to do.",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in the page", want)
		}
	}
	if strings.Contains(text, "CPU time of the collector, % in pair") {
		t.Error("a chart of nothing but zeros")
	}
	if got := regexp.MustCompile(`(?:src|href)="https?:|url\(|@import|<script`).FindString(text); got != "" {
		t.Errorf("the page is not self-contained: %q", got)
	}
	m := regexp.MustCompile(`base64,([^"]*)"`).FindStringSubmatch(text)
	if m == nil {
		t.Fatal("no samples in the page")
	}
	packed, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(m[1], "&#43;", "+"))
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || !bytes.Equal(got, raw) {
		t.Errorf("the samples in the page: got %d bytes, %v, want the %d written", len(got), err, len(raw))
	}
}

// TestPageOfNothing shows that there is a page even for a run cut off at once.
func TestPageOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, "raw.txt", nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Nothing was measured") {
		t.Error("the page does not say that nothing was measured")
	}
}

// TestHits shows that the table lists only the workloads in which a pool sometimes found no object.
func TestHits(t *testing.T) {
	_, results, err := Read(bytes.NewReader(rawSamples(t)), "raw")
	if err != nil {
		t.Fatal(err)
	}
	full := fixed()
	full.Case, full.Kind, full.Metrics = "full", measure.Kept, []measure.Metric{measure.Hits, measure.Made}
	for _, round := range full.Rounds {
		for i := range round {
			round[i].Values = []float64{100, 0}
		}
	}
	var b bytes.Buffer
	if err := Write(&b, nil, append(results, full)); err != nil {
		t.Fatal(err)
	}
	want := "hit rate of a pool under 99.9%: in 1 of 2 workloads\n  pair: plunge 100.0, a 99.0, b 98.0, c 97.0\n"
	if !strings.Contains(b.String(), want) {
		t.Errorf("no %q in\n%s", want, b.String())
	}
}

// paired returns a result whose rounds have these values of two peers.
func paired(ours, theirs []float64) measure.Result {
	r := measure.Result{Impls: []string{"plunge", "sync.Pool"}, Metrics: []measure.Metric{measure.PerOp}}
	for i := range ours {
		r.Rounds = append(r.Rounds, []measure.Point{{Values: ours[i : i+1]}, {Values: theirs[i : i+1]}})
	}
	return r
}

// TestPaired: a ratio is the median of the rounds' ratios, not of the ratios of sorted values.
func TestPaired(t *testing.T) {
	r := paired([]float64{1, 2, 3}, []float64{30, 10, 20}) // 0.033, 0.2 and 0.15
	for _, row := range []Row{Rows(r)[0], Compare(r, 0, 1)} {
		if row.Ratio != 0.15 || row.Ours != 2 || row.Theirs != 20 {
			t.Errorf("got %+v, want 0.15 of 2 and 20", row)
		}
	}
}

// TestNoisy: a row whose interval is wide, or not known, is noisy, and nobody wins or loses there.
func TestNoisy(t *testing.T) {
	var steady, wild, theirs []float64
	for i := range 30 {
		steady = append(steady, 1+0.01*float64(i%3))
		wild = append(wild, 3+float64(i%3))
		theirs = append(theirs, 2)
	}
	for _, c := range []struct {
		name   string
		ours   []float64
		noisy  bool
		want   Outcome
		missed bool
	}{
		{"steady", steady, false, Ahead, true},
		{"wild", wild, true, Noisy, false},
		{"of a few rounds", steady[:3], true, Noisy, false},
	} {
		row := Compare(paired(c.ours, theirs), 0, 1)
		row.Bar = 0.1
		if row.Noisy() != c.noisy || row.Outcome() != c.want || row.Missed() != c.missed {
			t.Errorf("%s: got %+v, noisy %v, %v, missed %v", c.name, row, row.Noisy(), row.Outcome(), row.Missed())
		}
	}
	if (Row{Metric: measure.Made, Ratio: 2, Lo: math.Inf(-1), Hi: math.Inf(1)}).Noisy() || (Row{Ratio: math.NaN()}).Noisy() {
		t.Error("a mean, or what is 0 for both, is noisy")
	}
	var b bytes.Buffer
	r := paired(wild, theirs)
	r.Case = "pair"
	if err := Write(&b, []string{"head"}, []measure.Result{r}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.HasPrefix(got, "noisy:   1 of 1 rows") || !strings.Contains(got, "plunge LOSES: 0 of 0") {
		t.Errorf("got\n%s", got)
	}
}
