package buffers_test

import (
	"slices"
	"testing"

	"github.com/plungepool/plunge/buffers"
)

// TestSuggestTiers: a pool of the tiers suggested wastes no more than was asked for.
func TestSuggestTiers(t *testing.T) {
	lengths := []int{300, 310, 1100, 1100, 1100, 5000, 40000, 41000}
	p := newPool(t, buffers.Options{})
	if got := p.Stats().SuggestTiers(0.1); got != nil {
		t.Errorf("before any request: got %v, want nil", got)
	}
	use := func(p *buffers.Pool) float64 {
		for range 100 {
			for _, n := range lengths {
				p.Release(p.Acquire(n))
			}
		}
		s := p.Stats()
		return 1 - float64(s.RequestedBytes)/float64(s.GrantedBytes)
	}
	powers := use(p)
	s := p.Stats()
	last := 0
	for _, waste := range []float64{0.9, 0.3, 0.15, 0.1, 0} {
		sizes := s.SuggestTiers(waste)
		if len(sizes) < last {
			t.Errorf("SuggestTiers(%v): got %d tiers %v, want no fewer than for more waste, %d", waste, len(sizes), sizes, last)
		}
		last = len(sizes)
		got := use(newPool(t, buffers.Options{Sizes: sizes}))
		t.Logf("waste at most %v: tiers %v, measured %.3f; powers of two %.3f", waste, sizes, got, powers)
		if waste >= 0.1 && got > waste+0.02 || got > powers && waste <= 0.1 {
			t.Errorf("SuggestTiers(%v) = %v: wasted %.3f", waste, sizes, got)
		}
		if s := newPool(t, buffers.Options{Sizes: sizes}).Stats(); len(s.Tiers) != len(sizes) || !slices.IsSorted(sizes) {
			t.Errorf("SuggestTiers(%v) = %v: are no Sizes", waste, sizes)
		}
	}
	if got := s.SuggestTiers(1); len(got) != 1 {
		t.Errorf("SuggestTiers(1): got %v, want one tier", got)
	}
}
