package main

import (
	"fmt"
	"time"

	"github.com/plungepool/plunge/pool"
)

// heapMargin is how much larger the heap may be at the end than at the start:
// what the runtime and the standard library keep once they have made it.
const heapMargin = 4 << 20

// account is the result of a run.
type account struct {
	cfg     config
	machine []string
	took    time.Duration

	ops     [ops]int64
	faults  [hooks][kinds]int64
	logged  int64
	trouble trouble

	rest, ended []*row // of the pools that live long, before and after Close

	// The other pools, and what became of their objects.
	long                                            int // pools in rest
	shortMade, shortFailed, shortClosed             int64
	shortDropped, settled                           int64
	shortObjects, shortOrphaned, shortDestroyed     int64
	shortHeld, shortForgotten, idleFailed, idleLeft int64

	lentPools, lentAcquired, lentMade, lentClosed int64 // pools of resources, and these

	collected       int64 // of the pools that live long and the others that were made
	made, destroyed int64 // objects, as the hooks counted them for all pools together

	goroutines [2]int   // at the start and at the end
	heap       [2]int64 // bytes, after a collection

	steps                     int64
	longestPause, longestStep time.Duration

	violations []string // the first of the failures seen while it ran
	failures   int64
}

func newAccount(cfg config) *account { return &account{cfg: cfg, machine: machine(cfg)} }

// take takes over what the run s has counted. The run is over.
func (a *account) take(s *soak) {
	for i := range s.ops {
		a.ops[i] = s.ops[i].Load()
	}
	for h := range s.faults {
		for k := range s.faults[h] {
			a.faults[h][k] = s.faults[h][k].Load()
		}
	}
	a.logged, a.trouble = s.logged.Load(), s.trouble
	t := &s.short
	a.shortMade, a.shortFailed = t.made.Load(), t.failed.Load()
	a.shortClosed, a.shortDropped, a.settled = t.closed.Load(), t.dropped.Load(), t.settled.Load()
	a.shortObjects, a.shortOrphaned, a.shortDestroyed = t.objects.Load(), t.orphaned.Load(), t.destroyed.Load()
	a.shortHeld, a.shortForgotten = t.held.Load(), t.forgotten.Load()
	a.idleFailed, a.idleLeft = t.idleFailed.Load(), t.idleDropped.Load()
	a.lentPools, a.lentAcquired, a.lentMade, a.lentClosed = s.lent.pools.Load(), s.lent.acquired.Load(), s.lent.made.Load(), s.lent.closed.Load()
	a.made, a.destroyed = s.made.Load(), s.destroyed.Load()
	a.steps = s.steps.Load()
	a.longestPause, a.longestStep = time.Duration(s.longestPause.Load()), time.Duration(s.longestStep.Load())
}

// sum adds up one figure of rows.
func sum(rows []*row, of func(*row) int64) (n int64) {
	for _, r := range rows {
		n += of(r)
	}
	return n
}

// discards adds up the reasons of the pools that live long, after Close.
func (a *account) discards() (d pool.Discards) {
	for _, r := range a.ended {
		d = d.Plus(r.stats.Discarded)
	}
	return d
}

// line is one line of the objects' account.
type line struct {
	what string
	n    int64
}

// objects returns how many objects were made and what became of them. The lines
// after the first must add up to it.
func (a *account) objects() []line {
	rest := a.rest
	return []line{
		{"made by New", sum(rest, func(r *row) int64 { return r.made }) + a.shortObjects},
		{"destroyed", sum(rest, func(r *row) int64 { return r.destroyed }) + a.shortDestroyed},
		{"held at the end by users", sum(rest, func(r *row) int64 { return r.holding }) + a.shortHeld},
		{"held at the end by pools, idle", sum(rest, func(r *row) int64 { return int64(r.stats.Idle) })},
		{"lost: New made it and then failed", sum(rest, func(r *row) int64 { return r.orphaned }) + a.shortOrphaned},
		{"lost: forgotten by its user", sum(rest, func(r *row) int64 { return r.forgotten }) + a.shortForgotten},
		{"lost: idle in a pool dropped without Close", a.idleLeft},
		{"lost: idle in a pool whose constructor failed", a.idleFailed},
	}
}

// check returns everything that is wrong; nothing if the account balances.
func (a *account) check() (wrong []string) {
	equal := func(what string, got, want int64) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s: got %d, want %d", what, got, want))
		}
	}
	wrong = append(wrong, a.violations...)
	if more := a.failures - int64(len(a.violations)); more > 0 {
		wrong = append(wrong, fmt.Sprintf("and %d failures more", more))
	}
	for _, rows := range []struct {
		when string
		rows []*row
	}{{"at rest", a.rest}, {"closed", a.ended}} {
		equal("rows of pools "+rows.when, int64(len(rows.rows)), int64(a.long))
		for _, r := range rows.rows {
			for _, what := range r.check() {
				wrong = append(wrong, fmt.Sprintf("pool %q, %s: %s", r.name, rows.when, what))
			}
		}
	}
	for _, r := range a.ended {
		equal(fmt.Sprintf("pool %q, closed: objects left", r.name), r.idle()+r.holding, 0)
	}

	lines := a.objects()
	accounted := int64(0)
	for _, l := range lines[1:] {
		accounted += l.n
	}
	equal("objects made, destroyed + held + lost", lines[0].n, accounted)
	equal("objects made, counted for all pools together", a.made,
		sum(a.ended, func(r *row) int64 { return r.made })+a.shortObjects)
	equal("objects destroyed, counted for all pools together", a.destroyed,
		sum(a.ended, func(r *row) int64 { return r.destroyed })+a.shortDestroyed)
	equal("objects of collected pools in users' hands", a.shortHeld, 0)
	if a.idleLeft < 0 || a.idleFailed < 0 {
		wrong = append(wrong, fmt.Sprintf("objects idle in dropped pools: %d and %d", a.idleLeft, a.idleFailed))
	}

	equal("resources closed, made", a.lentClosed, a.lentMade)
	equal("pools closed and dropped, made", a.shortClosed+a.shortDropped, a.shortMade)
	equal("pools collected, made", a.collected, a.shortMade+int64(a.long))
	equal("pools collected with their hooks", a.settled, a.shortMade+a.shortFailed)
	equal("goroutines at the end, at the start", int64(a.goroutines[1]), int64(a.goroutines[0]))
	if grown := a.heap[1] - a.heap[0]; grown > heapMargin {
		wrong = append(wrong, fmt.Sprintf("the heap has grown by %d bytes, want at most %d", grown, heapMargin))
	}
	if a.steps == 0 || a.ops[opAcquire] == 0 {
		wrong = append(wrong, "nothing was done")
	}
	return wrong
}
