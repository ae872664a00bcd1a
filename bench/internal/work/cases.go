package work

import (
	"runtime"
	"sync/atomic"

	"github.com/plungepool/plunge/bench/internal/peer"
)

const (
	sliceLen    = 64         // of the slices handed over
	circulating = 4          // such slices: the producer is at most 256 objects ahead
	crowd       = peer.Crowd // goroutines a P when oversubscribed
	gcEvery     = 1000
	wave        = 3 // every how many GC cycles a burst comes
)

// All returns the cases in the order of the report.
func All() []Case {
	var cases []Case
	add := func(c Case) { cases = append(cases, c) }

	add(Case{
		Workload: "pair", Size: 1, About: "acquire and release, one goroutine",
		Impls: pools(false, func(p peer.Pool) run { return serial(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.75}, {"syncx.Pool", 0.85}},
	})
	add(Case{
		Workload: "parallel", Size: 1, About: "the same on every P at a time",
		Impls: pools(false, func(p peer.Pool) run { return parallel(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.80}},
	})
	add(Case{
		Workload: "reset", Size: 1, About: "pair, the object wiped by plunge's Reset hook or by inlined code",
		Impls: pools(true, func(p peer.Pool) run { return serial(p.PairReset) }),
		Bars:  []Bar{{"sync.Pool", 0.90}},
	})
	add(Case{
		Workload: "borrow", Size: 1, About: "a function with Borrow and a deferred Release, or Get and a deferred Put",
		Impls: pools(false, func(p peer.Pool) run { return serial(p.Scoped) }),
		Bars:  []Bar{{"sync.Pool", 0.95}},
	})
	for _, size := range []int{4, 16, 64, 256} {
		add(Case{
			Workload: "burst", Size: size, About: "take so many one by one, then give them back",
			Impls: pools(false, func(p peer.Pool) run {
				return serial(func(n int) int { return p.Burst(n, size) })
			}),
			Bars: []Bar{{"sync.Pool", 0.55}, {"syncx.Pool", 0.95}},
		})
	}
	for _, size := range []int{4, 16, 64, 256} {
		add(Case{
			Workload: "batch", Size: size, About: "burst by AcquireN and ReleaseN; loops where a peer has no such calls",
			Impls: pools(false, func(p peer.Pool) run {
				return serial(func(n int) int { return p.Batch(n, size) })
			}),
			Bars: []Bar{{"sync.Pool", 0.25}},
		})
	}
	add(Case{
		Workload: "handoff", Size: sliceLen, About: "one goroutine acquires, another releases; slices go over a channel",
		Impls: pools(false, handoff), Long: true,
		Bars: []Bar{{"sync.Pool", 0.75}, {"syncx.Pool", 0.95}},
	})
	add(Case{
		Workload: "oversubscribed", Size: crowd, About: "so many goroutines a P, yielding with an object in hand", Long: true,
		Impls: pools(false, func(p peer.Pool) run {
			return func(n int) Sample { return spread(crowd*runtime.GOMAXPROCS(0), n, p.Yielding) }
		}),
	})
	add(Case{
		Workload: "bytes", Size: 1, About: "pair of []byte, by value where not said", Family: "Bytes",
		Impls: byteSlices(),
		Bars:  []Bar{{"sync.Pool-pointer", 0.95}, {"sync.Pool-value", 0.40}},
	})
	add(Case{
		Workload: "gc-steady", Size: sliceLen, About: "bursts, a GC every 1,000 operations (not timed)", Made: true,
		Impls: pools(false, func(p peer.Pool) run {
			return collected(func(int) int { return p.Burst(gcEvery, sliceLen) })
		}),
	})
	add(Case{
		Workload: "gc-waves", Size: peer.MaxBurst, About: "as gc-steady, pairs but for bursts in every third cycle", Made: true,
		Impls: pools(false, func(p peer.Pool) run {
			return collected(func(cycle int) int {
				if cycle%wave == 0 {
					return p.Burst(gcEvery, peer.MaxBurst)
				}
				return p.Pair(gcEvery)
			})
		}),
	})
	cases = append(cases, queueCases()...)
	add(Case{
		Workload: "procs", Size: 8, About: "parallel with this GOMAXPROCS, on however many cores", Procs: 8,
		Impls: pools(false, func(p peer.Pool) run { return parallel(p.Pair) }),
		Bars:  []Bar{{"sync.Pool", 0.85}},
	})
	for i := range cases {
		if cases[i].Family == "" {
			cases[i].Family = "Pool"
		}
	}
	return cases
}

// queueCases returns the cases of package ring.
func queueCases() []Case {
	var cases []Case
	for _, q := range []struct {
		name    string
		entries []peer.Entry[peer.Queue]
	}{{"handles", peer.Handles()}, {"ring", peer.Rings()}} {
		cases = append(cases, Case{
			Workload: q.name, Size: peer.QueueSize, About: "push and pop, one goroutine", Family: "Queue",
			Impls: queues(q.entries, func(p peer.Queue) run { return serial(p.PushPop) }),
			Bars:  []Bar{{"xsync.MPMCQueue", 1.05}},
		}, Case{
			Workload: q.name + "-parallel", Size: peer.QueueSize, About: "push and pop at one queue on every P", Family: "Queue",
			Impls: queues(q.entries, func(p peer.Queue) run { return parallel(p.PushPop) }),
			Bars:  []Bar{{"xsync.MPMCQueue", 1.10}},
		})
	}
	return cases
}

// run is a Run that leaves Made to instance.
type run = func(n int) Sample

// instance adds the count of objects made to r's samples.
func instance(r run, made *atomic.Int64) Run {
	return func(n int) Sample {
		before := made.Load()
		s := r(n)
		s.Made = made.Load() - before
		return s
	}
}

func pools(reset bool, f func(peer.Pool) run) []Impl {
	var impls []Impl
	for _, e := range peer.Pools() {
		impls = append(impls, Impl{e.Name, func(env Env) Run {
			made := new(atomic.Int64)
			o := env.options(made)
			o.Reset = reset
			return instance(f(e.New(o)), made)
		}})
	}
	return impls
}

func byteSlices() []Impl {
	var impls []Impl
	for _, e := range peer.ByteSlices() {
		impls = append(impls, Impl{e.Name, func(env Env) Run {
			made := new(atomic.Int64)
			return instance(serial(e.New(env.options(made)).Pair), made)
		}})
	}
	return impls
}

func queues(entries []peer.Entry[peer.Queue], f func(peer.Queue) run) []Impl {
	var impls []Impl
	for _, e := range entries {
		impls = append(impls, Impl{e.Name, func(Env) Run { return Run(f(e.New(peer.Options{}))) }})
	}
	return impls
}
