package main

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"

	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/pool"
)

const (
	// rounds is how often everything is measured. Parameters are compared only with predictions of the same round,
	// a twentieth of a second. The cores of a virtual machine may be hyperthreads of one core now and separate
	// cores the next moment. A line's transfer then takes three times as long.
	rounds = 100

	// each is the number of operations in a sample.
	each = 1 << 17

	small  = 32 // magazine size for bursts over the edge
	little = 16 // magazine size for measuring a trade: most of the time goes into trades
)

type object [8]uint64

// kind is a workload.
type kind struct {
	name   string
	within float64 // the factor within which model and measurement must agree
	pool   pool.Options[*object]
	loop   func(p *pool.Pool[*object], n int)
	model  func(p params, cores int, steals float64) float64
}

// kinds are the workloads predicted. If cores wait for each other, the model uses averages, although the real time
// depends on who comes first.
func kinds() []kind {
	edge := pool.Options[*object]{LocalCache: small, MaxIdle: 1024 * runtime.GOMAXPROCS(0)}
	one := edge
	one.Shards = 1
	return []kind{
		{"pairs (hits)", 1.25, pool.Options[*object]{}, pairs, func(p params, n int, _ float64) float64 { return p.hits(n) }},
		{"bursts in magazines (hits)", 1.25, pool.Options[*object]{}, bursts, func(p params, n int, _ float64) float64 { return p.within(n) }},
		{"misses", 1.25, pool.Options[*object]{New: func() *object { return nobody }}, misses, func(p params, n int, _ float64) float64 { return p.misses(n) }},
		{"bursts over the edge", 1.35, edge, bursts, func(p params, n int, steals float64) float64 { return p.edge(n, small, steals) }},
		{"the same, one shard for all", 1.5, one, bursts, func(p params, n int, _ float64) float64 { return p.oneShard(n, small) }},
	}
}

func pairs(p *pool.Pool[*object], n int) {
	for range n {
		p.Release(p.Acquire())
	}
}

// nobody is what misses get: making an object is not what is measured.
var nobody = new(object)

func misses(p *pool.Pool[*object], n int) {
	for range n {
		p.Acquire()
	}
}

func bursts(p *pool.Pool[*object], n int) {
	var held [burst]*object
	for done := 0; done < n; done += burst {
		for i := range held {
			held[i] = p.Acquire()
		}
		for _, v := range held {
			p.Release(v)
		}
	}
}

// sample measures a workload in a pool that was used before. It returns the wall time per operation, and the
// magazines stolen per operation.
func sample(p *pool.Pool[*object], cores int, loop func(p *pool.Pool[*object], n int)) (ns, steals float64) {
	together(cores, 4*burst, func(n int) { loop(p, n) })
	before := p.Stats().Stolen
	ns = together(cores, each, func(n int) { loop(p, n) })
	return ns, float64(p.Stats().Stolen-before) / small / float64(cores*each)
}

// outcome is the result of a kind on a number of cores, by round.
type outcome struct {
	cores                  int
	model, measured, ratio []float64
}

func median(values []float64) float64 { return report.Quantile(values, 0.5) }

// agrees is the verdict.
func (o outcome) agrees(within float64) bool {
	r := median(o.ratio)
	return r <= within && r >= 1/within
}

// measured is everything of the rounds that were complete.
type measured struct {
	params   []params
	outcomes [][]outcome // by kind and by the numbers of cores
	here     []int
}

// measure does n rounds, or fewer if ctx ends, and calls begin before each.
func measure(ctx context.Context, n int, rng *rand.Rand, begin func(done int)) measured {
	here, _ := cores()
	m := measured{here: here, outcomes: make([][]outcome, len(kinds()))}
	for k := range m.outcomes {
		for _, n := range here {
			m.outcomes[k] = append(m.outcomes[k], outcome{cores: n})
		}
	}
	for i := range n {
		if ctx.Err() != nil {
			break
		}
		begin(i)
		m.round(rng)
	}
	return m
}

// noParams are parameters before they are measured. With one core some never are.
func (m *measured) noParams() params {
	return params{transfer: math.NaN(), stream: math.NaN(), company: make([]float64, m.here[len(m.here)-1]+1)}
}

// round measures everything once, in a random order.
func (m *measured) round(rng *rand.Rand) {
	p := m.noParams()
	type result struct{ ns, steals float64 }
	var (
		all    = kinds()
		got    = make([][]result, len(all))
		alone  = make([]float64, len(m.here))
		traded float64
		steps  []func()
	)
	add := func(f func()) { steps = append(steps, f) }
	fresh := func(o pool.Options[*object]) *pool.Pool[*object] {
		if o.New == nil {
			o.New = func() *object { return new(object) }
		}
		return pool.Must(pool.New(o))
	}
	one := func(o pool.Options[*object], loop func(*pool.Pool[*object], int)) float64 {
		ns, _ := sample(fresh(o), 1, loop)
		return ns
	}
	add(func() { p.hit = one(pool.Options[*object]{}, pairs) })
	add(func() { p.bursts = one(pool.Options[*object]{}, bursts) })
	add(func() {
		traded = one(pool.Options[*object]{LocalCache: little, MaxIdle: 1024 * runtime.GOMAXPROCS(0)}, bursts)
	})
	add(func() {
		p.miss = one(pool.Options[*object]{New: func() *object { return nobody }}, misses)
	})
	add(func() { p.locked = lockedInstruction() })
	if m.here[len(m.here)-1] > 1 {
		add(func() { p.transfer = lineTransfer() })
		add(func() { p.stream = lineStream() })
	}
	for i, n := range m.here {
		add(func() { alone[i] = together(n, each, private) })
		for k := range all {
			got[k] = make([]result, len(m.here))
			add(func() {
				r := &got[k][i]
				r.ns, r.steals = sample(fresh(all[k].pool), n, all[k].loop)
			})
		}
	}
	for _, i := range rng.Perm(len(steps)) {
		steps[i]()
	}
	p.trade = max((traded-p.bursts)/trades(little), 0)
	for i, n := range m.here {
		p.company[n] = alone[i] / alone[0]
	}
	m.params = append(m.params, p)
	for k := range all {
		for i, n := range m.here {
			o := &m.outcomes[k][i]
			model, wall := all[k].model(p, n, got[k][i].steals), got[k][i].ns/float64(n)
			o.model, o.measured, o.ratio = append(o.model, model), append(o.measured, wall), append(o.ratio, wall/model)
		}
	}
}
