package report

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/work"
)

// rawSamples are those of a run with a result of each kind.
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

// TestRead shows that what Raw writes is read as it was.
func TestRead(t *testing.T) {
	config, results, err := Read(bytes.NewReader(rawSamples(t)), "raw")
	if err != nil {
		t.Fatal(err)
	}
	if got := get(config, "seed"); got != "7" {
		t.Errorf("seed: got %q, want 7", got)
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

// TestCutOff shows that the rounds that every peer has are read from a file that
// ends early.
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
		"go run . &lt;&amp;&gt;", "prefers-color-scheme:dark", "latency of pair", "pair over GOMAXPROCS",
		"hit rate, % in pair", "objects made anew in 1,000 operations in pair", "retained, KiB in pair", "CPU time of the collector, % in http",
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

// TestPageOfBusy shows that the page begins with the load of a machine that was busy,
// and does not speak of that of one that was not.
func TestPageOfBusy(t *testing.T) {
	for load, want := range map[string]bool{"7.00 before the start: " + Busy: true, "0.10 before the start": false} {
		var b bytes.Buffer
		if err := HTML(&b, "raw.txt", append([]byte(LoadKey+": "+load+"\n"), rawSamples(t)...)); err != nil {
			t.Fatal(err)
		}
		top, _, _ := strings.Cut(b.String(), "<h2>")
		if got := strings.Contains(top, load); got != want {
			t.Errorf("load %q: at the top %t, want %t", load, got, want)
		}
	}
}

// TestPageOfNothing shows that there is a page of a run cut off at once.
func TestPageOfNothing(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, "raw.txt", nil); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(b.String(), "Nothing was measured") {
		t.Error("the page does not say that nothing was measured")
	}
}

// TestHits shows that the table lists the workloads in which a pool found no object
// now and then, and no others.
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

var calmLook, busyLook = work.Look{Word: 1000, Sums: 1000}, work.Look{Word: 1000, Sums: 2000}

// TestDisturbed: the looks written are read again, what is best of them, too, and disturbed rounds are left out
// of the comparison.
func TestDisturbed(t *testing.T) {
	in := measure.Result{
		Case: "pair", Bench: "Pool/impl=%s/workload=pair/size=1", Procs: 2,
		Impls: []string{"plunge", "sync.Pool"}, Metrics: []measure.Metric{measure.PerOp},
	}
	for i := range 2*measure.MinRounds + 1 { // the first half and one more, at five times the ratio
		ns, look := 5.0, calmLook
		if i <= measure.MinRounds {
			ns, look = 25, busyLook
		}
		in.Rounds = append(in.Rounds, []measure.Point{
			{Iters: 1, Values: []float64{ns}, Look: look}, {Iters: 1, Values: []float64{10}},
		})
	}
	var b bytes.Buffer
	if err := NewRaw(&b, []Pair{{procsKey, "2"}}).Write(in); err != nil {
		t.Fatal(err)
	}
	_, results, err := Read(&b, "raw")
	if err != nil || len(results) != 1 {
		t.Fatalf("got %d results, %v, want one", len(results), err)
	}
	for i, round := range results[0].Rounds {
		if got, want := round[0].Look, in.Rounds[i][0].Look; got != want || round[1].Look != (work.Look{}) || len(round[0].Values) != 1 {
			t.Errorf("round %d: got %+v, want %v and one value", i, round[0], want)
		}
	}
	if got := *results[0].Best; got != calmLook {
		t.Errorf("got best %v, want %v", got, calmLook)
	}
	if got := Rows(results[0])[0].Ratio; got != 0.5 {
		t.Errorf("got ratio %v, want that of the calm rounds, 0.5", got)
	}
}

// paired returns a result of rounds that the machine did not disturb, by the values of two peers.
func paired(ours, theirs []float64) measure.Result {
	r := measure.Result{Impls: []string{"plunge", "sync.Pool"}, Metrics: []measure.Metric{measure.PerOp}}
	for i := range ours {
		r.Rounds = append(r.Rounds, []measure.Point{{Values: ours[i : i+1]}, {Values: theirs[i : i+1]}})
	}
	return r
}

// TestPaired: a ratio is the median of those of the rounds, not one of the sorted values.
func TestPaired(t *testing.T) {
	r := paired([]float64{1, 2, 3}, []float64{30, 10, 20}) // 0.033, 0.2 and 0.15
	for _, row := range []Row{Rows(r)[0], Compare(r, 0, 1)} {
		if row.Ratio != 0.15 || row.Ours != 2 || row.Theirs != 20 {
			t.Errorf("got %+v, want 0.15 of 2 and 20", row)
		}
	}
}

// TestNarrow: an interval that reaches too far is not narrow, nor is one that is not known.
func TestNarrow(t *testing.T) {
	var ours, theirs []float64
	for i := range 2 * measure.MinRounds {
		ours, theirs = append(ours, 1+0.1*float64(i%2)), append(theirs, 2)
	}
	for _, c := range []struct {
		rounds int
		part   float64
		want   bool
	}{{30, 0.06, true}, {30, 0.04, false}, {3, 0.06, false}, {0, 0.06, true}} {
		if got := Narrow(paired(ours[:c.rounds], theirs), c.part); got != c.want {
			t.Errorf("%d rounds, %v: got %v, want %v", c.rounds, c.part, got, c.want)
		}
	}
}
