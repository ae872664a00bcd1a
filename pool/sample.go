package pool

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/plungepool/plunge/internal/registry"
)

// SampleHeld makes every named pool of packages pool, buffers and resource record one in n Acquires from now on. With n = 0 each pool
// uses its own Options.SampleHeld again; pools of package resource then record nothing. It is for a look into a running program: pools
// that are created later are not affected. It panics if n is negative.
//
// Recorded objects that are not yet released appear in the profile plunge_held of runtime/pprof, grouped by the stack of their
// Acquire. The profile exists after the first record. Package net/http/pprof serves it with the others:
//
//	go tool pprof http://localhost:6060/debug/pprof/plunge_held
//
// Stacks begin with the function that called the pool. Counts are samples: multiply them by n. The profile does not show the names of
// pools. Checked pools, and pools with resource.Options.Stacks, record every object in use.
//
// An object that was dropped without Release leaves the profile when it is garbage collected. Stats.InUse still counts it. A resource
// whose Handle was dropped stays in the profile as long as its pool, because it is never released. Records are deleted when
// sampling is switched off, and when the pool is collected. If Reset panics, the record stays until the object is collected, unless
// the pool has a Retain or Destroy hook.
//
// Objects without identity are not recorded: see Options.Check. At most LimitHeld objects of a pool are; see [Pool.Held].
//
// Without sampling there is no cost. With it, Acquire and AcquireN cost no more for objects that are not recorded. Release takes some
// 12 ns more, and ReleaseN as much more for each object. They allocate nothing. A recorded Acquire and its Release take some
// microseconds and allocate. To draw among the idle objects, switching it on makes them all shared, with at most one stop of the world
// for each pool. An Acquire at that moment may be left out of the draw.
func SampleHeld(n int) {
	if n < 0 {
		panic(fmt.Sprintf(badSample, n))
	}
	for _, p := range registry.All() {
		if p, ok := p.(interface{ SampleHeld(n int) }); ok {
			p.SampleHeld(n)
		}
	}
}

// SampleHeld does for this pool what the function [SampleHeld] does for all. The pool needs no name.
func (p *Pool[T]) SampleHeld(n int) {
	p.use()
	if n < 0 {
		panic(fmt.Sprintf(badSample, n))
	}
	p.sampleHeld(n)
}

const badSample = "pool: SampleHeld of %d; it must be 0 or more"

// SampleHeld is for the registry.
func (h *house[T]) SampleHeld(n int) { h.pool().sampleHeld(n) }

// Held returns how many objects of the pool are in the profile plunge_held now, and how many were left out so
// far because LimitHeld were in it already. See [SampleHeld].
func (p *Pool[T]) Held() (recorded int, dropped uint64) {
	p.use()
	s := p.held.Load()
	if s == nil {
		return 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.records), s.dropped
}

// sampler records what a pool hands out.
type sampler[T any] struct {
	*holds
	identify func(T) identity
	every    int // Options.SampleHeld
}

func (s *sampler[T]) got(v T) { s.add(s.identify(v).at) }

func (s *sampler[T]) back(v T) {
	if at := s.identify(v).at; s.mayHave(at) {
		s.remove(at)
	}
}

// newSampler makes a sampler for Options.SampleHeld and LogHeld. It is on.
func (p *Pool[T]) newSampler(o *Options[T]) *sampler[T] {
	name := o.Name
	if name == "" {
		name = reflect.TypeFor[T]().String()
	}
	identify, _ := identityOf[T]()
	h := &holds{name: name, limit: o.LogHeld, on: true, records: make(map[uintptr]*hold)}
	cleanup(p, (*holds).end, h)
	return &sampler[T]{h, identify, o.SampleHeld}
}

// cleanup is runtime.AddCleanup without its panic. If p is outside the collector's memory, cleanup does nothing.
func cleanup[T, S any](p *T, f func(S), arg S) (c runtime.Cleanup) {
	defer func() { _ = recover() }()
	return runtime.AddCleanup(p, f, arg)
}

// sampleHeld makes the pool record one in n Acquires. 0 stands for Options.SampleHeld.
func (p *Pool[T]) sampleHeld(n int) {
	p.use()
	if p.check != nil || !hasIdentity[T]() {
		return
	}
	p.clock.mu.Lock() // Watch and SetStamp must not run at the same time
	defer p.clock.mu.Unlock()
	p.sampleLocked(n)
}

// sampleLocked is sampleHeld with clock.mu held, for a pool that can be sampled.
func (p *Pool[T]) sampleLocked(n int) {
	s := p.held.Load()
	if s == nil && n > 0 {
		s = p.newSampler(&Options[T]{Name: p.name})
		p.held.Store(s)
	}
	if s == nil {
		return
	}
	if n == 0 {
		n = s.every
	}
	if n > 0 {
		s.begin()
	}
	p.bag.Watch(n, s.got, s.backOf())
	if n == 0 {
		s.end()
	}
}

// backOf returns back, or a version with fewer instructions if T is a pointer.
func (s *sampler[T]) backOf() func(T) {
	if !isReference(reflect.TypeFor[T]()) {
		return s.back
	}
	h := s.holds
	return func(v T) {
		if at := *(*unsafe.Pointer)(unsafe.Pointer(&v)); h.mayHave(at) {
			h.remove(at)
		}
	}
}
