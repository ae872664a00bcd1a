package report

import (
	"cmp"
	"slices"

	"github.com/aclements/go-moremath/stats"
)

// Verdict is how plunge does against a peer, over the first metric of all cases.
type Verdict struct {
	Peer        string
	Outcomes    [4]int  // rows by Outcome
	Mean        float64 // geometric mean of the time ratios that are not noisy: under 1 plunge is ahead
	Best, Worst Row     // of these ratios; zero if there is none
}

// Verdicts returns one Verdict per peer, in the order in which peers first appear.
func Verdicts(rows []Row) []Verdict {
	var all []Verdict
	costs := map[string][]float64{}
	for _, row := range rows {
		if !row.First {
			continue
		}
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
	for i := range all {
		all[i].Mean = stats.GeoMean(costs[all[i].Peer])
	}
	return all
}

// losses returns the rows in which plunge is behind. Rows of the first metric come before the others, the worst
// first.
func losses(rows []Row) []Row {
	lost := slices.DeleteFunc(slices.Clone(rows), func(r Row) bool { return r.Outcome() != Behind })
	slices.SortStableFunc(lost, func(a, b Row) int {
		switch {
		case a.First && !b.First:
			return -1
		case b.First && !a.First:
			return 1
		}
		return cmp.Compare(b.cost(), a.cost())
	})
	return lost
}
