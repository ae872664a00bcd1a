package buffers

import (
	"errors"
	"fmt"
	"math/bits"
	"runtime"
	"sort"
	"sync"
	stdatomic "sync/atomic"
	"time"
	"unsafe"

	"go.uber.org/atomic"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// Pool is a bounded pool of byte slices of several sizes for concurrent use. It must be
// made by [New] and must not be copied.
//
// A Release synchronizes before the Acquire that returns the same buffer, in the sense of the Go memory model. A
// hit touches only memory of its own P, uses no locked instruction, allocates nothing and never blocks. Clear,
// Prune, Close and a new division of MaxRetainedBytes stop the world for some 10 microseconds if Ps have private
// memory. An Acquire that misses waits for them, and for Stats.
//
// A tier takes no memory until it is used.
//
// A pool that becomes garbage without Close is collected with everything it holds.
type Pool struct {
	class [65]stdatomic.Pointer[shard.SizeClass] // by bits.Len of a length less 1: Q1

	tiers []*tier      // ascending. Constant.
	o     Options      // filled in. Constant.
	sizes *shard.Sizes // constant

	// What a Buffer begins with: see learn. Written under quotas.mu.
	start  stdatomic.Pointer[shard.SizeClass] // the class of need
	need   int                                // bytes
	enough atomic.Int32                       // half of need

	_ cpu.CacheLinePad
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	oversized      atomic.Uint64
	oversizedBytes atomic.Uint64
	oversizedBack  atomic.Uint64
	foreign        atomic.Uint64
	closed         atomic.Bool

	quotas  quotas
	adapter sync.Once
	boxes   *pool.Pool[*[]byte] // of GRPC; made by adapter
	sample  int                 // what pool.SampleHeld was given last. Guarded by quotas.mu.
}

// errNil is what an Acquire, Release, NewBuffer or Stats of a nil Pool panics with.
var errNil = errors.New("buffers: use of a nil *Pool")

// New creates a Pool. The error wraps ErrOptions. It names the wrong field and says what is allowed.
func New(o Options) (*Pool, error) {
	if err := o.fill(); err != nil {
		return nil, err
	}
	p := &Pool{o: o}
	p.quotas.procs = runtime.GOMAXPROCS(0)
	p.sizes = shard.NewSizes(len(o.Sizes), shard.SizeOther{Get: p.acquireRest, Put: p.releaseRest})
	low := 0
	for _, size := range o.Sizes {
		limit := o.maxIdle(size)
		t := &tier{size: size, name: o.Name, low: low, missed: p.missed, cap: p.quotas.first(&o, size, limit), max: limit}
		t.slabs.init(size)
		t.slabs.zero = o.Zero
		p.tiers = append(p.tiers, t)
		low = size
	}
	none := p.sizes.NoClass()
	for i := range p.class {
		p.class[i].Store(none)
	}
	p.start.Store(none)
	p.list()
	return p, nil
}

// Must returns p, or panics with err if that is not nil. It is for pools in
// package-level variables.
func Must(p *Pool, err error) *Pool {
	if err != nil {
		panic(err)
	}
	return p
}

// open makes the pool of a tier, if it has none. From then on lengths need no search if their whole class goes to the
// tier.
//
// Q1: an entry of Pool.class is the class of the open tier to which all of its lengths go, or NoClass.
//
// Q2: PutSized puts a buffer into the pool by its tier's class only if Release has nothing else to do with it.
func (p *Pool) open(k int) *tier {
	t := p.tiers[k]
	if t.pool.Load() != nil {
		return t
	}
	p.quotas.mu.Lock()
	defer p.quotas.mu.Unlock()
	if t.pool.Load() != nil {
		return t
	}
	o := p.o.pool()
	o.MaxIdle = max(t.cap, 1)
	made, err := t.newPool(o)
	if err != nil {
		panic(err) // New has checked the options
	}
	if t.cap == 0 {
		made.Resize(0)
	}
	made.SampleHeld(p.sample)
	t.class = p.sizes.ClassToGet(k, pool.Bag(made), t.low, t.size)
	if p.o.Zero || p.o.Check {
		t.class.PutsOther() // releaseRest clears, and has it checked
	}
	t.pool.Store(made) // T3
	if p.closed.Load() {
		_ = t.close() // always nil
	}
	for i := range bits.UintSize - 1 { // the others are the classes of 0 and of negative lengths
		lo, hi := 1, 1 // the class's lengths
		if i > 0 {
			lo, hi = 1<<(i-1)+1, 1<<i
		}
		if lo > t.low && hi <= t.size && !guarded && !p.o.Check {
			p.class[i].Store(t.class)
		}
	}
	p.aim()
	return t
}

// index returns the number of the smallest tier that has room for n bytes.
func (p *Pool) index(n int) (int, bool) {
	k := sort.Search(len(p.tiers), func(k int) bool { return p.tiers[k].size >= n })
	return k, k < len(p.tiers)
}

// Acquire returns a buffer of length n, with the capacity of the smallest tier that fits. Its contents are
// arbitrary: what an earlier user left, or freed memory of the program. Options.Zero changes that. It begins at
// a multiple of the tier's size, or of 4,096 bytes if that is less. (If the size is no power of two: of the
// largest power of two that divides it.) If n is larger than the largest tier, Acquire allocates a buffer with a
// capacity of n, which Release will drop. It panics if n is negative. It allocates nothing on a hit.
func (p *Pool) Acquire(n int) []byte {
	if p == nil {
		panic(errNil)
	}
	return shard.GetSized(p.class[bits.Len(uint(n-1))].Load(), n)
}

// acquireRest is Acquire if the class does not tell the tier.
func (p *Pool) acquireRest(n int) []byte {
	if n < 0 {
		panic(fmt.Sprintf("buffers: Acquire of %d bytes", n))
	}
	if k, ok := p.index(n); ok {
		t := p.open(k)
		b := t.lend(shard.GetSized(t.class, n))
		if p.o.Check && p.o.Zero { // it was poisoned
			clear(b[:t.size])
		}
		return b
	}
	b := make([]byte, n) // first: it may panic
	p.oversized.Inc()
	p.oversizedBytes.Add(uint64(n))
	return b[:n:n]
}

// AcquireZeroed is Acquire with the n bytes set to zero. The bytes between length and capacity are arbitrary,
// unless Options.Zero is set.
func (p *Pool) AcquireZeroed(n int) []byte {
	b := p.Acquire(n)
	if p.used(n) {
		clear(b)
	}
	return b
}

// used reports whether a buffer of length n may hold what others have written.
func (p *Pool) used(n int) bool { return !p.o.Zero && n <= p.largest() }

// largest is the size of the largest tier.
func (p *Pool) largest() int { return p.tiers[len(p.tiers)-1].size }

// Release returns a buffer to the pool. The caller must not use it, or any slice of it, afterwards.
//
// Release knows the buffer by the capacity of b. b may be what Acquire returned, or a prefix of it, or have
// grown by append within its capacity. If no tier has the capacity of b, for example because b was cut from the
// front, b is dropped and counted by Stats.Foreign. If b is larger than all tiers it is dropped and counted by
// Stats.OversizedReleased. A slice without capacity is ignored.
//
// Do not release two parts of one buffer. A part whose capacity is another tier's size, such as
// b[2048:4096:4096] of 4,096 bytes, becomes a buffer of that tier. If b is then released too, two users get the
// same bytes. Options.Check finds such mistakes.
func (p *Pool) Release(b []byte) {
	if p == nil {
		panic(errNil)
	}
	shard.PutSized(p.class[bits.Len(uint(cap(b)-1))].Load(), b)
}

// releaseRest is Release if the class does not tell the tier: Q2.
func (p *Pool) releaseRest(b []byte) {
	if cap(b) == 0 {
		return
	}
	k, ok := p.index(cap(b))
	switch {
	case !ok:
		p.oversizedBack.Inc()
	case p.tiers[k].size != cap(b):
		p.foreign.Inc()
		p.checkPart(b)
	default:
		token := takeBack(unsafe.SliceData(b), cap(b))
		// In the guard build b is inaccessible, and lend clears. In a checked pool b may be another's.
		if p.o.Zero && !guarded && !p.o.Check {
			clear(b[:cap(b)])
		}
		p.open(k).pool.Load().Release(token)
	}
}

// Grow returns a buffer with the contents and length of b and room for n more bytes. It is b, or a larger
// buffer, and then Grow releases b. It panics if n is negative.
func (p *Pool) Grow(b []byte, n int) []byte {
	if n < 0 {
		panic(fmt.Sprintf("buffers: Grow by %d bytes", n))
	}
	if n <= cap(b)-len(b) {
		return b
	}
	g := p.Acquire(p.grown(len(b), cap(b), n))[:len(b)]
	copy(g, b)
	p.Release(b)
	return g
}

// grown is the length to acquire for n more than have bytes, if the capacity is too small. It is twice the capacity
// at least, so that growing by small steps stays linear, but no more than the largest tier if that suffices.
func (p *Pool) grown(have, capacity, n int) int {
	want := have + n
	if want < 0 {
		panic(fmt.Sprintf("buffers: Grow of %d bytes by %d", have, n))
	}
	twice := 2 * capacity
	if largest := p.largest(); want <= largest {
		twice = min(twice, largest)
	}
	return max(want, twice)
}

// Clear drops every idle buffer and returns how many. No buffer that was idle before
// the call is handed out after it returns.
func (p *Pool) Clear() int {
	n := 0
	for _, t := range p.tiers {
		if p := t.pool.Load(); p != nil {
			n += p.Clear()
		}
	}
	return n
}

// Prune drops the buffers that have been idle for longer than maxAge and returns how
// many; see [pool.Pool.Prune] for how exactly ages are known.
func (p *Pool) Prune(maxAge time.Duration) int {
	n := 0
	for _, t := range p.tiers {
		if p := t.pool.Load(); p != nil {
			n += p.Prune(maxAge)
		}
	}
	return n
}

// Close drops the idle buffers for good. Afterwards Acquire makes buffers and Release
// drops them. Further calls do nothing. The error is always nil.
func (p *Pool) Close() error {
	p.closed.Store(true)
	for _, t := range p.tiers {
		_ = t.close() // always nil
	}
	return nil
}
