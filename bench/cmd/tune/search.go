package main

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

const (
	screenRounds = 15  // of all candidates
	finalRounds  = 60  // of the best few
	freshRounds  = 150 // of the best, in the end
	finalists    = 3

	sample = 125 * time.Microsecond

	// worthwhile is the ratio to the default below which other options are advised. A smaller gain is not worth a
	// line of code.
	worthwhile = 0.97

	// asFast is the ratio up to which options count as equally fast. A difference within the noise is not worth
	// setting more options.
	asFast = 1.01
)

// candidates are the options tried, without the default.
func candidates() []work.Env {
	ps := runtime.GOMAXPROCS(0)
	var shards []int
	for _, n := range []int{1, ps / 4, ps / 2, ps, 2 * ps} {
		if n >= 1 && n <= pool.LimitShards && !slices.Contains(shards, n) {
			shards = append(shards, n)
		}
	}
	idle := defaults().MaxIdle
	var all []work.Env
	for _, maxIdle := range []int{idle, min(4*idle, pool.LimitMaxIdle)} {
		for _, local := range []int{-1, 16, 64, 128, 256, 512} {
			if local > maxIdle/(4*ps) {
				break // the pool would lower it to that
			}
			for _, n := range shards {
				e := work.Env{Shards: n, LocalCache: local, MaxIdle: maxIdle}
				if e != defaults() {
					all = append(all, e)
				}
			}
		}
	}
	return all
}

// defaults are the values that zero options stand for on this machine.
func defaults() work.Env {
	ps := runtime.GOMAXPROCS(0)
	return work.Env{Shards: ps, LocalCache: shard.DefaultMagazine, MaxIdle: min(pool.DefaultMaxIdlePerP*ps, pool.LimitMaxIdle)}
}

// advice is what was found for a workload.
type advice struct {
	workload string
	procs    int      // of the case, as there
	best     work.Env // defaults() where nothing better was found
	other    tried    // the best of the others, by its last measurement
	number   int      // of the others
	refuted  bool     // other looked better before its last measurement
	partial  bool     // cut off
	made     float64  // objects that the default creates in 1,000 operations
}

// isDefault reports whether the default is advised.
func (a advice) isDefault() bool { return a.best == defaults() }

// search finds the options for a case. It screens all candidates, and measures the best few and the default with
// more rounds. Then it measures the best once more in new pools, because the winner of a search may only be lucky.
// It advises only options that are better each time.
func search(ctx context.Context, c work.Case, rng *rand.Rand, tick func(float64)) advice {
	defer c.Enter()()
	all := candidates()
	a := advice{workload: c.Name(), procs: c.Procs, best: defaults(), number: len(all)}
	ranked := against(ctx, c, all, screenRounds, rng, part(tick, 0, 0.5))
	slices.SortStableFunc(ranked, byRatio)
	var few []work.Env
	for _, r := range ranked[:min(finalists, len(ranked))] {
		few = append(few, r.env)
	}
	if len(few) > 0 {
		few = append(few, simpler(few[0], few)...)
	}
	final := against(ctx, c, few, finalRounds, rng, part(tick, 0.5, 0.7))
	if len(final) == 0 {
		a.partial = true
		return a
	}
	best := pick(final)
	fresh := against(ctx, c, []work.Env{best.env}, freshRounds, rng, part(tick, 0.7, 1))
	if len(fresh) == 0 {
		a.partial = true
		return a
	}
	a.other, a.made = fresh[0], made(c)
	switch before := better(best.row); {
	case before && better(a.other.row):
		a.best = a.other.env
	case before:
		a.refuted = true
	}
	return a
}

// made returns how many objects the default creates in 1,000 operations of a case. As many operations before them
// warm the pool up.
func made(c work.Case) float64 {
	const ops = 1 << 16
	in := c.Impls[0].New(work.Env{MaxIdle: defaults().MaxIdle})
	in.Run(ops)
	return in.Run(ops).MadePer1000()
}

// simpler returns the variants of e in which one option is as in the default. It leaves out the default itself and
// options in known.
func simpler(e work.Env, known []work.Env) []work.Env {
	d := defaults()
	var all []work.Env
	for _, s := range []work.Env{
		{Shards: d.Shards, LocalCache: e.LocalCache, MaxIdle: e.MaxIdle},
		{Shards: e.Shards, LocalCache: d.LocalCache, MaxIdle: e.MaxIdle},
		{Shards: e.Shards, LocalCache: min(e.LocalCache, d.LocalCache), MaxIdle: d.MaxIdle},
		{Shards: d.Shards, LocalCache: d.LocalCache, MaxIdle: e.MaxIdle},
	} {
		if s != d && s != e && !slices.Contains(known, s) && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// pick looks at the candidates that are as fast as the best. It returns the one with the fewest options set, and
// the fastest if there are several.
func pick(all []tried) tried {
	least := slices.MinFunc(all, byRatio).row.Ratio
	fast := slices.DeleteFunc(slices.Clone(all), func(t tried) bool { return t.row.Ratio > asFast*least })
	return slices.MinFunc(fast, func(a, b tried) int {
		return cmp.Or(cmp.Compare(len(changes(a.env)), len(changes(b.env))), byRatio(a, b))
	})
}

// better reports whether options are certainly faster than the default, and by enough.
func better(r report.Row) bool { return r.Hi < 1 && r.Ratio < worthwhile }

// tried is a candidate with its time over the default's.
type tried struct {
	env    work.Env
	row    report.Row
	rounds int
}

func byRatio(a, b tried) int { return cmp.Compare(a.row.Ratio, b.row.Ratio) }

// against measures candidates against the default, in turns. It returns nothing if ctx ends.
func against(ctx context.Context, c work.Case, envs []work.Env, rounds int, rng *rand.Rand, tick func(float64)) []tried {
	subject := c.Impls[0]
	with := func(name string, env work.Env) work.Impl {
		return work.Impl{Name: name, New: func(work.Env) work.Instance { return subject.New(env) }}
	}
	c.Bars = nil
	c.Impls = []work.Impl{with("default", work.Env{MaxIdle: defaults().MaxIdle})} // a case may have a bound of its own
	for i, e := range envs {
		c.Impls = append(c.Impls, with(fmt.Sprint(i), e))
	}
	r := measure.Case(ctx, c, measure.Options{Rounds: rounds, Sample: sample, Rand: rng, Tick: tick})
	if ctx.Err() != nil {
		return nil
	}
	var all []tried
	for i, e := range envs {
		all = append(all, tried{e, report.Compare(r, i+1, 0), len(r.Rounds)})
	}
	return all
}

// part maps the progress of a part of the work to the progress of the whole.
func part(tick func(float64), from, to float64) func(float64) {
	return func(p float64) { tick(from + p*(to-from)) }
}

// memory returns the bytes that a full pool takes, without its objects.
func memory(e work.Env) uint64 {
	o := new(object)
	before := measure.Live()
	p := pool.Must(pool.New(pool.Options[*object]{
		New:     func() *object { return o },
		MaxIdle: e.MaxIdle, Shards: e.Shards, LocalCache: e.LocalCache,
	}))
	for range e.MaxIdle {
		p.Release(o)
	}
	after := measure.Live()
	runtime.KeepAlive(p)
	return uint64(max(after-before, 0))
}
