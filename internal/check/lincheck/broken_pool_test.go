package main

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/plungepool/plunge/pool"
)

// slowPool is a pool under a mutex, which is obviously right except for its fault. It is first in, first out; its
// misses and its being full are exact.
type slowPool struct {
	fault fault
	o     pool.Options[*object]

	mu     sync.Mutex
	idle   []*object
	closed bool
	rnd    *rand.Rand
}

func slowPools(f fault) makePool {
	return func(o pool.Options[*object]) objects {
		return &slowPool{fault: f, o: o, rnd: rand.New(rand.NewPCG(rand.Uint64(), 0))}
	}
}

func (p *slowPool) fails(f fault) bool { return p.fault == f && p.rnd.IntN(4) == 0 }

func (p *slowPool) Acquire() *object {
	if x, ok := p.TryAcquire(); ok {
		return x
	}
	return p.o.New()
}

func (p *slowPool) TryAcquire() (*object, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) == 0 || p.fails("misses what is there") {
		return nil, false
	}
	i := 0
	if p.fault == "last in, first out" {
		i = len(p.idle) - 1
	}
	x := p.idle[i]
	if !p.fails("hands out twice") {
		p.idle = slices.Delete(p.idle, i, i+1)
	}
	if p.fails("hands out what it destroys") {
		p.o.Destroy(x)
	}
	return x, true
}

func (p *slowPool) AcquireN(xs []*object) {
	for i := range xs {
		xs[i] = p.Acquire()
	}
}

func (p *slowPool) Release(x *object) {
	p.mu.Lock()
	full := len(p.idle) >= p.o.MaxIdle && !p.fails("one too many") || p.closed && p.fault != "keeps after Close"
	full = full || p.fails("full too early")
	if !full {
		p.idle = append(p.idle, x)
	}
	forgets, doubles := p.fails("forgets Destroy"), p.fails("destroys twice")
	p.mu.Unlock()
	if full && !forgets {
		p.o.Destroy(x)
		if doubles {
			p.o.Destroy(x)
		}
	}
}

func (p *slowPool) ReleaseN(xs []*object) {
	for _, x := range xs {
		p.Release(x)
	}
}

func (p *slowPool) Clear() int { return p.drop(false) }

func (p *slowPool) Prune(age time.Duration) int {
	if age > 0 {
		return 0
	}
	return p.drop(false)
}

func (p *slowPool) Close() error {
	p.drop(true)
	return nil
}

// drop takes out what is idle.
func (p *slowPool) drop(closing bool) int {
	p.mu.Lock()
	out := p.idle
	p.idle = nil
	p.closed = p.closed || closing
	if len(out) > 0 && !closing {
		switch p.fault {
		case "Clear leaves one":
			p.idle, out = out[:1:1], out[1:]
		case "Clear is not one instant":
			// The first half goes now, the other later: whoever is quick gets it in between.
			// That is no fault for each object by itself.
			half := len(out) / 2
			p.idle = out[half:]
			p.mu.Unlock()
			runtime.Gosched()
			p.mu.Lock()
			out = append(out[:half:half], p.idle...)
			p.idle = nil
		case "Clear puts back":
			// Takes all, and later gives back what it cannot drop yet, when it has returned.
			x := out[0]
			out = out[1:]
			defer time.AfterFunc(5*time.Microsecond, func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.idle = append(p.idle, x)
			})
		}
	}
	n := len(out)
	if p.fails("miscounts") {
		n++
	}
	destroy := out
	if p.fails("Clear forgets Destroy") && len(out) > 0 {
		destroy = out[1:]
	}
	p.mu.Unlock()
	for _, x := range destroy {
		p.o.Destroy(x)
	}
	return n
}
