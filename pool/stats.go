package pool

import (
	"fmt"
	"log/slog"
	"runtime"

	"github.com/plungepool/plunge/internal/flat"
	"github.com/plungepool/plunge/shard"
)

// Stats are the counters of a pool since its creation, and its gauges. They are exact when no call is in flight.
// Then, as long as only objects of the pool are released,
//
//	Created + Warmed == InUse + Idle + Discarded.Total()
//
// Counters never decrease. A snapshot that is taken while calls are in flight may contain one half of a call and
// not the other. For example, an object whose Reset has not returned can be counted under Panicked until it
// does.
type Stats struct {
	Name      string   `json:"name"`
	Acquired  uint64   `json:"acquired"`   // objects handed out: Reused + Created
	Reused    uint64   `json:"reused"`     // by Acquire, on a hit
	Created   uint64   `json:"created"`    // by Acquire, on a miss
	Warmed    uint64   `json:"warmed"`     // ahead: for MinIdle, or other buffers of a new slab
	Released  uint64   `json:"released"`   // by Release, pooled or not
	Discarded Discards `json:"discarded"`  // objects dropped, by reason
	Stolen    uint64   `json:"stolen"`     // objects taken from another shard
	Idle      int      `json:"idle"`       // objects in the pool
	InUse     int      `json:"in_use"`     // objects handed out and not yet released
	PeakIdle  int      `json:"peak_idle"`  // the highest Idle that was seen, at most MaxIdle
	MaxIdle   int      `json:"max_idle"`   // the bound on Idle
	IdleBytes int64    `json:"idle_bytes"` // bytes of idle objects, if MaxIdleBytes is set: see also Info.Bytes
	Shards    int      `json:"shards"`     // shards so far, 1 at least; 0 once closed
}

// Discards counts the objects that a pool dropped, each under one reason.
type Discards struct {
	Full     uint64 `json:"full"`     // over MaxIdle, or MaxIdleBytes
	Expired  uint64 `json:"expired"`  // idle for longer than MaxIdleTime, or not needed for so long
	Invalid  uint64 `json:"invalid"`  // Validate said no
	Rejected uint64 `json:"rejected"` // Retain said no
	Broken   uint64 `json:"broken"`   // Lease.Discard
	Panicked uint64 `json:"panicked"` // a hook panicked, or has not returned yet: see Stats
	Cleared  uint64 `json:"cleared"`  // by Clear
	Pruned   uint64 `json:"pruned"`   // by Prune
	Closed   uint64 `json:"closed"`   // by Close, or released after it
	Pressed  uint64 `json:"pressed"`  // because memory was short: see Options.Size
}

// Total returns the sum over all reasons.
func (d Discards) Total() uint64 {
	return d.Full + d.Expired + d.Invalid + d.Rejected + d.Broken + d.Panicked + d.Cleared + d.Pruned + d.Closed + d.Pressed
}

// Plus returns the sums of d and e.
func (d Discards) Plus(e Discards) Discards {
	return Discards{
		Full:     d.Full + e.Full,
		Expired:  d.Expired + e.Expired,
		Invalid:  d.Invalid + e.Invalid,
		Rejected: d.Rejected + e.Rejected,
		Broken:   d.Broken + e.Broken,
		Panicked: d.Panicked + e.Panicked,
		Cleared:  d.Cleared + e.Cleared,
		Pruned:   d.Pruned + e.Pruned,
		Closed:   d.Closed + e.Closed,
		Pressed:  d.Pressed + e.Pressed,
	}
}

// Stats returns a snapshot. It reads the counters of every P. It waits while a Clear, Prune or Close is under
// way, but not for their hooks.
func (p *Pool[T]) Stats() Stats {
	p.use()
	refused, unpooled, warmedIn := p.count.refused.Load(), p.count.unpooled.Load(), p.count.warmedIn.Load()
	c := p.settled()
	s := Stats{
		Name:      p.name,
		Reused:    c.Gets - refused,
		Created:   c.Misses,
		Warmed:    p.count.warmed.Load(),
		Released:  c.Puts - warmedIn + unpooled + c.Lost,
		Discarded: p.count.discards(),
		Stolen:    c.Stolen,
		Idle:      c.Idle,
		PeakIdle:  c.Peak,
		MaxIdle:   p.bag.Cap(),
		Shards:    c.Shards,
	}
	s.Discarded.Panicked += c.Lost
	if p.weights != nil {
		s.IdleBytes = p.weights.bytes.Load()
	}
	s.Acquired = s.Reused + s.Created
	s.InUse = max(0, int(s.Created+s.Warmed-s.Discarded.Total())-s.Idle)
	return s
}

// settled returns the engine's counts. Without Retain and Destroy these count an object as lost while its Reset
// runs. So if more are lost than at the last look, settled looks again a few times and takes the lowest number. An
// object that is really lost is never missing.
func (p *Pool[T]) settled() shard.Counts {
	c := p.bag.Counts()
	for i := 0; i < 8 && c.Lost > p.count.lost.Load(); i++ {
		runtime.Gosched()
		if again := p.bag.Counts(); again.Lost <= c.Lost {
			c = again
		}
	}
	p.count.lost.Store(c.Lost)
	return c
}

// ReuseRatio returns Reused / Acquired, 0 when nothing was acquired.
func (s Stats) ReuseRatio() float64 {
	if s.Acquired == 0 {
		return 0
	}
	return float64(s.Reused) / float64(s.Acquired)
}

// TotalAcquisitions returns Acquired.
func (s Stats) TotalAcquisitions() uint64 { return s.Acquired }

// fields returns the flat form in the order of the struct. The names are the JSON names; those of discards begin
// with discarded_.
func (s Stats) fields() flat.Fields {
	d := s.Discarded
	return flat.New(
		"name", s.Name,
		"acquired", s.Acquired,
		"reused", s.Reused,
		"created", s.Created,
		"warmed", s.Warmed,
		"released", s.Released,
		"discarded", d.Total(),
		"discarded_full", d.Full,
		"discarded_expired", d.Expired,
		"discarded_invalid", d.Invalid,
		"discarded_rejected", d.Rejected,
		"discarded_broken", d.Broken,
		"discarded_panicked", d.Panicked,
		"discarded_cleared", d.Cleared,
		"discarded_pruned", d.Pruned,
		"discarded_closed", d.Closed,
		"discarded_pressed", d.Pressed,
		"stolen", s.Stolen,
		"idle", s.Idle,
		"in_use", s.InUse,
		"peak_idle", s.PeakIdle,
		"max_idle", s.MaxIdle,
		"idle_bytes", s.IdleBytes,
		"shards", s.Shards,
		"reuse_ratio", s.ReuseRatio(),
	)
}

// Map returns the stats as a flat map, for dashboards and expvar.Func. Names are those of the JSON. The discards
// are discarded (the total), discarded_full and so on, and there is reuse_ratio. Values are string, uint64,
// int64, int or float64.
func (s Stats) Map() map[string]any { return s.fields().Map() }

// String returns one line for people.
func (s Stats) String() string {
	name := s.Name
	if name == "" {
		name = "pool"
	}
	return fmt.Sprintf("%s: %d/%d idle, %d in use, %d acquired (%.1f%% reused), %d released, %d discarded",
		name, s.Idle, s.MaxIdle, s.InUse, s.Acquired, 100*s.ReuseRatio(), s.Released, s.Discarded.Total())
}

// LogValue implements slog.LogValuer with the entries of Map, in order.
func (s Stats) LogValue() slog.Value { return s.fields().LogValue() }
