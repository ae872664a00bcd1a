package poolotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/plungepool/plunge/internal/metrics"
)

// Register makes m export all named pools of the process, until the registration is unregistered. Pools that are
// created later are included. Pools that are closed or garbage are left out. Register keeps no pool alive.
//
// Call it once for each MeterProvider: a second registration would add the same figures once more. If the meter
// returns an error, Register returns it and registers nothing.
func Register(m metric.Meter) (metric.Registration, error) {
	var instruments []metric.Observable
	for _, d := range metrics.Metrics {
		i, err := instrument(m, d)
		if err != nil {
			return nil, err
		}
		instruments = append(instruments, i)
	}
	return m.RegisterCallback(func(_ context.Context, o metric.Observer) error {
		for _, p := range metrics.Read() {
			attributes := []attribute.KeyValue{attribute.String("pool.name", p.Pool), attribute.String("pool.kind", p.Kind)}
			if label := metrics.Metrics[p.Metric].Label; label != "" {
				attributes = append(attributes, attribute.String("pool."+label, p.Value))
			}
			with := metric.WithAttributes(attributes...)
			switch i := instruments[p.Metric].(type) {
			case metric.Float64Observable:
				o.ObserveFloat64(i, p.Exact, with)
			case metric.Int64Observable:
				o.ObserveInt64(i, p.N, with)
			}
		}
		return nil
	}, instruments...)
}

// instrument makes the instrument of d.
func instrument(m metric.Meter, d metrics.Metric) (metric.Observable, error) {
	help, unit := metric.WithDescription(d.Help), metric.WithUnit(d.Unit)
	if d.Unit == metrics.Seconds {
		if d.Type == metrics.Counter {
			return m.Float64ObservableCounter(d.OTel, help, unit)
		}
		return m.Float64ObservableGauge(d.OTel, help, unit)
	}
	switch d.Type {
	case metrics.Counter:
		return m.Int64ObservableCounter(d.OTel, help, unit)
	case metrics.Sum:
		return m.Int64ObservableUpDownCounter(d.OTel, help, unit)
	default:
		return m.Int64ObservableGauge(d.OTel, help, unit)
	}
}
