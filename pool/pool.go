package pool

import (
	"errors"
	"fmt"
	stdatomic "sync/atomic"
	"time"

	"github.com/plungepool/plunge/internal/keeper"
	"github.com/plungepool/plunge/shard"
)

// Pool is a bounded pool of idle objects of type T. It is safe for concurrent use, and must
// not be copied. [New] and [Of] create one.
//
// The zero Pool is ready to use, also as a field of a struct. It has the default Options and
// no New: if no object is idle Acquire returns the zero T, and the caller creates an
// object, which Release takes. [Pool.Init] sets other Options before the first use.
//
// A Release synchronizes before the Acquire that returns the same object (The Go Memory
// Model). When an object is idle, Acquire and Release allocate nothing and do not block.
// Otherwise they may wait for a Clear, Prune, Resize or Close that is under way. Those stop
// the world for some 10 µs if Ps have private memory.
//
// A pool that becomes garbage without Close is collected with everything it holds. Destroy
// is not called then. A pool may be created outside of a testing/synctest bubble and used in
// it: what becomes idle in the bubble expires by the bubble's time.
type Pool[T any] struct {
	bag shard.Bag[T] // must be first: see maker, and package syncpool

	settings[T]                               // constant since bag was made
	check       *check[T]                     // nil unless Options.Check. Constant as well.
	weights     *weights[T]                   // nil unless Options.MaxIdleBytes. Constant as well.
	held        stdatomic.Pointer[sampler[T]] // nil before anything is recorded for the profile. Written under clock.mu.
	clock       clock
	behind      background[T]
	count       counts
}

// settings are the parts of the filled-in Options that a Pool keeps.
type settings[T any] struct {
	new      func() T
	validate func(T) bool
	destroy  func(T)
	minIdle  int
	name     string
	procs    bool // MaxIdle is the default, for GOMAXPROCS
}

// errNil is the panic of a method on a nil Pool. It is raised before anything is
// pinned: a fault inside a pinned section could not be recovered from.
var errNil = errors.New("pool: use of a nil *Pool")

// New creates a Pool and its MinIdle objects. The error wraps ErrOptions. It names the wrong field and its
// value, and says what is allowed.
func New[T any](o Options[T]) (*Pool[T], error) {
	if o.New == nil {
		return nil, bad("New", "nil", "set it to a function that makes an object, or use a zero Pool and Init")
	}
	p := new(Pool[T])
	if err := p.Init(o); err != nil {
		return nil, err
	}
	return p, nil
}

// begin turns a zero Pool into the pool that the options describe. clock.mu is held.
func (p *Pool[T]) begin(o Options[T]) error {
	if err := o.fill(); err != nil {
		return err
	}
	p.settings = settings[T]{o.New, o.Validate, o.Destroy, o.MinIdle, o.Name, o.procs}
	p.clock.init(o.MaxIdleTime)
	if o.MaxIdleBytes > 0 {
		p.weights = &weights[T]{max: o.MaxIdleBytes, size: o.Size, retain: o.Retain}
		o.Retain = p.weights.admit
	}
	policy := shard.Policy[T]{
		Miss:     p.new,
		Prepare:  o.Reset,
		Admit:    o.Retain,
		Vet:      o.Validate != nil || p.weights != nil,
		Overflow: p.overflow,
		Owner:    (*house[T])(p),
	}
	if p.clock.limit > 0 || policy.Vet {
		policy.Accept = p.accept
	}
	if o.Retain != nil {
		policy.Refused = p.refused
	}
	if o.Retain != nil || o.Destroy != nil {
		policy.Lost = p.lost
	}
	if p.weights != nil {
		policy.Returned = p.weights.back
	}
	if o.Check {
		p.check = newCheck(&o)
		p.held.Store(p.newSampler(&o))
		p.checked(&policy)
		o.LocalCache = -1 // else the free cell that an object leaves would hide its leak
	}
	err := p.bag.Init(shard.Options[T]{
		Capacity: o.MaxIdle,
		Shards:   o.Shards,
		Magazine: o.LocalCache,
		LIFO:     o.LIFO,
		Hold:     o.Quarantine,
		Policy:   policy,
	})
	if err != nil {
		return errors.Join(ErrOptions, err)
	}
	if o.Size != nil {
		keeper.Short.Join(p.find())
	}
	if p.check == nil && hasIdentity[T]() && (o.SampleHeld > 0 || o.LogHeld > 0) {
		p.held.Store(p.newSampler(&o))
		p.sampleLocked(0)
	}
	p.list()
	return nil
}

// Of creates a Pool with the default Options and newT as New. It panics if newT is nil.
func Of[T any](newT func() T) *Pool[T] {
	if newT == nil {
		panic("pool: Of(nil); give it a function that makes an object, or use a zero Pool")
	}
	return Must(New(Options[T]{New: newT}))
}

// NewTyped creates a Pool of objects whose method Reset resets them. maxIdle is Options.MaxIdle.
func NewTyped[T Resetter](newT func() T, maxIdle int) (*Pool[T], error) {
	return New(Options[T]{New: newT, Reset: func(v T) { v.Reset() }, MaxIdle: maxIdle})
}

// Must returns p, or panics with err if that is not nil. It is for pools in
// package-level variables.
func Must[T any](p *Pool[T], err error) *Pool[T] {
	if err != nil {
		panic(err)
	}
	return p
}

// Acquire returns an idle object, or a new one if there is none: the zero T in a pool without New. The object is
// the caller's until Release.
func (p *Pool[T]) Acquire() T {
	if p == nil {
		panic(errNil)
	}
	return shard.GetBy[T, maker[T]](&p.bag)
}

