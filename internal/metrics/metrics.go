// Package metrics has what the named pools of the process export: the figures, their names and their present values.
// Packages poolprom and poolotel only translate it. They are modules of their own, and a program may use older
// versions of them with this package. Change what they use here only in ways that leave them working.
package metrics

import (
	"reflect"
	"strings"

	"github.com/plungepool/plunge/internal/registry"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/resource"
)

// Type tells how a figure changes, and whether its sum over pools makes sense.
type Type int

const (
	Counter Type = iota // rises as long as the same pools live
	Sum                 // rises and falls
	Gauge               // rises and falls; a sum over pools makes no sense
)

// Metric is a figure that each pool has once, or once for each value of a label.
type Metric struct {
	Prom  string // its name in Prometheus
	OTel  string // its name in OpenTelemetry
	Unit  string // as OpenTelemetry writes it; if it is Seconds, Point.Exact has fractions
	Type  Type
	Label string // result or reason, or "" for none
	Help  string // one sentence

	// values yields the figures of a pool, each with its value of Label. Those in Seconds are nanoseconds here.
	values func(p source, yield func(value string, n int64))

	// highest: for pools with the same name and kind it is the highest figure, not the sum.
	highest bool
}

// source is what a pool tells of itself.
type source struct {
	pool.Info
	sized   bool            // Bytes is known
	limited *resource.Stats // nil: it is not of package resource
}

// Units.
const (
	objects = "{object}"
	shards  = "{shard}"
	bytes   = "By"
	callers = "{caller}"
	calls   = "{call}"
)

// Seconds is the Unit of times.
const Seconds = "s"

// Metrics are all metrics. Do not change them.
var Metrics = [...]Metric{
	{
		Prom: "pool_acquires_total", OTel: "pool.acquires", Unit: objects, Type: Counter, Label: "result",
		Help: "Objects acquired: idle ones (hit), and those that had to be created (miss).",
		values: func(p source, yield func(string, int64)) {
			yield("hit", int64(p.Stats.Reused))
			yield("miss", int64(p.Stats.Created))
		},
	},
	{
		Prom: "pool_releases_total", OTel: "pool.releases", Unit: objects, Type: Counter,
		Help:   "Objects released, whether they were kept or dropped.",
		values: one(func(s pool.Stats) int64 { return int64(s.Released) }),
	},
	{
		Prom: "pool_warmed_total", OTel: "pool.warmed", Unit: objects, Type: Counter,
		Help:   "Objects created ahead for MinIdle.",
		values: one(func(s pool.Stats) int64 { return int64(s.Warmed) }),
	},
	{
		Prom: "pool_stolen_total", OTel: "pool.stolen", Unit: objects, Type: Counter,
		Help:   "Objects taken from another shard.",
		values: one(func(s pool.Stats) int64 { return int64(s.Stolen) }),
	},
	{
		Prom: "pool_discards_total", OTel: "pool.discards", Unit: objects, Type: Counter, Label: "reason",
		Help:   "Objects dropped, by reason.",
		values: discards,
	},
	{
		Prom: "pool_idle", OTel: "pool.idle.count", Unit: objects, Type: Sum,
		Help:   "Objects in the pool, ready to be acquired.",
		values: one(func(s pool.Stats) int64 { return int64(s.Idle) }),
	},
	{
		Prom: "pool_in_use", OTel: "pool.in_use.count", Unit: objects, Type: Sum,
		Help:   "Objects acquired and not yet released.",
		values: one(func(s pool.Stats) int64 { return int64(s.InUse) }),
	},
	{
		Prom: "pool_max_idle", OTel: "pool.idle.max", Unit: objects, Type: Sum,
		Help:   "Bound on the number of idle objects.",
		values: one(func(s pool.Stats) int64 { return int64(s.MaxIdle) }),
	},
	{
		Prom: "pool_peak_idle", OTel: "pool.idle.peak", Unit: objects, Type: Gauge,
		Help:   "Highest number of idle objects seen since the pool was created.",
		values: one(func(s pool.Stats) int64 { return int64(s.PeakIdle) }),
	},
	{
		Prom: "pool_idle_bytes", OTel: "pool.idle.size", Unit: bytes, Type: Sum,
		Help: "Bytes of the idle objects, of pools that know the sizes of theirs.",
		values: func(p source, yield func(string, int64)) {
			if p.sized {
				yield("", p.Bytes)
			}
		},
	},
	{
		Prom: "pool_shards", OTel: "pool.shard.count", Unit: shards, Type: Sum,
		Help:   "Shards in use so far.",
		values: one(func(s pool.Stats) int64 { return int64(s.Shards) }),
	},

	// Of package resource only.
	{
		Prom: "pool_waits_total", OTel: "pool.waits", Unit: objects, Type: Counter,
		Help:   "Objects acquired after a wait, for one to be released or created, of pools with a limit.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Waited) }),
	},
	{
		Prom: "pool_wait_seconds_total", OTel: "pool.wait.time", Unit: Seconds, Type: Counter,
		Help:   "Time that these waits took, added up.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.WaitTime) }),
	},
	{
		Prom: "pool_longest_wait_seconds", OTel: "pool.wait.longest", Unit: Seconds, Type: Gauge,
		Help:    "Longest of these waits since the pool was created.",
		values:  limited(func(s *resource.Stats) int64 { return int64(s.LongestWait) }),
		highest: true,
	},
	{
		Prom: "pool_waiting", OTel: "pool.waiting.count", Unit: callers, Type: Sum,
		Help:   "Callers that wait for an object, of pools with a limit.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Waiting) }),
	},
	{
		Prom: "pool_acquire_failures_total", OTel: "pool.acquire.failures", Unit: calls, Type: Counter, Label: "reason",
		Help:   "Acquires that ended without an object: at a deadline (timeout), cancelled, or refused by the pool (exhausted).",
		values: acquireFailures,
	},
	{
		Prom: "pool_create_failures_total", OTel: "pool.create.failures", Unit: calls, Type: Counter,
		Help:   "Calls of New that failed, of pools with a limit.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Failed) }),
	},
	{
		Prom: "pool_closes_total", OTel: "pool.closes", Unit: objects, Type: Counter, Label: "reason",
		Help:   "Objects closed, by reason, of pools with a limit.",
		values: closes,
	},
	{
		Prom: "pool_close_failures_total", OTel: "pool.close.failures", Unit: calls, Type: Counter,
		Help:   "Calls of Close that failed, of pools with a limit.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.CloseErrors) }),
	},
	{
		Prom: "pool_hijacks_total", OTel: "pool.hijacks", Unit: objects, Type: Counter,
		Help:   "Objects that left a pool with a limit for good, unclosed.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Hijacked) }),
	},
	{
		Prom: "pool_live", OTel: "pool.live.count", Unit: objects, Type: Sum,
		Help:   "Objects alive, those being created, checked or closed included, of pools with a limit.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Live) }),
	},
	{
		Prom: "pool_limit", OTel: "pool.live.limit", Unit: objects, Type: Sum,
		Help:   "Limit on the number of objects alive.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Max) }),
	},
	{
		Prom: "pool_overdue", OTel: "pool.overdue.count", Unit: objects, Type: Sum,
		Help:   "Objects in a hook that has not returned in time, of pools with a limit.",
		values: limited(func(s *resource.Stats) int64 { return int64(s.Overdue) }),
	},
}

