package main

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// report prints what became of each mutant and counts.
type report struct {
	w       io.Writer
	verbose bool

	mu                       sync.Mutex
	killed, survived, errors int // guarded by mu
}

// said is how many lines of a failing test -v shows.
const said = 12

// passed tells that the unbroken copy has passed a suite.
func (r *report) passed(s suite, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	name := s.pkg
	if s.build != "" {
		name += ", " + s.build
	}
	if s.stress > 0 {
		name += ", stress " + s.stress.String()
	}
	fmt.Fprintf(r.w, "unbroken  %-34s passes %5.1f s\n", name, took.Seconds())
}

// tried tells what became of a mutant.
func (r *report) tried(m mutant, f *failure, err error, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch {
	case err != nil:
		r.errors++
		fmt.Fprintf(r.w, "ERROR     %-34s %v\n", m.name, err)
	case f == nil:
		r.survived++
		fmt.Fprintf(r.w, "SURVIVED  %-34s %5.1f s, breaks: %s\n", m.name, took.Seconds(), m.breaks)
	default:
		r.killed++
		by := f.test
		if f.how != "" {
			by += ", " + f.how
		}
		fmt.Fprintf(r.w, "killed    %-34s %5.1f s by %s\n", m.name, took.Seconds(), by)
		if r.verbose {
			lines := strings.Split(strings.TrimSpace(f.text), "\n")
			fmt.Fprintf(r.w, "\t%s\n", strings.Join(lines[max(0, len(lines)-said):], "\n\t"))
		}
	}
}

// verdict prints the count, the last line, and returns an error unless all of n were
// killed.
func (r *report) verdict(n int) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	fmt.Fprintf(r.w, "%d of %d killed\n", r.killed, n)
	if r.killed != n {
		return fmt.Errorf("%d survived, %d could not be tried", r.survived, r.errors)
	}
	return nil
}
