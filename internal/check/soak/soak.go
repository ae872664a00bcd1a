package main

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// config is what the flags say.
type config struct {
	length     time.Duration
	seed       uint64
	goroutines int
	stall      time.Duration // without progress for so long the run has failed
	every      time.Duration // between two lines of progress
	patience   time.Duration // for counts to become exact, and for the collector, at the end
	progress   io.Writer
	meanwhile  func(*soak) // called under load; nil: nothing. For tests.
}

const (
	churners = 6
	hot      = 8 // workers that never pause
)

// soak is a run.
type soak struct {
	cfg     config
	start   time.Time
	cores   []*core // of the pools that live long
	actors  sync.Map
	stopped atomic.Bool
	onStall func(what string)

	ids             atomic.Int64 // the last user's number
	made, destroyed atomic.Int64 // objects, by the hooks of all pools
	collected       atomic.Int64 // pools whose constructor had returned
	short           shortLived
	lent            lent
	ops             [ops]atomic.Int64
	faults          faults
	logged          atomic.Int64 // panics of Destroy that the library has logged
	phase           atomic.Int32
	trouble         trouble

	steps, lastStep           atomic.Int64
	longestStep, longestPause atomic.Int64

	failures   atomic.Int64
	mu         sync.Mutex
	violations []string // guarded by mu; the first few
}

func (s *soak) count(o op) { s.ops[o].Add(1) }

// run does all and returns the account.
func run(cfg config) *account {
	s := &soak{cfg: cfg, start: time.Now()}
	s.onStall = s.dumpAndExit
	return s.run()
}

func (s *soak) run() *account {
	defer slog.SetDefault(slog.Default())
	slog.SetDefault(slog.New(logCounter{&s.logged}))
	a := newAccount(s.cfg)
	s.warmUp()
	a.goroutines[0], a.heap[0] = runtime.NumGoroutine(), heap()

	s.start = time.Now()
	quit := make(chan struct{})
	var others sync.WaitGroup
	others.Go(func() { s.watch(quit) })
	holding := s.load()
	s.settleDown(a, holding)
	a.take(s)
	close(quit)
	others.Wait()

	s.cores = nil
	s.until(func() bool { return s.collected.Load() == s.short.made.Load()+int64(a.long) })
	s.until(func() bool { return runtime.NumGoroutine() <= a.goroutines[0] && heap() <= a.heap[0]+heapMargin })
	a.goroutines[1], a.heap[1] = runtime.NumGoroutine(), heap()
	a.collected = s.collected.Load()
	a.took = time.Since(s.start)
	s.mu.Lock()
	defer s.mu.Unlock()
	a.violations, a.failures = s.violations, s.failures.Load()
	return a
}

// warmUp makes the runtime allocate what it keeps for good, such as the descriptors of so many goroutines. These are
// no leak of the pools.
func (s *soak) warmUp() {
	var all sync.WaitGroup
	release := make(chan struct{})
	for range s.cfg.goroutines + s.cfg.goroutines/8 {
		all.Go(func() { <-release })
	}
	close(release)
	all.Wait()
	for range 2 {
		x := new(object)
		done := make(chan struct{})
		runtime.AddCleanup(x, func(done chan struct{}) { close(done) }, done)
		x = nil
		_ = x
		s.until(func() bool {
			select {
			case <-done:
				return true
			default:
				return false
			}
		})
	}
}

// load runs everything for the length of the run, and returns what the workers
// still hold, by pool.
func (s *soak) load() map[*core][]held {
	r := rand.New(rand.NewPCG(s.cfg.seed, 0))
	for _, o := range longLived() {
		s.longLived(o, r.Uint64())
	}
	var others sync.WaitGroup
	for _, f := range []func(){
		func() { s.changeProcs(rand.New(rand.NewPCG(s.cfg.seed, 1))) },
		s.changePhase,
		s.monitor,
	} {
		others.Go(f)
	}
	for n := range churners {
		others.Go(func() {
			r := rand.New(rand.NewPCG(s.cfg.seed, uint64(1)<<32+uint64(n)))
			for !s.stopped.Load() {
				s.churn(r)
			}
		})
	}
	for n := range lenders {
		others.Go(func() {
			r := rand.New(rand.NewPCG(s.cfg.seed, uint64(2)<<32+uint64(n)))
			for !s.stopped.Load() {
				s.lend(r)
			}
		})
	}
	workers := make([]*worker, s.cfg.goroutines)
	actors := make([]*actor, len(workers))
	for i := range workers {
		w := s.newWorker(s.cores)
		if i < hot {
			w.limit = maxHeldHot
		} else {
			// All together make some 10,000 steps a second, if the machine can.
			w.pause = time.Duration(len(workers)) * 100 * time.Microsecond
		}
		w.keep = i % 3
		workers[i], actors[i] = w, s.act(w.step)
	}

	if s.cfg.meanwhile != nil {
		s.cfg.meanwhile(s)
	}
	s.sleep(s.cfg.length)
	s.stopped.Store(true)
	for _, a := range actors {
		a.wait()
	}
	others.Wait()
	holding := map[*core][]held{}
	for _, w := range workers {
		for _, h := range w.held {
			holding[h.u.core] = append(holding[h.u.core], h)
		}
	}
	return holding
}

// sleep sleeps for d, or until the run is stopped.
func (s *soak) sleep(d time.Duration) {
	for end := time.Now().Add(d); !s.stopped.Load() && time.Now().Before(end); {
		time.Sleep(min(time.Until(end), 10*time.Millisecond))
	}
}

// until runs collections until ok holds, or cfg.patience is over.
func (s *soak) until(ok func() bool) {
	for end := time.Now().Add(s.cfg.patience); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		runtime.GC()
		if ok() {
			return
		}
	}
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// logCounter counts what the library logs: panics of Destroy that have no caller to go to.
type logCounter struct{ n *atomic.Int64 }

func (logCounter) Enabled(context.Context, slog.Level) bool { return true }
func (l logCounter) WithAttrs([]slog.Attr) slog.Handler     { return l }
func (l logCounter) WithGroup(string) slog.Handler          { return l }

func (l logCounter) Handle(_ context.Context, r slog.Record) error {
	if strings.HasPrefix(r.Message, "pool: Destroy panicked") {
		l.n.Add(1)
	}
	return nil
}
