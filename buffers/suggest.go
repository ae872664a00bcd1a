package buffers

import (
	"math"
	"slices"
)

// maxParts bounds what SuggestTiers chooses from: it takes some maxParts^2 steps per tier.
const maxParts = 256

// part is the requests of lengths up to upper and above the part before, of which count
// is estimated from their sum.
type part struct {
	upper        int
	count, bytes float64
}

// SuggestTiers returns sizes for Options.Sizes that fit the lengths requested so far: as few as possible, in
// ascending order, with at most the share maxWaste of the granted bytes unused. A maxWaste of 0.1 is a tenth. It
// returns nil if nothing was requested.
//
// The pool counts lengths in steps of an eighth of a tier. If that is too coarse for maxWaste, the sizes are
// those with the least waste. Lengths larger than the largest tier are left out.
func (s Stats) SuggestTiers(maxWaste float64) []int {
	parts := s.parts()
	if len(parts) == 0 {
		return nil
	}
	requested := 0.0
	for _, p := range parts {
		requested += p.bytes
	}
	// Granted bytes for a count of tiers, by dynamic programming: least[j] is the least
	// for the first j parts, from[k][j] where the last of their tiers begins.
	least := make([]float64, len(parts)+1)
	for j := 1; j < len(least); j++ {
		least[j] = math.Inf(1)
	}
	var from [][]int
	for k := 1; k <= min(len(parts), LimitTiers); k++ {
		next, begin := extend(parts, least)
		least, from = next, append(from, begin)
		if granted := least[len(parts)]; granted-requested <= maxWaste*granted {
			break
		}
	}
	return sizes(parts, from)
}

// extend adds a tier: from the least bytes granted with some number of tiers it
// computes those with one more.
func extend(parts []part, least []float64) (next []float64, begin []int) {
	next, begin = make([]float64, len(least)), make([]int, len(least))
	for j := range next {
		next[j] = math.Inf(1)
		count := 0.0
		for i := j - 1; i >= 0; i-- {
			count += parts[i].count
			if g := least[i] + count*float64(parts[j-1].upper); g < next[j] {
				next[j], begin[j] = g, i
			}
		}
	}
	return next, begin
}

// sizes reads the tiers from where they begin.
func sizes(parts []part, from [][]int) []int {
	var sizes []int
	j := len(parts)
	for k := len(from) - 1; k >= 0 && j > 0; k-- {
		sizes = append(sizes, parts[j-1].upper)
		j = from[k][j]
	}
	slices.Reverse(sizes)
	return sizes
}

// parts returns the parts of all tiers in which anything was requested. It joins neighbours until there are at most
// maxParts.
func (s Stats) parts() []part {
	var ps []part
	for _, t := range s.Tiers {
		for i, bytes := range t.Requested {
			if bytes == 0 {
				continue
			}
			lower := t.Above + i*t.Step + 1
			upper := min(t.Above+(i+1)*t.Step, t.Size)
			count := float64(bytes) / (float64(lower+upper) / 2)
			ps = append(ps, part{upper, count, float64(bytes)})
		}
	}
	for len(ps) > maxParts {
		half := ps[:0]
		for i := 0; i < len(ps); i += 2 {
			p := ps[i]
			if i+1 < len(ps) {
				q := ps[i+1]
				p = part{q.upper, p.count + q.count, p.bytes + q.bytes}
			}
			half = append(half, p)
		}
		ps = half
	}
	return ps
}
