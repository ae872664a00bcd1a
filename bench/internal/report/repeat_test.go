package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// TestRepeats: two runs must agree where neither is noisy.
func TestRepeats(t *testing.T) {
	of := func(ours ...float64) measure.Result {
		r := paired(nil, nil)
		for i := range 30 {
			r.Rounds = append(r.Rounds, []measure.Point{{Values: ours[i%len(ours):][:1]}, {Values: []float64{10}}})
		}
		return r
	}
	for _, c := range []struct {
		first, second measure.Result
		says, agree   string
	}{
		{of(5), of(5.4), "", "1 of 1"},
		{of(5), of(6), "DIFFERS", "0 of 1"},
		{of(5), of(3, 6, 9), "noisy", "0 of 0"},
		{of(3, 6, 9), of(5), "noisy", "0 of 0"},
	} {
		all := Repeats([]measure.Result{c.first}, []measure.Result{c.second})
		var b bytes.Buffer
		if err := WriteRepeats(&b, all); err != nil || len(all) != 1 {
			t.Fatalf("got %v, error %v", all, err)
		}
		if !strings.Contains(b.String(), c.says) || strings.Count(b.String(), c.agree) < 3 {
			t.Errorf("want %q and %s, got\n%s", c.says, c.agree, b.String())
		}
	}
	kept := of(5)
	kept.Kind = measure.Kept
	if all := Repeats([]measure.Result{kept, paired(nil, nil)}, []measure.Result{kept, of(5)}); len(all) != 0 {
		t.Errorf("got %v of what is no comparison", all)
	}
}
