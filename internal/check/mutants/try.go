package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

const (
	// A program is stopped as hung after timesUnbroken times what the tests took before any mutant, or after
	// leastLimit if that is longer.
	timesUnbroken = 4
	leastLimit    = 10 * time.Second

	// firstLimit is for the tests before any mutant.
	firstLimit = 5 * time.Minute
)

// limits is how long tests of a suite may take, by the suite's key.
type limits map[suite]time.Duration

// key is the suite without its choice of tests.
func (s suite) key() suite {
	s.run = ""
	return s
}

// baseline runs the tests that the mutants are to fail on the copies, still unbroken, which have to pass them. It
// returns how long the mutants' tests may take.
func baseline(ctx context.Context, copies []string, ms []mutant, r *report) (limits, error) {
	var mu sync.Mutex
	first, after := limits{}, limits{}
	suites := merge(ms)
	for _, s := range suites {
		first[s.key()] = firstLimit
	}
	err := each(ctx, copies, suites, func(dir string, s suite) error {
		began := time.Now()
		f, err := first.test(ctx, dir, []suite{s})
		switch {
		case err != nil:
			return fmt.Errorf("before any mutant: %w", err)
		case f != nil:
			return fmt.Errorf("before any mutant: %s fails %s\n%s", s.pkg, f.test, f.text)
		}
		took := time.Since(began)
		r.passed(s, took)
		mu.Lock()
		defer mu.Unlock()
		after[s.key()] = max(leastLimit, timesUnbroken*took)
		return nil
	})
	return after, err
}

// merge returns the suites that cover those of the mutants: one for each package,
// build and length of stress.
func merge(ms []mutant) []suite {
	var merged []suite
	at := map[suite]int{}
	for _, m := range ms {
		for _, s := range m.tests {
			i, ok := at[s.key()]
			switch {
			case !ok:
				at[s.key()] = len(merged)
				merged = append(merged, s)
			case s.run == "" || merged[i].run == "":
				merged[i].run = ""
			case !strings.Contains("|"+merged[i].run+"|", "|"+s.run+"|"):
				merged[i].run += "|" + s.run
			}
		}
	}
	return merged
}

// try tries every mutant.
func (l limits) try(ctx context.Context, copies []string, ms []mutant, r *report) error {
	return each(ctx, copies, ms, func(dir string, m mutant) error {
		began := time.Now()
		f, err := l.tryOne(ctx, dir, m)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.tried(m, f, err, time.Since(began))
		return nil
	})
}

// tryOne applies the mutant to the copy in dir, tests it and takes it back.
func (l limits) tryOne(ctx context.Context, dir string, m mutant) (f *failure, err error) {
	undo, err := m.sabotage(dir)
	if err != nil {
		return nil, err
	}
	defer func() {
		if e := undo(); e != nil && err == nil {
			err = e
		}
	}()
	return l.test(ctx, dir, m.tests)
}

// test runs suites one after the other until a test fails.
func (l limits) test(ctx context.Context, dir string, suites []suite) (*failure, error) {
	out, err := os.MkdirTemp(filepath.Dir(dir), "bin-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(out)
	for _, s := range suites {
		program, err := s.compile(ctx, dir, out)
		if err != nil {
			return nil, err
		}
		if f, err := s.do(ctx, dir, program, l[s.key()]); f != nil || err != nil {
			return f, err
		}
	}
	return nil, nil
}

// each calls do with every job and a copy that is its alone meanwhile, on as many
// goroutines as there are copies, and returns the first error.
func each[T any](ctx context.Context, copies []string, jobs []T, do func(dir string, job T) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan T, len(jobs))
	for _, j := range jobs {
		queue <- j
	}
	close(queue)
	var wg sync.WaitGroup
	for _, dir := range copies {
		wg.Go(func() {
			for j := range queue {
				if ctx.Err() != nil {
					return
				}
				if err := do(dir, j); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}
