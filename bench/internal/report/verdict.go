package report

import (
	"cmp"
	"slices"

	"github.com/aclements/go-moremath/stats"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// Verdict is how plunge does against a peer, over the first metric of all cases.
type Verdict struct {
	Peer        string
	Outcomes    [4]int  // rows by Outcome
	Mean        float64 // geometric mean of the time ratios that are not noisy: under 1 plunge is ahead
	Best, Worst Row     // of these ratios; zero if there is none
}

// primary returns the rows of the first metric of r.
func primary(r measure.Result) []Row {
	var rows []Row
	for _, row := range Rows(r) {
		if row.Metric == r.Metrics[0] {
			rows = append(rows, row)
		}
	}
	return rows
}

// Verdicts returns one Verdict per peer, in the order in which peers first appear.
func Verdicts(results []measure.Result) []Verdict {
	var all []Verdict
	costs := map[string][]float64{}
	for _, r := range results {
		if r.Kind != measure.Main {
			continue
		}
		for _, row := range primary(r) {
			i := slices.IndexFunc(all, func(v Verdict) bool { return v.Peer == row.Peer })
			if i < 0 {
				i = len(all)
				all = append(all, Verdict{Peer: row.Peer})
			}
			v := &all[i]
			v.Outcomes[row.Outcome()]++
			if row.Noisy() {
				continue
			}
			if len(costs[row.Peer]) == 0 {
				v.Best, v.Worst = row, row
			}
			if row.cost() < v.Best.cost() {
				v.Best = row
			}
			if row.cost() > v.Worst.cost() {
				v.Worst = row
			}
			costs[row.Peer] = append(costs[row.Peer], row.cost())
		}
	}
	for i := range all {
		all[i].Mean = stats.GeoMean(costs[all[i].Peer])
	}
	return all
}

// losses returns the rows in which plunge is behind. Rows of the first metric come before the others, the worst
// first.
func losses(results []measure.Result) []Row {
	var first, others []Row
	for _, r := range results {
		if r.Kind != measure.Main {
			continue
		}
		for _, row := range Rows(r) {
			switch {
			case row.Outcome() != Behind:
			case row.Metric == r.Metrics[0]:
				first = append(first, row)
			default:
				others = append(others, row)
			}
		}
	}
	for _, rows := range [][]Row{first, others} {
		slices.SortStableFunc(rows, func(a, b Row) int { return cmp.Compare(b.cost(), a.cost()) })
	}
	return append(first, others...)
}
