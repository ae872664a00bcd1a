package pool

import (
	"hash/maphash"
	"os"
	"reflect"
	"slices"
	"strconv"

	"github.com/plungepool/plunge/shard"
)

// check is what a checked pool has in addition: see Options.Check. It stands between the engine and the pool's own
// policy. The engine calls it only where the policy asks for a call, so a check costs other pools nothing.
type check[T any] struct {
	*tracker
	identify func(T) identity
	isNil    func(T) bool // nil: T has no nil
	reset    func(T)      // Options
	retain   func(T) bool // Options
	poison   func(T)      // Options, or CheckBytes
}

func newCheck[T any](o *Options[T]) *check[T] {
	name := o.Name
	if name == "" {
		name = reflect.TypeFor[T]().String()
	}
	identify, isSlice := identityOf[T]()
	c := &check[T]{
		tracker:  &tracker{name: name, handle: o.OnMisuse, slices: isSlice, bare: o.bare, records: make(map[uintptr]*record)},
		identify: identify,
		isNil:    nilOf[T](),
		reset:    o.Reset,
		retain:   o.Retain,
		poison:   o.Poison,
	}
	c.seals.on, c.seals.seed = o.Poison != nil, maphash.MakeSeed()
	c.register()
	return c
}

// fillQuarantine puts in how many objects stay out of use after their Release: 0 for none.
func (o *Options[T]) fillQuarantine() error {
	const variable = "PLUNGE_QUARANTINE"
	switch value := os.Getenv(variable); {
	case !o.Check || o.LIFO || o.Quarantine < 0:
		o.Quarantine = 0
	case o.Quarantine > 0:
	case value == "":
		o.Quarantine = DefaultQuarantine
	default:
		n, err := strconv.Atoi(value)
		if err != nil || n < 0 {
			return bad(variable, strconv.Quote(value), "use the number of objects, 0 for none")
		}
		o.Quarantine = n
	}
	return nil
}

// checked makes every object that enters or leaves the engine pass the check.
func (p *Pool[T]) checked(policy *shard.Policy[T]) {
	c := p.check
	policy.Miss = func() T {
		if m, used := c.inspect(inspected); used {
			m.report(c.handle)
		}
		v := p.new()
		c.took(c.identify(v))
		p.held.Load().got(v)
		return v
	}
	policy.Vet = true
	policy.Accept = func(v T, stamp int64) bool {
		if !p.intact(v) || !p.accept(v, stamp) {
			return false
		}
		c.took(c.identify(v))
		p.held.Load().got(v)
		return true
	}
	returned := policy.Returned
	policy.Returned = func(v T) {
		c.untook(c.identify(v))
		p.held.Load().back(v)
		if returned != nil {
			returned(v)
		}
	}
	// No hook may see an object that the check refuses, and no count may change, even if the check panics. So the
	// hooks of Prepare, Admit, Refused and Lost run here, after the check, in the engine's order.
	policy.Prepare, policy.Refused = nil, nil
	policy.Lost = func(T) {}
	policy.Admit = func(v T) bool {
		if !c.back(v) {
			return false
		}
		p.held.Load().back(v)
		if !p.prepare(v) {
			return false
		}
		c.seal(c.identify(v))
		return true
	}
}

// prepare calls the hooks of Release with v and reports whether v may become idle. If not, it discards v.
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
	if retained && c.poison != nil {
		c.poison(v)
	}
	asking = false
	if !retained {
		p.refused(v)
	}
	return retained
}

// back, lend: see tracker.
func (c *check[T]) back(v T) bool { return c.tracker.back(c.known(v)) }
func (c *check[T]) lend(v T)      { c.tracker.lend(c.known(v)) }

// known returns what identifies an object that a caller gives, which may be nil.
func (c *check[T]) known(v T) identity {
	id := c.identify(v)
	id.null = c.isNil != nil && c.isNil(v)
	return id
}

// Holder is an object of a checked pool that is in use.
type Holder struct {
	Acquired Stack // where it was acquired
	Garbage  bool  // it was collected, so it will not come back
}

// Checked reports whether the pool is checked: see Options.Check.
func (p *Pool[T]) Checked() bool {
	p.use()
	return p.check != nil
}

// Holders returns the objects of a checked pool that are acquired and not yet released. Objects that were
// garbage collected come last; the latest 1,000 of them are kept. It returns none if the pool is not checked, or
// if its objects have no identity: see Options.Check. For slices that have grown the list may be wrong.
func (p *Pool[T]) Holders() []Holder {
	p.use()
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
