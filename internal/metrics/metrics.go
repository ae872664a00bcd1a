// Package metrics has what the named pools of the process export: which figures, what they are called and what they
// are now. Packages poolprom and poolotel only translate it. They are modules, of which a program may have an older version
// than of this one: what they use here is changed only in ways that leave them working.
package metrics

import (
	"reflect"
	"strings"

	"github.com/plungepool/plunge/internal/registry"
	"github.com/plungepool/plunge/pool"
)

// Type tells how a figure changes, and whether its sum over pools makes sense.
type Type int

const (
	Counter Type = iota // rises as long as the same pools live
	Sum                 // rises and falls
	Gauge               // rises and falls; a sum over pools is not the same figure of them all
)

// Metric is a figure that each pool has once, or once for each value of a label.
type Metric struct {
	Prom  string // its name in Prometheus
	OTel  string // its name in OpenTelemetry
	Unit  string // as OpenTelemetry writes it
	Type  Type
	Label string // result or reason, or "" for none
	Help  string // one sentence

	// values yields the figures of a pool, each with its value of Label.
	values func(p source, yield func(value string, n int64))
}

// source is what a pool tells of itself.
type source struct {
	pool.Info
	sized bool // Bytes is known
}

// Units.
const (
	objects = "{object}"
	shards  = "{shard}"
	bytes   = "By"
)

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
}

// one is the values of a metric without a label.
func one(figure func(pool.Stats) int64) func(source, func(string, int64)) {
	return func(p source, yield func(string, int64)) { yield("", figure(p.Stats)) }
}

// discards yields the discards by reason, for every field that Discards has. The reasons are the names in its JSON.
func discards(p source, yield func(string, int64)) {
	d := reflect.ValueOf(p.Stats.Discarded)
	for i := range d.NumField() {
		yield(d.Type().Field(i).Tag.Get("json"), int64(d.Field(i).Uint()))
	}
}

// Point is the value of a metric for the pools of one name and kind.
type Point struct {
	Metric int    // index in Metrics
	Pool   string // the name, valid UTF-8
	Kind   string // as in pool.Info
	Value  string // of the metric's label; "" if it has none
	N      int64
}

// Read returns what the named pools of the process have now. There is one point for each metric, name, kind and value:
// where several pools have the same name and kind it is the sum of theirs.
func Read() []Point {
	var all []source
	for _, p := range registry.All() {
		s, ok := p.(interface{ Sized() bool }) // whether Bytes is known
		all = append(all, source{Info: p.Info().(pool.Info), sized: ok && s.Sized()})
	}
	return read(all)
}

func read(all []source) []Point {
	var points []Point
	index := map[Point]int{} // of the point that is like this one but for N
	for _, p := range all {
		// Neither system takes other bytes, and one such name would fail all that is exported.
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
				points[i].N += n
			})
		}
	}
	return points
}
