package buffers

import (
	"math"
	"runtime"
	"runtime/metrics"
	"weak"
)

// The collector tells us of its cycles by a sentinel: an object that nobody refers
// to, whose cleanup runs after the cycle that finds it, on a goroutine of the
// runtime's, and makes the next. It has a weak pointer to the pool, and so is the last
// when that is gone. It costs an allocation and some 2 µs a cycle.

type sentinel struct{ pool weak.Pointer[Pool] }

// watch has onCycle called after the next GC cycle.
func (p *Pool) watch() {
	w := weak.Make(p)
	runtime.AddCleanup(&sentinel{w}, func(w weak.Pointer[Pool]) {
		if p := w.Value(); p != nil && !p.closed.Load() {
			p.watch()
			p.onCycle(memoryShort())
		}
	}, w)
}

// onCycle halves what is retained where memory is short.
func (p *Pool) onCycle(short bool) {
	if short {
		p.quotas.mu.Lock()
		defer p.quotas.mu.Unlock()
		p.halve()
	}
}

// memoryShort reports that the memory which the runtime's limit (GOMEMLIMIT,
// debug.SetMemoryLimit) is about is within a tenth of the limit.
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
