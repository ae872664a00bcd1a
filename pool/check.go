package pool

import (
	"reflect"
	"slices"

	"github.com/plungepool/plunge/shard"
)

// check is what a checked pool has besides: see Options.Check. It sits between
// the engine and the pool's own policy, on calls that the engine makes only where
// the policy asks for them. So pools without it run the same code as ever.
type check[T any] struct {
	*tracker
	identify func(T) identity
	reset    func(T)      // Options
	retain   func(T) bool // Options
}

func newCheck[T any](o *Options[T]) *check[T] {
	name := o.Name
	if name == "" {
		name = reflect.TypeFor[T]().String()
	}
	identify, isSlice := identityOf[T]()
	return &check[T]{
		tracker:  &tracker{name: name, handle: o.OnMisuse, slices: isSlice, records: make(map[uintptr]*record)},
		identify: identify,
		reset:    o.Reset,
		retain:   o.Retain,
	}
}

// checked has every object that the engine lets in or out pass by the check.
func (p *Pool[T]) checked(policy *shard.Policy[T]) {
	c := p.check
	policy.Miss = func() T {
		v := p.miss()
		c.took(c.identify(v))
		return v
	}
	policy.Vet = true
	policy.Accept = func(v T, stamp int64) bool {
		if !p.accept(v, stamp) {
			return false
		}
		c.took(c.identify(v))
		return true
	}
	returned := policy.Returned
	policy.Returned = func(v T) {
		c.untook(c.identify(v))
		if returned != nil {
			returned(v)
		}
	}
	// What is refused must see no hook and change no count, though the check may
	// panic over it. So the engine's own order of Prepare, Admit, Refused and Lost
	// is made here, behind the check.
	policy.Prepare, policy.Refused = nil, nil
	policy.Lost = func(T) {}
	policy.Admit = func(v T) bool { return c.back(v) && p.prepare(v) }
}

// prepare asks the hooks of Release about v and reports whether it may become
// idle. One that may not is discarded.
func (p *Pool[T]) prepare(v T) bool {
	asking := true
	defer func() {
		if asking {
			p.lost(v)
		}
	}()
	c := p.check
	if c.reset != nil {
		c.reset(v)
	}
	retained := c.retain == nil || c.retain(v)
	asking = false
	if !retained {
		p.refused(v)
	}
	return retained
}

// back, lend: see tracker.
func (c *check[T]) back(v T) bool { return c.tracker.back(c.identify(v)) }
func (c *check[T]) lend(v T)      { c.tracker.lend(c.identify(v)) }

// Holder is an object of a checked pool that is in use.
type Holder struct {
	Acquired Stack // where it was acquired
	Garbage  bool  // it was collected, so it will not come back
}

// Checked reports whether the pool is a checked one: see Options.Check.
func (p *Pool[T]) Checked() bool {
	if p == nil {
		panic(errNil)
	}
	return p.check != nil
}

// Holders returns the objects of a checked pool that were acquired and did not
// come back, those that have been collected last (the latest 1,000 of them). None
// if the pool is not checked, or its objects cannot be told apart. Of slices that
// have grown it may have others.
func (p *Pool[T]) Holders() []Holder {
	if p == nil {
		panic(errNil)
	}
	if p.check == nil {
		return nil
	}
	return p.check.holders()
}

func (t *tracker) holders() []Holder {
	t.mu.Lock()
	defer t.unlock()
	var held []Holder
	for _, rec := range t.records {
		for range rec.out {
			held = append(held, Holder{Acquired: rec.acquired})
		}
	}
	for _, rec := range t.lost {
		for range rec.out {
			held = append(held, Holder{Acquired: rec.acquired, Garbage: true})
		}
	}
	slices.SortStableFunc(held, func(a, b Holder) int { return slices.Compare(a.Acquired, b.Acquired) })
	slices.SortStableFunc(held, func(a, b Holder) int {
		switch {
		case a.Garbage == b.Garbage:
			return 0
		case b.Garbage:
			return -1
		}
		return 1
	})
	return held[:min(len(held), t.out)]
}
