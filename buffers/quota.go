package buffers

import (
	"cmp"
	"math/bits"
	"runtime"
	"slices"
	"sync"
)

const (
	// firstShare of MaxRetainedBytes is divided evenly among the tiers to begin with;
	// the rest goes to whichever misses what it had no room for.
	firstShare = 4

	// maxSkip is the most misses in a row that do not look for room, after a search has failed.
	maxSkip = 256
)

// quotas divides MaxRetainedBytes among the tiers. Each has room for a number of buffers, the bound of its pool,
// which package shard keeps exactly. A tier that has dropped buffers for lack of room and then misses has too little.
// It gets room for what it dropped, or twice its room if that is more.
//
// R1: the rooms times the sizes add up to MaxRetainedBytes or less, at every moment: a tier gives up room, and the
// buffers in it, before another gets it.
//
// R2: whoever reads the idle buffers of several tiers holds mu, so that no room moves from one to another meanwhile.
type quotas struct {
	mu     sync.Mutex
	procs  int // the GOMAXPROCS that bounds are for
	skip   int // misses that need not look for room: guarded by mu
	failed int // how often in a row there was no room
}

// first is the room that a tier begins with.
func (q *quotas) first(o *Options, size, limit int) int {
	if o.MaxRetainedBytes < 0 {
		return limit
	}
	share := o.MaxRetainedBytes / firstShare / int64(len(o.Sizes))
	return int(min(int64(limit), share/int64(size)))
}

// missed is called by a miss in a tier that has dropped buffers.
func (p *Pool) missed(t *tier) {
	q := &p.quotas
	if !q.mu.TryLock() {
		return // others' misses need not wait
	}
	defer q.mu.Unlock()
	p.follow()
	if p.closed.Load() || t.cap == t.max {
		return
	}
	full := t.pool.Load().Stats().Discarded.Full
	lacking := full - t.full
	if lacking == 0 {
		return
	}
	if q.skip > 0 {
		q.skip--
		return
	}
	want := min(t.max, max(2*t.cap, t.cap+int(min(lacking, uint64(t.max)))))
	if got := p.makeRoom(t, want); got > t.cap {
		t.full = full
		q.failed = 0
		t.resize(got)
		return
	}
	q.failed++
	q.skip = min(maxSkip, 1<<min(q.failed, 16))
}

// follow has default bounds follow GOMAXPROCS. quotas.mu is held.
func (p *Pool) follow() {
	n := runtime.GOMAXPROCS(0)
	if n == p.quotas.procs || p.closed.Load() {
		return
	}
	p.quotas.procs = n
	for _, t := range p.tiers {
		if t.max = p.o.maxIdle(t.size); t.cap > t.max {
			t.resize(t.max)
		}
	}
}

// resize gives the tier room for n buffers. quotas.mu is held.
func (t *tier) resize(n int) int {
	t.cap = n
	if p := t.pool.Load(); p != nil {
		return p.Resize(n)
	}
	return 0
}

// free returns the bytes that are nobody's room. quotas.mu is held.
func (p *Pool) free() int64 {
	left := p.o.MaxRetainedBytes
	for _, t := range p.tiers {
		left -= int64(t.cap) * int64(t.size)
	}
	return left
}

// makeRoom returns how many buffers, want at most, the tier can have room for. If it needs room of others, the
// coldest tiers give way first, and of equally cold ones the largest. A tier that is hotter than t, or as hot and
// smaller, does not give way.
func (p *Pool) makeRoom(t *tier, want int) int {
	if p.o.MaxRetainedBytes < 0 {
		return want
	}
	size := int64(t.size)
	free := p.free()
	if lacking := int64(want-t.cap)*size - free; lacking > 0 {
		victims := p.victims(t)
		able := free
		for _, v := range victims {
			able += int64(v.cap) * int64(v.size)
		}
		if able < size {
			return t.cap // nobody gives way for nothing
		}
		for _, v := range victims {
			n := int(min(int64(v.cap), (lacking+int64(v.size)-1)/int64(v.size)))
			v.gaveWay += uint64(v.resize(v.cap - n))
			free += int64(n) * int64(v.size)
			if lacking -= int64(n) * int64(v.size); lacking <= 0 {
				break
			}
		}
	}
	return min(want, t.cap+int(free/size))
}

// victims returns the tiers that may give way to t, in the order in which they do.
func (p *Pool) victims(t *tier) []*tier {
	for _, v := range p.tiers {
		v.cool()
	}
	var vs []*tier
	for _, v := range p.tiers {
		if v != t && v.cap > 0 && before(v, t) < 0 {
			vs = append(vs, v)
		}
	}
	slices.SortFunc(vs, before)
	return vs
}

// before puts the tiers that give way first in front. A tier is hotter with about twice as many Acquires; smaller
// differences do not count.
func before(x, y *tier) int {
	return cmp.Or(cmp.Compare(bits.Len64(x.heat), bits.Len64(y.heat)), cmp.Compare(y.size, x.size))
}

// cool brings the tier's heat up to date: its Acquires since the last time, and a quarter
// of what it was then.
func (t *tier) cool() {
	p := t.pool.Load()
	if p == nil {
		return
	}
	acquired := max(p.Stats().Acquired, t.acquired) // a call in flight may have been counted as a hit, and be a miss
	t.heat = t.heat/4 + acquired - t.acquired
	t.acquired = acquired
}
