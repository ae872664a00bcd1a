//go:build !plunge_portable && !plunge_explore

package grace

import (
	"runtime"
	"runtime/metrics"
	"sync"
)

// stops is the histogram whose count is the number of times that something
// other than the collector stopped the world.
const stops = "/sched/pauses/total/other:seconds"

// probe decides at first use which call is the barrier. runtime.Stack of all goroutines into no buffer stops and
// starts the world and does nothing else, but that is not documented. If the runtime's own count of stops does not
// show it, the barrier is runtime.ReadMemStats. It is documented to stop the world, and slower: it waits for a
// collection to end.
var probe = sync.OnceValue(func() func() {
	for range 3 {
		before, ok := stopCount()
		stack()
		if after, _ := stopCount(); !ok || after == before {
			return readMemStats
		}
	}
	return stack
})

func barrier() { probe()() }

func stack() { runtime.Stack(nil, true) }

func readMemStats() {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
}

// stopCount returns how often the world was stopped, and false if the runtime does not tell.
func stopCount() (uint64, bool) {
	s := []metrics.Sample{{Name: stops}}
	metrics.Read(s)
	if s[0].Value.Kind() != metrics.KindFloat64Histogram {
		return 0, false
	}
	var n uint64
	for _, c := range s[0].Value.Float64Histogram().Counts {
		n += c
	}
	return n, true
}
