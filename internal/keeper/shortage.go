package keeper

import (
	"math"
	"runtime"
	"runtime/metrics"
	"sync"

	"github.com/plungepool/plunge/shard"
)

// Shortage tells pools that memory is short: after each collection at whose end it is. All of them share a grace period. It
// holds them weakly.
//
// It learns of collections by a sentinel: an object that nobody refers to, whose finalizer runs after the
// collection that finds it and makes the next. While there are no pools there is none. It has no cleanup
// (runtime.AddCleanup): those wait with the P that found them, and are not run while GOMAXPROCS is lower than
// its number (Go 1.26 and 1.27, runtime.cleanupQueue), so that the chain would break.
type Shortage struct {
	mu    sync.Mutex
	pools []func() Pool // nil once the pool is collected
	armed bool          // there is a sentinel
}

// Short is the Shortage of the process.
var Short Shortage

// Join has the pool that find returns told, as long as it is not collected.
func (s *Shortage) Join(find func() Pool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pools = append(s.pools, find)
	s.arm()
}

// arm makes a sentinel. mu is held.
func (s *Shortage) arm() {
	if s.armed || len(s.pools) == 0 {
		return
	}
	s.armed = true
	type sentinel struct{ s *Shortage }
	runtime.SetFinalizer(&sentinel{s}, func(x *sentinel) { x.s.collected() })
}

// collected is called after a collection.
func (s *Shortage) collected() {
	s.mu.Lock()
	s.armed = false
	var alive []Pool
	kept := s.pools[:0]
	for _, find := range s.pools {
		if p := find(); p != nil {
			alive = append(alive, p)
			kept = append(kept, find)
		}
	}
	clear(s.pools[len(kept):])
	s.pools = kept
	s.arm()
	s.mu.Unlock()
	if memoryShort() {
		relieve(alive)
	}
}

// relieve has pools drop half of what is idle, with what Ps have to themselves.
func relieve(pools []Pool) {
	var lanes []shard.Gatherer
	for _, p := range pools {
		if g := p.Lanes(); g != nil {
			lanes = append(lanes, g)
		}
	}
	shard.Gather(lanes...)
	for _, p := range pools {
		p.Relieve()
	}
}

// memoryShort reports that the memory which the runtime's limit (GOMEMLIMIT,
// debug.SetMemoryLimit) is about is within a tenth of the limit.
func memoryShort() bool {
	samples := []metrics.Sample{
		{Name: "/gc/gomemlimit:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	for _, s := range samples {
		if s.Value.Kind() != metrics.KindUint64 {
			return false
		}
	}
	limit, total, released := samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
	return limit < math.MaxInt64 && total-released >= limit-limit/10
}
