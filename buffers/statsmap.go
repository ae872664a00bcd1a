package buffers

import (
	"fmt"
	"log/slog"

	"github.com/plungepool/plunge/internal/flat"
	"github.com/plungepool/plunge/pool"
)

// Total returns the sums over all tiers. MaxIdle is the sum of the tiers' bounds. PeakIdle is the sum of the
// tiers' peaks, which need not have been at the same time.
func (s Stats) Total() pool.Stats {
	sum := pool.Stats{Name: s.Name}
	for _, t := range s.Tiers {
		p := t.Pool
		sum.Acquired += p.Acquired
		sum.Reused += p.Reused
		sum.Created += p.Created
		sum.Warmed += p.Warmed
		sum.Released += p.Released
		sum.Stolen += p.Stolen
		sum.Idle += p.Idle
		sum.InUse += p.InUse
		sum.PeakIdle += p.PeakIdle
		sum.MaxIdle += p.MaxIdle
		sum.Shards += p.Shards
		sum.Discarded = sum.Discarded.Plus(p.Discarded)
	}
	return sum
}

// fields returns the flat form without the tiers.
func (s Stats) fields() flat.Fields {
	sum := s.Total()
	return flat.New(
		"name", s.Name,
		"acquired", sum.Acquired,
		"reused", sum.Reused,
		"created", sum.Created,
		"warmed", sum.Warmed,
		"released", sum.Released,
		"discarded", sum.Discarded.Total(),
		"idle", sum.Idle,
		"in_use", sum.InUse,
		"reuse_ratio", sum.ReuseRatio(),
		"oversized", s.Oversized,
		"oversized_released", s.OversizedReleased,
		"foreign", s.Foreign,
		"retained_bytes", s.RetainedBytes,
		"max_retained_bytes", s.MaxRetainedBytes,
		"slabs", s.Slabs,
		"slab_bytes", s.SlabBytes,
		"requested_bytes", s.RequestedBytes,
		"granted_bytes", s.GrantedBytes,
	)
}

// fields returns the flat form of a tier's counters.
func (t TierStats) fields() flat.Fields {
	p, d := t.Pool, t.Pool.Discarded
	return flat.New(
		"size", t.Size,
		"acquired", p.Acquired,
		"reused", p.Reused,
		"created", p.Created,
		"warmed", p.Warmed,
		"released", p.Released,
		"discarded", d.Total(),
		"discarded_full", d.Full,
		"idle", p.Idle,
		"in_use", p.InUse,
		"max_idle", p.MaxIdle,
		"requested_bytes", t.RequestedBytes,
		"granted_bytes", t.GrantedBytes,
		"gave_way", t.GaveWay,
		"pressed", t.Pressed,
		"slabs", t.Slabs,
		"slab_bytes", t.SlabBytes,
		"reuse_ratio", p.ReuseRatio(),
	)
}

// Map returns the stats as a flat map, for dashboards and expvar.Func. Names are those of the JSON. Sums over
// the tiers are acquired, idle, in_use and so on; the figures of a tier are tier_256_acquired and so on. Values
// are string, uint64, int64, int or float64.
func (s Stats) Map() map[string]any {
	fields := s.fields()
	for _, t := range s.Tiers {
		for _, f := range t.fields()[1:] { // size is in the name
			fields = append(fields, flat.Field{Name: fmt.Sprintf("tier_%d_%s", t.Size, f.Name), Value: f.Value})
		}
	}
	return fields.Map()
}

// Map returns the tier's stats as a flat map, without Requested.
func (t TierStats) Map() map[string]any { return t.fields().Map() }

// String returns one line for people.
func (s Stats) String() string {
	name := s.Name
	if name == "" {
		name = "buffers"
	}
	sum := s.Total()
	limit := "no limit"
	if s.MaxRetainedBytes >= 0 {
		limit = fmt.Sprintf("at most %d", s.MaxRetainedBytes)
	}
	return fmt.Sprintf("%s: %d idle with %d bytes (%s), %d in use, %d acquired (%.1f%% reused), %d released, %d discarded, %d oversized, %d foreign",
		name, sum.Idle, s.RetainedBytes, limit, sum.InUse, sum.Acquired, 100*sum.ReuseRatio(), sum.Released,
		sum.Discarded.Total(), s.Oversized, s.Foreign)
}

// String returns one line for people.
func (t TierStats) String() string {
	p := t.Pool
	p.Name = fmt.Sprintf("%d bytes", t.Size)
	return p.String()
}

// LogValue implements slog.LogValuer with the entries of Map, in order. Each tier that was used is a group.
func (s Stats) LogValue() slog.Value {
	attrs := s.fields().Attrs()
	for _, t := range s.Tiers {
		if t.Pool.Acquired > 0 {
			attrs = append(attrs, slog.Any(fmt.Sprintf("tier_%d", t.Size), t))
		}
	}
	return slog.GroupValue(attrs...)
}

// LogValue implements slog.LogValuer with the entries of Map, in order.
func (t TierStats) LogValue() slog.Value { return t.fields().LogValue() }
