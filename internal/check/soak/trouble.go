package main

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"time"
)

// maxProcs is the largest GOMAXPROCS of a run.
const maxProcs = 9

// The phases of a run, which take turns.
const (
	phaseCalm = iota
	phaseStorm
	phaseTight
	phaseBoth
	phases
)

var phaseNames = [phases]string{"calm", "GC storm", "tight memory", "both"}

// trouble is what happens to the process as a whole.
type trouble struct {
	procs   int64 // changes of GOMAXPROCS
	storm   int64 // collections of the storms
	lengths [phases]time.Duration
}

// changeProcs sets GOMAXPROCS to 1 to maxProcs, at random, until the run is stopped.
func (s *soak) changeProcs(r *rand.Rand) {
	// The runtime (Go 1.26 and 1.27) queues cleanups by P and does not run those of a P
	// that GOMAXPROCS has taken away until there is that P again.
	defer runtime.GOMAXPROCS(max(runtime.GOMAXPROCS(0), maxProcs))
	for !s.stopped.Load() {
		runtime.GOMAXPROCS(1 + r.IntN(maxProcs))
		s.trouble.procs++
		time.Sleep(time.Duration(1+r.IntN(100)) * time.Millisecond)
	}
}

// changePhase goes through the phases until the run is stopped.
func (s *soak) changePhase() {
	percent := debug.SetGCPercent(100)
	defer debug.SetGCPercent(percent)
	limit := debug.SetMemoryLimit(-1)
	defer debug.SetMemoryLimit(limit)

	length := min(max(s.cfg.length/(3*phases), 50*time.Millisecond), 5*time.Second)
	for n := 0; !s.stopped.Load(); n = (n + 1) % phases {
		s.phase.Store(int32(n))
		debug.SetMemoryLimit(limit)
		if n == phaseTight || n == phaseBoth {
			debug.SetMemoryLimit(tightLimit())
		}
		began := time.Now()
		for time.Since(began) < length && !s.stopped.Load() {
			if n == phaseStorm || n == phaseBoth {
				runtime.GC()
				s.trouble.storm++
			} else {
				time.Sleep(time.Millisecond)
			}
		}
		s.trouble.lengths[n] += time.Since(began)
	}
}

// tightLimit is three quarters of what the process has now: less than it needs, so
// that the collector runs as often as it may.
func tightLimit() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.Sys-m.HeapReleased) * 3 / 4
}