// one is the values of a metric without a label.
func one(figure func(pool.Stats) int64) func(source, func(string, int64)) {
	return func(p source, yield func(string, int64)) { yield("", figure(p.Stats)) }
}

// limited is the values of a metric without a label that only pools of package resource have.
func limited(figure func(*resource.Stats) int64) func(source, func(string, int64)) {
	return func(p source, yield func(string, int64)) {
		if p.limited != nil {
			yield("", figure(p.limited))
		}
	}
}

// acquireFailures yields why Acquires ended without an object. Whether New failed is told by create failures only.
func acquireFailures(p source, yield func(string, int64)) {
	if s := p.limited; s != nil {
		yield("timeout", int64(s.Timeouts-min(s.Timeouts, s.Cancelled))) // two counters, of which one may be behind
		yield("cancelled", int64(s.Cancelled))
		yield("exhausted", int64(s.Exhausted))
	}
}

func discards(p source, yield func(string, int64)) { byReason(p.Stats.Discarded, yield) }

func closes(p source, yield func(string, int64)) {
	if p.limited != nil {
		byReason(p.limited.ClosedBy, yield)
	}
}

// byReason yields every field of a struct of counts, under its name in the JSON.
func byReason(counts any, yield func(string, int64)) {
	c := reflect.ValueOf(counts)
	for i := range c.NumField() {
		yield(c.Type().Field(i).Tag.Get("json"), int64(c.Field(i).Uint()))
	}
}

// Point is the value of a metric for the pools of one name and kind.
type Point struct {
	Metric int    // index in Metrics
	Pool   string // the name, valid UTF-8
	Kind   string // as in pool.Info
	Value  string // of the metric's label; "" if it has none
	N      int64  // whole, also in Seconds: for modules that do not know Exact
	Exact  float64
}

// Read returns what the named pools of the process have now. There is one point for each metric, name, kind and
// value. If several pools have the same name and kind it is their sum, or their longest wait.
func Read() []Point {
	var all []source
	for _, p := range registry.All() {
		var s source
		if l, ok := p.(interface {
			Limited() (pool.Info, resource.Stats)
		}); ok {
			info, stats := l.Limited()
			s = source{Info: info, limited: &stats}
		} else {
			s.Info = p.Info().(pool.Info)
		}
		if p, ok := p.(interface{ Sized() bool }); ok { // whether Bytes is known
			s.sized = p.Sized()
		}
		all = append(all, s)
	}
	return read(all)
}

func read(all []source) []Point {
	var points []Point
	index := map[Point]int{} // of the point that differs from this one in its figure only
	for _, p := range all {
		// Neither system takes other bytes, and one such name would make the whole export fail.
		name := strings.ToValidUTF8(p.Name, "\uFFFD")
		for m := range Metrics {
			Metrics[m].values(p, func(value string, n int64) {
				key := Point{Metric: m, Pool: name, Kind: p.Kind, Value: value}
				i, ok := index[key]
				if !ok {
					i = len(points)
					index[key] = i
					points = append(points, key)
				}
				if Metrics[m].highest {
					points[i].N = max(points[i].N, n)
				} else {
					points[i].N += n
				}
			})
		}
	}
	for i := range points {
		p := &points[i]
		p.Exact = float64(p.N)
		if Metrics[p.Metric].Unit == Seconds {
			p.Exact /= 1e9
			p.N /= 1e9
		}
	}
	return points
}
