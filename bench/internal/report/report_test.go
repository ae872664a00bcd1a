package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"golang.org/x/perf/benchfmt"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/work"
)

// fixed is a result of 21 rounds. The subject takes half as long as peer a, twice as long as b, and about as long
// as c. Metric 1 is 0 for the subject and a.
func fixed() measure.Result {
	r := measure.Result{
		Case:    "pair",
		Bench:   "Pool/impl=%s/workload=pair/size=1",
		Impls:   []string{"plunge", "a", "b", "c"},
		Metrics: []measure.Metric{measure.PerOp, measure.Made},
		Bars:    []work.Bar{{Peer: "a", AtMost: 0.6}, {Peer: "b", AtMost: 1.5}},
		Procs:   2,
	}
	for i := range 21 {
		base := float64(100 + i) // the machine drifts; the ratios do not
		c := base - 9.5 + float64(i)
		r.Rounds = append(r.Rounds, []measure.Point{
			{Iters: 1, Values: []float64{base, 0}},
			{Iters: 1, Values: []float64{2 * base, 0}},
			{Iters: 1, Values: []float64{base / 2, 5}},
			{Iters: 1, Values: []float64{c, 0}},
		})
	}
	return r
}

func TestRows(t *testing.T) {
	rows := Rows(fixed())
	if len(rows) != 6 {
		t.Fatalf("got %d rows, want 6", len(rows))
	}
	for i, want := range []struct {
		peer          string
		ours, its, ra float64
		outcome       Outcome
		missed        bool
	}{
		{"a", 110, 220, 0.5, Ahead, false},
		{"b", 110, 55, 2, Behind, true},
		{"c", 110, 110.5, 110 / 110.5, Undecided, false},
		{"a", 0, 0, math.NaN(), Undecided, false},
		{"b", 0, 5, 0, Ahead, false},
		{"c", 0, 0, math.NaN(), Undecided, false},
	} {
		got := rows[i]
		same := math.Abs(got.Ratio-want.ra) < 1e-9 || math.IsNaN(got.Ratio) && math.IsNaN(want.ra)
		if got.Peer != want.peer || got.Ours != want.ours || got.Theirs != want.its || !same ||
			got.Outcome() != want.outcome || got.Missed() != want.missed {
			t.Errorf("row %d: got %+v, outcome %v, missed %v, want %+v", i, got, got.Outcome(), got.Missed(), want)
		}
	}
	if r := rows[0]; r.Lo != 0.5 || r.Hi != 0.5 {
		t.Errorf("interval of constant ratios: got %v to %v, want 0.5", r.Lo, r.Hi)
	}
	if r := rows[2]; !(r.Lo < 1 && r.Hi > 1) {
		t.Errorf("interval of a noisy ratio: got %v to %v, want 1 in it", r.Lo, r.Hi)
	}
}

func TestOutcome(t *testing.T) {
	more := measure.Metric{Unit: "req/s", More: true}
	for _, c := range []struct {
		row  Row
		want Outcome
	}{
		{Row{Ratio: 0.9, Lo: 0.88, Hi: 0.92}, Ahead},
		{Row{Ratio: 0.9, Lo: 0.8, Hi: 0.95}, Noisy},
		{Row{Ratio: 1, Lo: 1, Hi: 1}, Undecided},
		{Row{Ratio: 1.02, Lo: 0.98, Hi: 1.05}, Undecided},
		{Row{Ratio: 1.1, Lo: 1.08, Hi: 1.15}, Behind},
		{Row{Ratio: math.Inf(1), Lo: math.Inf(1), Hi: math.Inf(1)}, Behind},
		{Row{Metric: measure.Made, Ratio: 1.1, Lo: math.Inf(-1), Hi: math.Inf(1)}, Behind},
		{Row{Metric: measure.Made, Ratio: math.NaN()}, Undecided},
		{Row{Metric: more, Ratio: 1.1, Lo: 1.08, Hi: 1.15}, Ahead},
		{Row{Metric: more, Ratio: 0.98, Lo: 0.95, Hi: 1.02}, Undecided},
		{Row{Metric: more, Ratio: 0.9, Lo: 0.88, Hi: 0.92}, Behind},
	} {
		if got := c.row.Outcome(); got != c.want {
			t.Errorf("%+v: got %v, want %v", c.row, got, c.want)
		}
	}
}

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	if err := Write(&b, []string{"the machine"}, []measure.Result{fixed()}); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"the machine\n", "plunge LOSES: 1 of 6\n", "bars MISSED: 1 of 6\n",
		"  pair, ns/op, against b: 2.000 (2.000 to 2.000), bar 1.50\n", "MISSED LOSES", "made/kop",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if n := strings.Count(got, "\n pair"); n > 1 {
		t.Errorf("the workload is named %d times in\n%s", n, got)
	}
}

func TestWriteNothing(t *testing.T) {
	var b bytes.Buffer
	r := fixed()
	r.Rounds = nil
	if err := Write(&b, nil, []measure.Result{r}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "no timed workload was selected") {
		t.Errorf("got %q", got)
	}
}

// TestOneRound shows that a single round gives ratios without an interval.
func TestOneRound(t *testing.T) {
	r := fixed()
	r.Rounds = r.Rounds[:1]
	var b bytes.Buffer
	if err := Write(&b, nil, []measure.Result{r}); err != nil {
		t.Fatal(err)
	}
	if got := b.String(); !strings.Contains(got, "0.500") || !strings.Contains(got, "unknown") {
		t.Errorf("got\n%s", got)
	}
}

// TestRaw reads the raw samples as benchstat does.
func TestRaw(t *testing.T) {
	var b bytes.Buffer
	raw := NewRaw(&b, []Pair{{"goos", "plan9"}, {"seed", "7"}})
	if err := raw.Write(fixed()); err != nil {
		t.Fatal(err)
	}
	n := 0
	for r := benchfmt.NewReader(&b, "raw"); r.Scan(); n++ {
		rec, ok := r.Result().(*benchfmt.Result)
		if !ok {
			t.Fatalf("got %v", r.Result())
		}
		if n == 0 {
			sec, _ := rec.Value("sec/op")
			if math.Abs(sec-100e-9) > 1e-15 || rec.GetConfig("seed") != "7" || rec.Name.String() != "Pool/impl=plunge/workload=pair/size=1-2" {
				t.Errorf("got %v s in %s with seed %s", sec, rec.Name, rec.GetConfig("seed"))
			}
		}
	}
	if n != 4*21 {
		t.Errorf("got %d samples, want %d", n, 4*21)
	}
}
