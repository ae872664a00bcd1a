package keeper

import (
	"math"
	"runtime/metrics"

	"github.com/plungepool/plunge/shard"
)

// Short tells pools that memory is short: after each collection at whose end it is. All of them share a grace period.
var Short = Collections[Pool]{Told: relieveIfShort}

func relieveIfShort(pools []Pool) {
	if memoryShort() {
		relieve(pools)
	}
}

// relieve has pools drop half of what is idle, including what Ps have to themselves.
func relieve(pools []Pool) {
	var lanes []shard.Gatherer
	for _, p := range pools {
		if g := p.Lanes(); g != nil {
			lanes = append(lanes, g)
		}
	}
	shard.Gather(lanes...)
	for _, p := range pools {
		p.Relieve()
	}
}

// memoryShort reports that at most a tenth of the runtime's memory limit (GOMEMLIMIT, debug.SetMemoryLimit) is left.
func memoryShort() bool {
	samples := []metrics.Sample{
		{Name: "/gc/gomemlimit:bytes"},
		{Name: "/memory/classes/total:bytes"},
		{Name: "/memory/classes/heap/released:bytes"},
	}
	metrics.Read(samples)
	for _, s := range samples {
		if s.Value.Kind() != metrics.KindUint64 {
			return false
		}
	}
	limit, total, released := samples[0].Value.Uint64(), samples[1].Value.Uint64(), samples[2].Value.Uint64()
	return limit < math.MaxInt64 && total-released >= limit-limit/10
}
