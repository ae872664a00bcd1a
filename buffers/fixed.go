package buffers

import (
	"fmt"
	"sync"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// Fixed is a bounded pool of buffers of one size for concurrent use. It is somewhat faster than a [Pool]. It must be
// made by [NewFixed] and must not be copied. A Release synchronizes before the Acquire that returns the same buffer.
// Buffers that were idle for pool.DefaultMaxIdleTime are dropped.
type Fixed struct {
	bag     *shard.Bag[*byte]  // of tier. Constant.
	class   *shard.SizeClass   // of it, for Release; none in the guard build. Constant.
	size    int                // constant
	tier    *tier              // constant
	_       [0]stdatomic.Int64 // aligns the word to 8 bytes on 32-bit machines, too
	foreign atomic.Uint64

	anyOnce sync.Once
	any     *AnyPool
}

var errNilFixed = fmt.Errorf("buffers: use of a nil *Fixed")

// NewFixed makes a pool of buffers of size bytes, 1 to LimitSize. At most maxIdle of them are idle; 0 means
// pool.DefaultMaxIdlePerP for each P. PLUNGE_CHECK=1 in the environment makes it a checked pool: see
// Options.Check. The error wraps ErrOptions and names the wrong parameter and says what is allowed.
func NewFixed(size, maxIdle int) (*Fixed, error) {
	switch {
	case size < 1 || size > LimitSize:
		return nil, bad("size", size, fmt.Sprintf("use 1 to %d", LimitSize))
	case maxIdle < 0:
		return nil, bad("maxIdle", maxIdle, "use 0 for the default or a positive number")
	case maxIdle > LimitMaxIdlePerTier:
		return nil, bad("maxIdle", maxIdle, fmt.Sprintf("use at most %d", LimitMaxIdlePerTier))
	}
	t := &tier{size: size, max: maxIdle}
	t.slabs.init(size)
	var o Options
	o.fillCheck()
	made, err := t.newPool(pool.Options[*byte]{MaxIdle: maxIdle, Check: o.Check})
	if err != nil {
		return nil, err
	}
	t.pool.Store(made)
	p := &Fixed{bag: pool.Bag(made), size: size, tier: t}
	sizes := shard.NewSizes(1, shard.SizeOther{Put: p.releaseRest})
	p.class = sizes.NoClass()
	if !guarded && !o.Check {
		p.class = sizes.Class(0, p.bag, 0, size)
	}
	return p, nil
}

// Acquire returns a buffer whose length and capacity are Size. Its contents are arbitrary: what an earlier user
// left, or freed memory of the program. It allocates nothing on a hit.
func (p *Fixed) Acquire() []byte {
	if p == nil {
		panic(errNilFixed)
	}
	return unsafe.Slice(lend(shard.Get(p.bag), p.size), p.size)
}

// Release returns a buffer to the pool. b is what Acquire returned, or a prefix of it. The caller must not use
// it afterwards. If b's capacity is not Size it is dropped, and counted by Foreign. A b without capacity is
// ignored.
func (p *Fixed) Release(b []byte) {
	if p == nil {
		panic(errNilFixed)
	}
	shard.PutSized(p.class, b)
}

// releaseRest is Release where the class does not take b back.
func (p *Fixed) releaseRest(b []byte) {
	switch cap(b) {
	case 0:
	case p.size:
		p.tier.pool.Load().Release(takeBack(unsafe.SliceData(b), p.size))
	default:
		p.foreign.Inc()
		pool.ReportPart(p.tier.pool.Load(), unsafe.SliceData(b))
	}
}

// Size returns the size of the buffers in bytes.
func (p *Fixed) Size() int { return p.size }

// Foreign returns how many slices Release has dropped because their capacity was not Size.
func (p *Fixed) Foreign() uint64 { return p.foreign.Load() }

// Slabs returns how many slabs are alive, and their memory in bytes, as of the last garbage collection. A slab
// is alive while one of its buffers is idle or in use.
func (p *Fixed) Slabs() (n, bytes int64) {
	return p.tier.slabs.live.slabs.Load(), p.tier.slabs.live.bytes.Load()
}

// Stats returns a snapshot. Created counts buffers created on a miss, and Warmed the other buffers of their
// slabs. A buffer that is released with another capacity stays counted by InUse.
func (p *Fixed) Stats() pool.Stats { return p.tier.stats() }

// Clear drops every idle buffer and returns how many. No buffer that was idle before
// the call is handed out after it returns.
func (p *Fixed) Clear() int { return p.tier.pool.Load().Clear() }

// Close drops the idle buffers for good. Afterwards Acquire makes buffers and Release
// drops them. Further calls do nothing. The error is always nil.
func (p *Fixed) Close() error { return p.tier.close() }
