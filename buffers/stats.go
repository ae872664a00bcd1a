package buffers

import (
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/shard"
)

// Stats are a Pool's counters since New and its gauges. They are exact whenever no
// call is in flight. Bounds hold in every snapshot.
type Stats struct {
	Name  string      `json:"name"`
	Tiers []TierStats `json:"tiers"` // ascending

	Oversized         uint64 `json:"oversized"`          // Acquires over the largest tier
	OversizedReleased uint64 `json:"oversized_released"` // Releases over it: dropped
	Foreign           uint64 `json:"foreign"`            // Releases of a capacity that is no tier's: dropped

	RetainedBytes    int64 `json:"retained_bytes"`     // of idle buffers
	MaxRetainedBytes int64 `json:"max_retained_bytes"` // the bound; < 0: none
	Slabs            int64 `json:"slabs"`              // slabs of which a buffer is reachable, idle or in use
	SlabBytes        int64 `json:"slab_bytes"`         // their memory, as of the last garbage collection

	RequestedBytes uint64 `json:"requested_bytes"` // lengths given to Acquire, the oversized included
	GrantedBytes   uint64 `json:"granted_bytes"`   // capacities returned by it
}

// TierStats are the counters of one tier.
type TierStats struct {
	Size int `json:"size"`

	// Created counts buffers created on a miss, and Warmed the other buffers of their slabs. MaxIdle is the
	// tier's bound now. A buffer that is released with another capacity, or never, stays counted by InUse.
	Pool pool.Stats `json:"pool"`

	RequestedBytes uint64 `json:"requested_bytes"` // lengths given to Acquire
	GrantedBytes   uint64 `json:"granted_bytes"`   // Size for each
	GaveWay        uint64 `json:"gave_way"`        // buffers dropped to make room for other tiers; also in Pool.Discarded.Full
	Pressed        uint64 `json:"pressed"`         // buffers dropped because memory was short; also in Pool.Discarded.Pressed
	Slabs          int64  `json:"slabs"`
	SlabBytes      int64  `json:"slab_bytes"`

	// Requested is RequestedBytes by length. Requested[i] is of lengths from Above+i*Step+1 to Above+(i+1)*Step,
	// up to Size.
	Requested [shard.SizeSteps]uint64 `json:"requested"`
	Above     int                     `json:"above"` // the size of the next smaller tier, 0 if there is none
	Step      int                     `json:"step"`
}

// Stats returns a snapshot. It reads the counters of every P, and waits while a Clear, a Prune or a new division
// of MaxRetainedBytes is under way.
func (p *Pool) Stats() Stats {
	if p == nil {
		panic(errNil)
	}
	s := Stats{
		Name:              p.o.Name,
		Tiers:             make([]TierStats, len(p.tiers)),
		Oversized:         p.oversized.Load(),
		OversizedReleased: p.oversizedBack.Load(),
		Foreign:           p.foreign.Load(),
		MaxRetainedBytes:  p.o.MaxRetainedBytes,
		RequestedBytes:    p.oversizedBytes.Load(),
	}
	s.GrantedBytes = s.RequestedBytes
	p.quotas.mu.Lock() // R2
	defer p.quotas.mu.Unlock()
	p.follow()
	for k, t := range p.tiers {
		ts := &s.Tiers[k]
		*ts = TierStats{
			Size:      t.size,
			Pool:      t.stats(),
			GaveWay:   t.gaveWay,
			Slabs:     t.slabs.live.slabs.Load(),
			SlabBytes: t.slabs.live.bytes.Load(),
			Above:     t.low,
			Step:      shard.SizeStep(t.low, t.size),
		}
		if t.pool.Load() != nil {
			for i := range ts.Requested {
				n := t.class.Sum(i)
				ts.Requested[i] = n
				ts.RequestedBytes += n
			}
		}
		ts.Pressed = ts.Pool.Discarded.Pressed
		ts.GrantedBytes = ts.Pool.Acquired * uint64(t.size)
		s.RequestedBytes += ts.RequestedBytes
		s.GrantedBytes += ts.GrantedBytes
		s.RetainedBytes += int64(ts.Pool.Idle) * int64(t.size)
		s.Slabs += ts.Slabs
		s.SlabBytes += ts.SlabBytes
	}
	return s
}
