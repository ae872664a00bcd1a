package pool

import (
	"fmt"
	"reflect"
	"runtime"
	"unsafe"

	"github.com/plungepool/plunge/internal/registry"
)

// SampleHeld has the named pools of the process, those of packages buffers and resource included, record one in n Acquires from now on, as
// if n were their Options.SampleHeld; 0 goes back to what that says, and switches it off in package resource. It panics if n is negative. It is for a look into a program that runs: pools
// that are made later are not told.
//
// What is recorded and not yet released is in the profile plunge_held of runtime/pprof, by the stack that acquired it. It exists from
// the first record on, and net/http/pprof serves it with the others:
//
//	go tool pprof http://localhost:6060/debug/pprof/plunge_held
//
// Stacks begin with the function that called the pool. Their counts are of records: multiply by n. A profile has no place for
// the name of a pool; the functions tell which it is. Checked pools are in it, too, with all that is out.
//
// An object that was dropped without Release leaves the profile when it is collected: the profile has what
// is in somebody's hands, while Stats.InUse counts dropped objects too. Switching off forgets what was recorded, and so does a pool that
// is collected. An object over which Reset panics stays until it is collected, unless there is a Retain or Destroy hook.
//
// Objects are told apart as in Options.Check; those without identity are not recorded. At most
// LimitHeld of a pool are; see [Pool.Held].
//
// A limited resource whose Handle was dropped stays in the profile as long as its pool lives, because it is out for ever. Pools with
// resource.Options.Stacks have all that is out in the profile.
//
// A pool that records nothing pays nothing. In one that does, a call that is not recorded executes some 105 instructions more
// than the 50 of a hit, and allocates nothing; the objects of AcquireN and ReleaseN cost as much each as alone. A recorded Acquire and its Release take
// some microseconds and allocate.
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

// newSampler makes a sampler, which is on: Options.SampleHeld and LogHeld.
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

// cleanup is runtime.AddCleanup, which panics or does nothing where p is in no block of the collector's.
func cleanup[T, S any](p *T, f func(S), arg S) (c runtime.Cleanup) {
	defer func() { _ = recover() }()
	return runtime.AddCleanup(p, f, arg)
}

// sampleHeld has one in n Acquires recorded; 0: what Options.SampleHeld says.
func (p *Pool[T]) sampleHeld(n int) {
	p.use()
	if p.check != nil || !hasIdentity[T]() {
		return
	}
	p.clock.mu.Lock() // as SetStamp and SetOldest are called
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

// backOf returns back, where T is a pointer in fewer instructions.
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
