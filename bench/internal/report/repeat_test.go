package report

import (
	"bytes"
	"strings"
	"testing"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/work"
)

// inStates returns a result of so many calm rounds with a ratio of 0.5, and of disturbed ones with 0.25.
func inStates(calm, disturbed int) measure.Result {
	r := paired(nil, nil)
	r.Best = &work.Look{Word: 1000, Sums: 1000}
	for i := range calm + disturbed {
		ours, look := 5.0, *r.Best
		if i >= calm {
			ours, look = 2.5, work.Look{Word: 1000, Sums: 2000}
		}
		r.Rounds = append(r.Rounds, []measure.Point{{Values: []float64{ours}, Look: look}, {Values: []float64{10}, Look: look}})
	}
	return r
}

// TestRepeats: two runs are compared in a state of the machine that both have met often enough, calm before
// disturbed, and else as each is.
func TestRepeats(t *testing.T) {
	const few, enough = measure.MinRounds - 1, measure.MinRounds
	for _, c := range []struct {
		first, second [2]int // calm rounds and disturbed ones
		want          string
		agrees        bool
	}{
		{[2]int{enough, enough}, [2]int{enough, enough}, "calm", true},
		{[2]int{enough, enough}, [2]int{few, enough}, "disturbed", true},
		{[2]int{few, enough}, [2]int{enough, enough}, "disturbed", true},
		{[2]int{enough, few}, [2]int{few, enough}, "calm, disturbed", false},
		{[2]int{few, 0}, [2]int{enough, 0}, "mixed, calm", true},
	} {
		all := Repeats([]measure.Result{inStates(c.first[0], c.first[1])}, []measure.Result{inStates(c.second[0], c.second[1])})
		var b bytes.Buffer
		if err := WriteRepeats(&b, all); err != nil || len(all) != 1 {
			t.Fatalf("got %v, error %v", all, err)
		}
		if all[0].Agrees() != c.agrees || !strings.Contains(b.String(), " "+c.want+" ") {
			t.Errorf("%v and %v: want %v, agrees %v, got\n%s", c.first, c.second, c.want, c.agrees, b.String())
		}
	}
	kept := inStates(enough, enough)
	kept.Kind = measure.Kept
	if all := Repeats([]measure.Result{kept, inStates(0, 0)}, []measure.Result{kept, inStates(1, 0)}); len(all) != 0 {
		t.Errorf("got %v of what is no comparison", all)
	}
}
