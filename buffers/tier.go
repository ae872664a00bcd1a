package buffers

import (
	"errors"
	"math/bits"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// tier is the buffers of one size. It keeps each as the address of its first byte. That makes an operation an eighth
// cheaper than with a slice.
//
// T1: every pointer in the pool points to size bytes that nobody else has. A slice that comes in has a capacity of
// size. The capacity of a slice that goes out ends where these bytes do.
//
// T3: a tier has no pool before the first buffer of its size is wanted.
type tier struct {
	size    int
	name    string // Options.Name
	checked bool   // package pool checks the buffers. Constant.
	low     int    // the largest length that goes to a smaller tier: the size of that tier, or 0

	pool   stdatomic.Pointer[pool.Pool[*byte]] // nil: T3
	class  *shard.SizeClass                    // of the pool. Not set in a Fixed's tier.
	slabs  slabs
	missed func(*tier) // called by a miss after a buffer was dropped; or nil

	_       [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too
	ahead   atomic.Uint64      // pieces of slabs that were put in the pool without an Acquire
	dropped atomic.Uint64      // buffers that the pool dropped, whatever the reason
	told    atomic.Uint64      // the most Releases that stats has told of
	closed  atomic.Bool

	// Guarded by quotas.mu.
	cap      int    // the pool's bound
	max      int    // the most that cap may grow to
	acquired uint64 // Acquires that hit, when the division was looked at last
	full     uint64 // buffers dropped for lack of room by then
	heat     uint64 // Acquires of late: see cool
	gaveWay  uint64 // buffers dropped because other tiers needed the room
}

// newPool makes a pool for the tier.
func (t *tier) newPool(o pool.Options[*byte]) (*pool.Pool[*byte], error) {
	o.New = t.miss
	o.Size = func(*byte) int64 { return int64(t.size) }
	o.NoCheck = !o.Check
	if o.Check {
		t.checked = true
	}
	o.Destroy = func(*byte) { t.dropped.Inc() }
	p, err := pool.New(o)
	if err != nil {
		return nil, errors.Join(ErrOptions, err)
	}
	pool.CheckBytes(p, t.size, checkedName(t.name, t.size))
	return p, nil
}

// lend returns what the user gets for a buffer that comes out of the pool: the buffer itself, or what the guard build
// lends instead.
func (t *tier) lend(b []byte) []byte {
	return unsafe.Slice(lend(unsafe.SliceData(b), t.size), t.size)[:len(b)]
}

// miss makes a buffer for an Acquire that found none. If it is small, miss makes a slab of them, and the others
// become idle, as far as there is room.
func (t *tier) miss() *byte {
	if t.missed != nil && t.dropped.Load() > 0 {
		t.missed(t)
	}
	if t.checked { // pieces put ahead would be foreign, and a slab hides that one of them is garbage
		return t.newBytes()
	}
	n := t.slabs.pieces
	if n > 1 && t.closed.Load() {
		n = 1 // there is no room for the others
	}
	p := t.pool.Load()
	if n > 1 {
		n = min(n, 1+p.Cap()-p.Len())
	}
	if n <= 1 {
		b, _ := t.slabs.memory(t.size)
		return b
	}
	n = 1 << (bits.Len(uint(n)) - 1) // a power of two, or aligned memory would take more
	var pieces [maxPieces]*byte
	t.slabs.carve(pieces[:n])
	t.ahead.Add(uint64(n - 1))
	p.ReleaseN(pieces[1:n])
	return pieces[0]
}

// close drops the idle buffers for good.
func (t *tier) close() error {
	t.closed.Store(true)
	if p := t.pool.Load(); p != nil {
		return p.Close()
	}
	return nil
}

// stats returns the pool's counters. It counts the pieces put ahead as Warmed, made before they were wanted, and not
// as Released.
//
// If there are quotas, quotas.mu is held.
//
// T2: a piece is in ahead before it is in the pool, and ahead is read last. So Released is never too high, and what
// stats has told before is no more than there are.
func (t *tier) stats() pool.Stats {
	p := t.pool.Load()
	if p == nil {
		s := pool.Stats{MaxIdle: t.cap, Shards: 1}
		if t.closed.Load() {
			s.Shards = 0
		}
		return s
	}
	s := p.Stats()
	s.Name = t.name
	ahead := t.ahead.Load()
	s.Warmed += ahead
	s.Released -= min(ahead, s.Released)
	for {
		told := t.told.Load()
		if s.Released <= told {
			s.Released = told
			break
		}
		if t.told.CompareAndSwap(told, s.Released) {
			break
		}
	}
	s.InUse = max(0, int(s.Created+s.Warmed-s.Discarded.Total())-s.Idle)
	return s
}
