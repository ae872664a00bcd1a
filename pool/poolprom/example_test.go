package poolprom_test

import (
	"bytes"
	"fmt"
	"net/http/httptest"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/poolprom"
)

func ExampleNewCollector() {
	bodies := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:  func() *bytes.Buffer { return new(bytes.Buffer) },
		Name: "bodies",
	}))
	defer bodies.Close()
	bodies.Release(bodies.Acquire())
	bodies.Release(bodies.Acquire())

	registry := prometheus.NewRegistry()
	registry.MustRegister(poolprom.NewCollector())
	handler := promhttp.HandlerFor(registry, promhttp.HandlerOpts{}) // http.Handle("/metrics", handler)

	response := httptest.NewRecorder()
	handler.ServeHTTP(response, httptest.NewRequest("GET", "/metrics", nil))
	for line := range strings.Lines(response.Body.String()) {
		if strings.HasPrefix(line, "pool_acquires_total") {
			fmt.Print(line)
		}
	}
	// Output:
	// pool_acquires_total{kind="pool",pool="bodies",result="hit"} 1
	// pool_acquires_total{kind="pool",pool="bodies",result="miss"} 1
}
