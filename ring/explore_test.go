//go:build plunge_explore

package ring

import (
	"os"
	"strings"
	"testing"

	"github.com/plungepool/plunge/internal/check/explore"
)

// These tests (make explore) run small programs under every schedule, or under every one with a limited number of
// preemptions. See package explore for what that means, and for what it cannot see.

// full reports that a search may take minutes: PLUNGE_EXPLORE=full. Otherwise it takes some seconds per structure.
func full() bool { return os.Getenv("PLUNGE_EXPLORE") == "full" }

// program has the operations of each thread on a queue, with a space between threads: u for a push, o for a pop, l
// for Len.
type program struct {
	ops    string
	cap    int
	filled int    // values in the queue at the start: 1, 2, ...
	lap    uint64 // the lap in which the queue starts
	lag    uint64 // how far a Handles' hints are behind: H4
}

// words returns every word of n of these letters.
func words(letters string, n int) []string {
	if n == 0 {
		return []string{""}
	}
	var ws []string
	for _, w := range words(letters, n-1) {
		for _, l := range letters {
			ws = append(ws, w+string(l))
		}
	}
	return ws
}

// pushesAndPops returns the operations of every program with that many threads and that many pushes or pops per
// thread. Threads are sorted, because exchanging two changes nothing.
func pushesAndPops(threads, each int) []string {
	var all []string
	for _, w := range words("uo", threads*each) {
		var parts []string
		for i := range threads {
			parts = append(parts, w[i*each:(i+1)*each])
		}
		ordered := true
		for i := range threads - 1 {
			ordered = ordered && parts[i] <= parts[i+1]
		}
		if ordered {
			all = append(all, strings.Join(parts, " "))
		}
	}
	return all
}

// on returns programs for queues of these capacities: empty, full and all in between.
func on(ops []string, laps []uint64, caps ...int) []program {
	var ps []program
	for _, o := range ops {
		for _, c := range caps {
			for filled := range c + 1 {
				for _, lap := range laps {
					ps = append(ps, program{ops: o, cap: c, filled: filled, lap: lap})
				}
			}
		}
	}
	return ps
}

// lagging returns the programs with hints that are behind by each of the lags.
func lagging(ps []program, lags ...uint64) []program {
	var all []program
	for _, p := range ps {
		for _, p.lag = range lags {
			all = append(all, p)
		}
	}
	return all
}

// suite explores programs one after the other and adds up the results.
func suite(t *testing.T, k kind, total *explore.Result, what string, c explore.Config, ps []program) {
	if t.Failed() {
		return
	}
	sum := explore.Result{Complete: true}
	for _, p := range ps {
		sum.Add(newHistory(k, p).run(t, c))
		if t.Failed() {
			return
		}
	}
	t.Logf("%s; %v; %d programs: %v", what, c, len(ps), sum)
	total.Add(sum)
}

// bound returns a search with at most quick preemptions, or most if it may take long.
func bound(quick, most int) explore.Config {
	if full() {
		quick = most
	}
	return explore.Config{Preemptions: quick}
}

func TestExplore(t *testing.T) {
	all := explore.Config{Preemptions: -1}
	plain := explore.Config{Preemptions: -1, Plain: true}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			total := explore.Result{Complete: true}
			run := func(what string, c explore.Config, ps []program) { suite(t, k, &total, what, c, ps) }
			caps := []int{1, 2, 3}
			if k.exact {
				caps = []int{1, 2, 4}
			}
			some := []uint64{0}
			if full() {
				some = []uint64{0, k.laps[2]}
			}
			run("2 threads, 1 operation each, every lap",
				plain, on(pushesAndPops(2, 1), k.laps, caps...))
			run("2 threads, 2 and 1 operations",
				all, on([]string{"uu u", "uu o", "uo u", "uo o", "ou u", "ou o", "oo u", "oo o"}, some, 1, 2))
			run("2 threads, 2 operations each",
				bound(4, -1), on(pushesAndPops(2, 2), some, 1, 2))
			run("3 threads, 1 operation each",
				bound(3, -1), on(pushesAndPops(3, 1), some, 1, 2))
			run("3 threads, 2 operations each",
				bound(2, 3), on(pushesAndPops(3, 2), some[:1], 1, 2))
			run("Len beside others",
				bound(2, 4), on([]string{"l u", "l o", "l uo", "l ou", "ll uo", "l u o", "l uu o"}, some, 1, 2))
			if k.exact {
				run("hints behind, 2 threads", bound(2, 3),
					lagging(on([]string{"u u", "u o", "o o", "uo uo"}, []uint64{0, 7, 1<<36 - 1}, 1, 2), 1, 8, window-1, window))
			}
			t.Logf("ring.%s: %v", k.name, total)
		})
	}
}

// TestExploreFrozen stops one thread for ever at each of its steps. The others must still come to their ends and find
// the queue a FIFO: for Handles, lock freedom says so. Nobody waits in a Ring either, though it may seem full or
// empty for ever.
func TestExploreFrozen(t *testing.T) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			ps := on(pushesAndPops(2, 1), []uint64{0}, 1, 2)
			ps = append(ps, on(pushesAndPops(2, 2), []uint64{0}, 1, 2)...)
			ps = append(ps, on(pushesAndPops(3, 1), []uint64{0}, 1, 2)...)
			if k.exact {
				ps = append(ps, lagging(on(pushesAndPops(2, 1), []uint64{7}, 1), window)...)
			}
			total := explore.Result{Complete: true}
			c := bound(2, 3)
			c.Freeze, c.Steps = true, 300
			for _, p := range ps {
				for c.Frozen = range strings.Fields(p.ops) {
					for c.FreezeAt = 0; ; c.FreezeAt++ {
						res := newHistory(k, p).run(t, c)
						if t.Failed() {
							t.Fatalf("thread %d frozen at its step %d", c.Frozen, c.FreezeAt)
						}
						if res.Froze == 0 {
							break // the thread has fewer steps
						}
						total.Add(res)
					}
				}
			}
			t.Logf("ring.%s, a thread frozen: %s schedules of %d programs; %v", k.name, explore.Count(total.Froze), len(ps), c)
		})
	}
}
