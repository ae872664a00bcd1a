package poolprom

import (
	"github.com/prometheus/client_golang/prometheus"

	"github.com/plungepool/plunge/internal/metrics"
)

// collector has the descriptions of metrics.Metrics, by index.
type collector struct{ descs []*prometheus.Desc }

// NewCollector returns a collector of all named pools of the process. Pools that are created later are included.
// Pools that are closed or garbage are left out. It keeps no pool alive, needs no closing, and is safe for
// concurrent scrapes.
//
// A registry takes one such collector. MustRegister panics at a second one, or if the program has a metric of its
// own with one of these names. Register the collector by [prometheus.WrapRegistererWithPrefix] to have other names.
func NewCollector() prometheus.Collector {
	c := &collector{}
	for _, m := range metrics.Metrics {
		labels := []string{"pool", "kind"}
		if m.Label != "" {
			labels = append(labels, m.Label)
		}
		c.descs = append(c.descs, prometheus.NewDesc(m.Prom, m.Help, labels, nil))
	}
	return c
}

// Describe implements prometheus.Collector. All names and labels are known before there is a pool. So a registry finds
// a conflict when the collector is registered, where an unchecked collector would fail scrapes later.
func (c *collector) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	for _, p := range metrics.Read() {
		m := metrics.Metrics[p.Metric]
		labels := []string{p.Pool, p.Kind}
		if m.Label != "" {
			labels = append(labels, p.Value)
		}
		kind := prometheus.GaugeValue
		if m.Type == metrics.Counter {
			kind = prometheus.CounterValue
		}
		ch <- prometheus.MustNewConstMetric(c.descs[p.Metric], kind, p.Exact, labels...)
	}
}