// Bag returns the engine of p, which holds its idle objects. It is for packages that build on a Pool, such as buffers
// with [shard.GetSized]. Get and Put of the engine do what Acquire and Release do, with hooks and counts. Its other
// methods skip hooks and counts.
func Bag[T any](p *Pool[T]) *shard.Bag[T] {
	p.use()
	return &p.bag
}

// TryAcquire returns an idle object, or false if there is none.
func (p *Pool[T]) TryAcquire() (T, bool) {
	if p == nil {
		panic(errNil)
	}
	return shard.TryGetBy[T, maker[T]](&p.bag)
}

// AcquireN fills dst with objects. It is cheaper than len(dst) calls of Acquire. If a hook panics, the objects
// acquired so far return to the pool and dst is cleared.
func (p *Pool[T]) AcquireN(dst []T) {
	if p == nil {
		panic(errNil)
	}
	shard.GetNBy[T, maker[T]](&p.bag, dst)
}

// Release returns v to the pool. The caller must not use it afterwards. If MaxIdle objects are idle already, or
// the pool is closed, v is dropped.
//
// Do not release nil. If Reset or Retain panics over it, so does Release. Otherwise Acquire will return nil. A
// checked pool reports it. In a pool without New, Release may be called with nil, and no hook is called with it.
func (p *Pool[T]) Release(v T) {
	if p == nil {
		panic(errNil)
	}
	shard.PutBy[T, maker[T]](&p.bag, v)
}

// ReleaseN releases every object in src. It is cheaper than len(src) calls of Release. It keeps no reference to
// src. If a hook panics over one object the others are still released.
func (p *Pool[T]) ReleaseN(src []T) {
	if p == nil {
		panic(errNil)
	}
	shard.PutNBy[T, maker[T]](&p.bag, src)
}

// Do calls fn with an object and releases it afterwards, also if fn panics. It
// returns what fn returns.
func (p *Pool[T]) Do(fn func(T) error) error {
	l := p.Borrow()
	defer l.Release()
	return fn(l.Value())
}

// Clear drops every idle object, whatever MinIdle is, and returns how many. No object that was idle before the
// call is handed out after it returns.
func (p *Pool[T]) Clear() int {
	p.use()
	cleared := p.bag.Clear()
	p.drop(cleared, &p.count.cleared)
	return len(cleared)
}

// Prune drops objects that have been idle for longer than maxAge, and returns how many. It starts with the
// longest idle, and keeps MinIdle objects. With maxAge <= 0 it drops objects of any age.
//
// If Ps have private memory, an object may count as idle for up to 0.4 s longer than it is.
func (p *Pool[T]) Prune(maxAge time.Duration) int {
	p.use()
	before := maxStamp
	if maxAge > 0 {
		before = now() - int64(maxAge)
	}
	if p.bag.Len() <= p.minIdle {
		return 0
	}
	shard.Gather(&p.bag)
	pruned := p.bag.Sweep(before, p.minIdle)
	p.drop(pruned, &p.count.pruned)
	return len(pruned)
}

// Warm creates objects until MinIdle are idle, and returns how many it created. New and Init call it. Call it
// again, for example from a ticker, to replace objects that were acquired.
func (p *Pool[T]) Warm() int {
	p.use()
	made := 0
	for made < p.minIdle && p.warmOne() {
		made++
	}
	return made
}

// warmOne creates an idle object if fewer than MinIdle objects are idle or being created. A call that returns false
// because of an object being created need not try again: the creator of that object looks again afterwards.
func (p *Pool[T]) warmOne() bool {
	warming := &p.count.warming
	for {
		w := warming.Load()
		if int(uint32(w))+p.bag.Len() >= p.minIdle || p.clock.closed.Load() {
			return false
		}
		if warming.CompareAndSwap(w, w+1) {
			break
		}
	}
	defer warming.Add(1<<32 - 1)
	v := p.new()
	p.count.warmed.Inc()
	if !p.enters(v) {
		p.discard(v, p.noRoom())
		return false
	}
	if !p.bag.TryPut(v) {
		shard.Gather(&p.bag) // there may be room in other Ps' private memory
		if !p.bag.TryPut(v) {
			p.discardIdle(v, p.noRoom())
			return false
		}
	}
	p.count.warmedIn.Inc()
	return true
}

// Len returns the number of idle objects, 0 to Cap. While other calls are in flight it is a snapshot.
func (p *Pool[T]) Len() int {
	p.use()
	return p.bag.Len()
}

// Cap returns the current bound on idle objects: MaxIdle, or what Resize or a change of GOMAXPROCS made of it.
func (p *Pool[T]) Cap() int {
	p.use()
	p.follow()
	return p.bag.Cap()
}

// Resize sets Options.MaxIdle, the bound on idle objects, to n, which is 0 to LimitMaxIdle. It drops the objects
// over the new bound, the longest idle first, and returns how many. They are counted under Discards.Full.
// MinIdle does not change, but never more than n objects are idle. On a closed pool Resize does nothing.
func (p *Pool[T]) Resize(n int) int {
	p.use()
	if n < 0 || n > LimitMaxIdle {
		panic(fmt.Sprintf("pool: Resize to %d; it must be 0 to %d", n, LimitMaxIdle))
	}
	full := p.resize(n)
	p.drop(full, &p.count.full)
	return len(full)
}

func (p *Pool[T]) resize(n int) []T {
	p.clock.mu.Lock()
	defer p.clock.mu.Unlock()
	p.clock.resized.Store(true)
	return p.bag.Resize(n)
}

// Close drops the idle objects and makes the pool keep no more. Afterwards Acquire returns new objects and
// Release drops them. Further calls do nothing. The error is always nil.
func (p *Pool[T]) Close() error {
	p.use()
	p.clock.close()
	p.drop(p.bag.Close(), &p.count.closed)
	return nil
}
