//go:build !plunge_portable && !plunge_explore

package grace

import "testing"

// The runtime's own count must show a stop of the world for every barrier, with
// either call.
func TestBarrierStopsTheWorld(t *testing.T) {
	for _, c := range []struct {
		name string
		call func()
	}{{"barrier", barrier}, {"stack", stack}, {"readMemStats", readMemStats}} {
		before, ok := stopCount()
		if !ok {
			t.Skip("the runtime does not count its stops")
		}
		c.call()
		if after, _ := stopCount(); after == before {
			t.Errorf("%s did not stop the world", c.name)
		}
	}
}
