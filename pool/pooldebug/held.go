package pooldebug

import (
	"bytes"
	"cmp"
	"fmt"
	"runtime/pprof"
	"slices"
	"strings"

	"github.com/plungepool/plunge/pool"
)

// Limits on what is shown about holders of objects.
const (
	mostStacks = 5
	mostFrames = 8
)

// held is who holds the objects of a checked pool.
type held struct {
	Label  string
	Stacks []stack // the stacks of most objects first
	More   string
}

// stack is where objects were acquired.
type stack struct {
	Count, Text string
	Garbage     bool
}

// held returns who holds the pool's objects. It is nil if the pool does not record that, or has no objects in use.
func (w *watched) held(label string) *held {
	p, ok := w.entry.Pool.(interface{ Holders() []pool.Holder })
	if !ok {
		return nil
	}
	type where struct {
		of pool.Holder
		n  uint64
	}
	var all []where
	for _, h := range p.Holders() { // equal stacks follow each other
		if n := len(all); n > 0 && all[n-1].of.Garbage == h.Garbage && slices.Equal(all[n-1].of.Acquired, h.Acquired) {
			all[n-1].n++
			continue
		}
		all = append(all, where{h, 1})
	}
	if len(all) == 0 {
		return nil
	}
	slices.SortStableFunc(all, func(a, b where) int { return cmp.Compare(b.n, a.n) })
	shown := &held{Label: label}
	var rest uint64
	for i, a := range all {
		if i >= mostStacks {
			rest += a.n
			continue
		}
		shown.Stacks = append(shown.Stacks, stack{Count: objects(a.n), Text: frames(a.of.Acquired), Garbage: a.of.Garbage})
	}
	if rest > 0 {
		shown.More = objects(rest)
	}
	return shown
}

// frames returns the first functions of a stack, one per line.
func frames(s pool.Stack) string {
	var lines []string
	for i, f := range s.Frames() {
		if i == mostFrames {
			lines = append(lines, "…")
			break
		}
		lines = append(lines, fmt.Sprintf("%s\n    %s:%d", f.Function, f.File, f.Line))
	}
	return strings.Join(lines, "\n")
}

// profile is the profile plunge_held.
type profile struct{ Name, Count, Text string }

// heldProfile returns what the page shows of the profile, nil if the process has none.
func heldProfile() *profile {
	p := pprof.Lookup(profileName)
	if p == nil {
		return nil
	}
	var b bytes.Buffer
	if err := p.WriteTo(&b, 1); err != nil {
		return &profile{profileName, objects(uint64(p.Count())), err.Error()}
	}
	stacks := strings.Split(strings.TrimSpace(b.String()), "\n\n") // the stacks of most objects first
	if len(stacks) > mostStacks {
		stacks = append(stacks[:mostStacks], "…")
	}
	return &profile{profileName, objects(uint64(p.Count())), strings.Join(stacks, "\n\n")}
}
