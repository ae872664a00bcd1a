package report

import (
	"fmt"
	"io"
	"math"
	"slices"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// Agreement is how much the ratios of two runs may differ.
const Agreement = 0.10

// Repeated is a comparison that two runs have made.
type Repeated struct {
	Case, Peer    string
	First, Second float64 // median ratios of the first metric
	Noisy         bool    // one of the two is noisy
}

// Quotient is the second ratio over the first.
func (r Repeated) Quotient() float64 { return r.Second / r.First }

// Agrees reports whether the ratios lie within [Agreement] of each other.
func (r Repeated) Agrees() bool { return math.Abs(math.Log(r.Quotient())) <= math.Log1p(Agreement) }

// Repeats returns the comparisons that both runs have made, in the order of the first.
func Repeats(first, second []measure.Result) []Repeated {
	var all []Repeated
	again := mains(second)
	for _, was := range mains(first) {
		i := slices.IndexFunc(again, func(r Row) bool { return r.First && r.Case == was.Case && r.Peer == was.Peer })
		if was.First && i >= 0 {
			all = append(all, Repeated{was.Case, was.Peer, was.Ratio, again[i].Ratio, was.Noisy() || again[i].Noisy()})
		}
	}
	return all
}

// WriteRepeats prints one line per comparison. Then it prints how many agree: of all comparisons, of the workloads
// (in all their comparisons), and of the comparisons with sync.Pool. Noisy comparisons are in the table, but are
// not counted.
func WriteRepeats(w io.Writer, all []Repeated) error {
	t := newTable(table.Row{"workload", "against", "first", "second", "quotient", ""}, 3, 4, 5)
	var comparisons, workloads, mains tally
	whole := map[string]bool{} // by workload: whether all agree so far
	var names []string
	noisy := 0
	for _, r := range all {
		said := ""
		switch {
		case r.Noisy:
			said = "noisy"
		case !r.Agrees():
			said = "DIFFERS"
		}
		t.AppendRow(table.Row{r.Case, r.Peer, ratioString(r.First), ratioString(r.Second), ratioString(r.Quotient()), said})
		if r.Noisy {
			noisy++
			continue
		}
		comparisons.add(r.Agrees())
		if _, ok := whole[r.Case]; !ok {
			whole[r.Case] = true
			names = append(names, r.Case)
		}
		whole[r.Case] = whole[r.Case] && r.Agrees()
		if isMain(r.Peer) {
			mains.add(r.Agrees())
		}
	}
	for _, name := range names {
		workloads.add(whole[name])
	}
	_, err := fmt.Fprintf(w, "%s\n\nnoisy in a run, and left out: %d of %d comparisons\nwithin %.0f%% of the first run:\n  %v comparisons\n  %v comparisons with sync.Pool\n  %v workloads, in each of their comparisons\n",
		t.Render(), noisy, len(all), 100*Agreement, comparisons, mains, workloads)
	return err
}

// tally counts how many of all are a yes.
type tally struct{ yes, all int }

func (t *tally) add(yes bool) {
	t.all++
	if yes {
		t.yes++
	}
}

// String returns the share.
func (t tally) String() string {
	if t.all == 0 {
		return "0 of 0"
	}
	return fmt.Sprintf("%d of %d (%.0f%%)", t.yes, t.all, 100*float64(t.yes)/float64(t.all))
}
