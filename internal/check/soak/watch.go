package main

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"time"
)

// watch fails the run when a step takes longer than cfg.stall or none ends for so
// long, and writes a line of progress now and then, until quit is closed.
func (s *soak) watch(quit <-chan struct{}) {
	tick := time.NewTicker(min(time.Second, s.cfg.stall/4))
	defer tick.Stop()
	line := time.Now()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
		}
		if what := s.stalled(); what != "" {
			s.onStall(what)
			return
		}
		if time.Since(line) >= s.cfg.every {
			line = time.Now()
			s.progress()
		}
	}
}

// stalled returns what does not progress, or nothing.
func (s *soak) stalled() (what string) {
	limit := int64(s.cfg.stall)
	now := s.now()
	acting := 0
	s.actors.Range(func(a, _ any) bool {
		acting++
		if began := a.(*actor).began.Load(); began != 0 && now-began > limit {
			what = fmt.Sprintf("a step has been running for %v", time.Duration(now-began))
		}
		return what == ""
	})
	if idle := now - s.lastStep.Load(); what == "" && acting > 0 && idle > limit {
		what = fmt.Sprintf("no step has ended for %v", time.Duration(idle))
	}
	return what
}

// dumpAndExit ends the process, because what hangs cannot be waited for.
func (s *soak) dumpAndExit(what string) {
	dumped := make(chan struct{})
	go func() {
		defer close(dumped)
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1) // equal ones together
		_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 2)
	}()
	select {
	case <-dumped:
	case <-time.After(30 * time.Second): // the world cannot be stopped
	}
	fmt.Fprintf(os.Stderr, "soak: FAILED: %s; seed %d\n", what, s.cfg.seed)
	os.Exit(1)
}

// progress writes a line about the run so far.
func (s *soak) progress() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	var done, injected int64
	for i := range s.ops {
		done += s.ops[i].Load()
	}
	for h := range s.faults {
		for k := range s.faults[h] {
			injected += s.faults[h][k].Load()
		}
	}
	elapsed := time.Since(s.start)
	fmt.Fprintf(s.cfg.progress, "soak: %v: %d operations (%.0f/s), %d faults, %d objects, %d pools made and %d collected, %d goroutines, %d MiB, %d collections, %s\n",
		elapsed.Round(time.Second), done, float64(done)/elapsed.Seconds(), injected, s.made.Load(), s.short.made.Load(), s.collected.Load(),
		runtime.NumGoroutine(), m.HeapAlloc>>20, m.NumGC, phaseNames[s.phase.Load()])
}

// failf notes what is wrong and has the run end.
func (s *soak) failf(format string, args ...any) {
	s.failures.Add(1)
	s.stopped.Store(true)
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.violations) < 20 {
		v := fmt.Sprintf(format, args...)
		s.violations = append(s.violations, v)
		_, _ = io.WriteString(s.cfg.progress, "soak: "+v+"\n")
	}
}
