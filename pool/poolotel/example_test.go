package poolotel_test

import (
	"bytes"
	"context"
	"fmt"

	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/poolotel"
)

func ExampleRegister() {
	bodies := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:  func() *bytes.Buffer { return new(bytes.Buffer) },
		Name: "bodies",
	}))
	defer bodies.Close()
	bodies.Release(bodies.Acquire())

	reader := sdk.NewManualReader() // a program has a PeriodicReader with an exporter
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))
	registration, err := poolotel.Register(provider.Meter("example.com/server"))
	if err != nil {
		fmt.Println(err)
		return
	}
	defer registration.Unregister()

	var collected metricdata.ResourceMetrics
	if err := reader.Collect(context.Background(), &collected); err != nil {
		fmt.Println(err)
	}
	for _, m := range collected.ScopeMetrics[0].Metrics {
		if m.Name == "pool.idle.count" {
			point := m.Data.(metricdata.Sum[int64]).DataPoints[0]
			name, _ := point.Attributes.Value("pool.name")
			fmt.Println(m.Name, m.Unit, name.AsString(), point.Value)
		}
	}
	// Output: pool.idle.count {object} bodies 1
}
