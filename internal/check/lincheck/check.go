package main

import (
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"strings"
	"time"

	"github.com/anishathalye/porcupine"
)

// search is a question to porcupine: is there an order of the operations, each between its call and
// its return, that the model can make?
type search struct {
	what  string // "" or what part of the history this is
	model porcupine.Model
	ops   []porcupine.Operation
}

// played is a history that has been run.
type played struct {
	params   string
	calls    int
	searches []search // all of them have to find an order
	broken   string   // what is wrong in any order
}

// verdict is what became of a history.
type verdict int

const (
	sound     verdict = iota
	undecided         // the search took too long
	wrong
)

// violation is a history that the contract does not allow.
type violation struct {
	params string
	why    string
	failed *search // nil if no search was needed
}

// judge searches, for at most the limit in all.
func (p played) judge(limit time.Duration) (verdict, *violation) {
	if p.broken != "" {
		return wrong, &violation{p.params, p.broken, nil}
	}
	result := sound
	deadline := time.Now().Add(limit)
	for i := range p.searches {
		s := &p.searches[i]
		left := time.Until(deadline)
		if left <= 0 { // porcupine takes 0 for no limit at all
			return undecided, nil
		}
		switch porcupine.CheckOperationsTimeout(s.model, s.ops, left) {
		case porcupine.Ok:
		case porcupine.Illegal:
			return wrong, &violation{p.params, "no order of these calls satisfies the contract", s}
		default:
			result = undecided
		}
	}
	return result, nil
}

// report writes all that is known about a violation. The picture goes into a temporary file.
func (v *violation) report(w io.Writer, name string, limit time.Duration) {
	fmt.Fprintf(w, "\n%s: VIOLATION\n%s\n%s\n", name, v.params, v.why)
	if v.failed == nil {
		return
	}
	if v.failed.what != "" {
		fmt.Fprintln(w, v.failed.what)
	}
	model := v.failed.model
	model.DescribeOperation = func(input, _ any) string { return fmt.Sprint(input) }
	_, info := porcupine.CheckOperationsVerbose(model, v.failed.ops, limit)
	v.failed.explain(w, info)
	path, err := picture(model, info)
	if err != nil {
		fmt.Fprintf(w, "no picture: %v\n", err)
		return
	}
	fmt.Fprintf(w, "picture: %s\n", path)
}

// explain writes where the search came to an end: the last operations of the longest order found,
// and those of which one would have to be next.
func (s *search) explain(w io.Writer, info porcupine.LinearizationInfo) {
	const last = 16
	var longest []int
	for _, order := range info.PartialLinearizations()[0] {
		if len(order) > len(longest) {
			longest = order
		}
	}
	line := func(op porcupine.Operation) {
		fmt.Fprintf(w, "%12d %12d  goroutine %d: %v\n", op.Call, op.Return, op.ClientId, op.Input)
	}
	fmt.Fprintf(w, "%d operations; the longest order found has %d and ends with\n", len(s.ops), len(longest))
	state := s.model.Init()
	ordered := make([]bool, len(s.ops))
	for i, id := range longest {
		ordered[id] = true
		_, state = s.model.Step(state, s.ops[id].Input, s.ops[id].Output)
		if i >= len(longest)-last {
			line(s.ops[id])
		}
	}
	fmt.Fprintf(w, "state: %v\nnone of these can be next:\n", state)
	first := int64(1<<63 - 1) // the earliest return of an operation that is not in the order
	for id, op := range s.ops {
		if !ordered[id] {
			first = min(first, op.Return)
		}
	}
	for id, op := range s.ops {
		if !ordered[id] && op.Call <= first {
			line(op)
		}
	}
}

// picture writes porcupine's visualization and returns the file's name.
func picture(model porcupine.Model, info porcupine.LinearizationInfo) (path string, err error) {
	f, err := os.CreateTemp("", "plunge-lincheck-*.html")
	if err != nil {
		return "", err
	}
	defer func() {
		if e := f.Close(); err == nil {
			err = e
		}
	}()
	return f.Name(), porcupine.Visualize(model, info, f)
}

var hashSeed = maphash.MakeSeed()

// hashOf is porcupine's Hash for states of type S, which saves it comparing most of them.
func hashOf[S comparable](state any) uint64 { return maphash.Comparable(hashSeed, state.(S)) }

// table formats rows in columns, the first aligned left and the others right.
func table(rows [][]string) string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		for i, cell := range row {
			if i == 0 {
				fmt.Fprintf(&b, "%-*s", widths[i], cell)
			} else {
				fmt.Fprintf(&b, "  %*s", widths[i], cell)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
