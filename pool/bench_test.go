//go:build !race

// Benchmarks say nothing under the race detector, and these types take long to compile.

package pool_test

import (
	"sync"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// Each benchmark is a workload, each sub-benchmark an implementation; compare
// them in one run with benchstat -col /impl. An operation is one object acquired
// and released. The flag -cpu sets the number of Ps.

type payload struct{ data [64]byte }

func (p *payload) Reset() { clear(p.data[:8]) }

func newPayload() *payload { return new(payload) }

// warmPool is a pool that has n idle objects for each of its users.
func warmPool(b *testing.B, n int, o pool.Options[*payload]) *pool.Pool[*payload] {
	o.New = newPayload
	if o.Reset == nil {
		o.Reset = func(*payload) {}
	}
	p := newPool(b, o)
	fill(p, n)
	return p
}

// plainPool is a pool without hooks of a type that has none.
func plainPool(b *testing.B, n int) *pool.Pool[*[64]byte] {
	p := newPool(b, pool.Options[*[64]byte]{New: func() *[64]byte { return new([64]byte) }})
	fill(p, n)
	return p
}

func syncPool(n int) *sync.Pool {
	p := &sync.Pool{New: func() any { return new([64]byte) }}
	for range n {
		p.Put(new([64]byte))
	}
	return p
}

func BenchmarkPoolPair(b *testing.B) {
	b.Run("impl=plunge/workload=pair", func(b *testing.B) {
		p := plainPool(b, 8)
		b.ReportAllocs()
		for b.Loop() {
			v := p.Acquire()
			v[0]++
			p.Release(v)
		}
	})
	b.Run("impl=sync.Pool/workload=pair", func(b *testing.B) {
		p := syncPool(8)
		b.ReportAllocs()
		for b.Loop() {
			v := p.Get().(*[64]byte)
			v[0]++
			p.Put(v)
		}
	})
}

func BenchmarkPoolParallel(b *testing.B) {
	b.Run("impl=plunge/workload=parallel", func(b *testing.B) {
		p := plainPool(b, 64)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				v := p.Acquire()
				v[0]++
				p.Release(v)
			}
		})
	})
	b.Run("impl=sync.Pool/workload=parallel", func(b *testing.B) {
		p := syncPool(64)
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				v := p.Get().(*[64]byte)
				v[0]++
				p.Put(v)
			}
		})
	})
}

// BenchmarkPoolBurst holds 64 objects at a time. b.N counts objects.
func BenchmarkPoolBurst(b *testing.B) {
	const size = 64
	b.Run("impl=plunge/workload=burst/size=64", func(b *testing.B) {
		p := plainPool(b, 2*size)
		var held [size]*[64]byte
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i += size {
			for j := range held {
				held[j] = p.Acquire()
			}
			for _, v := range held {
				p.Release(v)
			}
		}
	})
	b.Run("impl=sync.Pool/workload=burst/size=64", func(b *testing.B) {
		p := syncPool(2 * size)
		var held [size]*[64]byte
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i += size {
			for j := range held {
				held[j] = p.Get().(*[64]byte)
			}
			for _, v := range held {
				p.Put(v)
			}
		}
	})
}

// BenchmarkPoolBatch holds 64 objects, too, by AcquireN and ReleaseN. b.N counts objects.
func BenchmarkPoolBatch(b *testing.B) {
	const size = 64
	b.Run("impl=plunge/workload=batch/size=64", func(b *testing.B) {
		p := plainPool(b, 2*size)
		held := make([]*[64]byte, size)
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i += size {
			p.AcquireN(held)
			p.ReleaseN(held)
		}
	})
	b.Run("impl=sync.Pool/workload=batch/size=64", func(b *testing.B) {
		p := syncPool(2 * size)
		held := make([]*[64]byte, size)
		b.ReportAllocs()
		b.ResetTimer()
		for i := 0; i < b.N; i += size {
			for j := range held {
				held[j] = p.Get().(*[64]byte)
			}
			for _, v := range held {
				p.Put(v)
			}
		}
	})
}

func BenchmarkPoolReset(b *testing.B) {
	b.Run("impl=plunge/workload=reset", func(b *testing.B) {
		p := warmPool(b, 8, pool.Options[*payload]{Reset: func(v *payload) { clear(v.data[:8]) }})
		b.ReportAllocs()
		for b.Loop() {
			v := p.Acquire()
			v.data[0]++
			p.Release(v)
		}
	})
	b.Run("impl=plunge/workload=reset-destroy", func(b *testing.B) {
		p := warmPool(b, 8, pool.Options[*payload]{
			Reset:   func(v *payload) { clear(v.data[:8]) },
			Destroy: func(*payload) {},
		})
		b.ReportAllocs()
		for b.Loop() {
			p.Release(p.Acquire())
		}
	})
	b.Run("impl=plunge-typed/workload=reset", func(b *testing.B) {
		p := pool.Must(pool.NewTyped(newPayload, 0))
		b.ReportAllocs()
		for b.Loop() {
			v := p.Acquire()
			v.data[0]++
			p.Release(v)
		}
	})
	b.Run("impl=sync.Pool/workload=reset", func(b *testing.B) {
		p := &sync.Pool{New: func() any { return newPayload() }}
		b.ReportAllocs()
		for b.Loop() {
			v := p.Get().(*payload)
			v.data[0]++
			v.Reset() // inlined
			p.Put(v)
		}
	})
}

func BenchmarkPoolLease(b *testing.B) {
	b.Run("impl=plunge/workload=lease", func(b *testing.B) {
		p := plainPool(b, 8)
		borrow := func() {
			l := p.Borrow()
			defer l.Release()
			l.Value()[0]++
		}
		b.ReportAllocs()
		for b.Loop() {
			borrow()
		}
	})
	b.Run("impl=sync.Pool/workload=lease", func(b *testing.B) {
		p := syncPool(8)
		borrow := func() {
			v := p.Get().(*[64]byte)
			defer p.Put(v)
			v[0]++
		}
		b.ReportAllocs()
		for b.Loop() {
			borrow()
		}
	})
}

// BenchmarkPoolValidate has a Validate hook, called by every Acquire.
func BenchmarkPoolValidate(b *testing.B) {
	b.Run("impl=plunge/workload=validate", func(b *testing.B) {
		p := warmPool(b, 8, pool.Options[*payload]{Validate: func(v *payload) bool { return v.data[0] < 255 }})
		b.ReportAllocs()
		for b.Loop() {
			p.Release(p.Acquire())
		}
	})
}

// BenchmarkPoolWatched records acquired objects: none, a sample, practically none, or all of them in a checked pool.
func BenchmarkPoolWatched(b *testing.B) {
	for name, o := range map[string]pool.Options[*payload]{
		"impl=plunge/workload=pair":           {},
		"impl=plunge-sampled/workload=pair":   {SampleHeld: 1000},
		"impl=plunge-unsampled/workload=pair": {SampleHeld: 1 << 30},
		"impl=plunge-checked/workload=pair":   {Check: true},
	} {
		b.Run(name, func(b *testing.B) {
			p := warmPool(b, 8, o)
			b.ReportAllocs()
			for b.Loop() {
				p.Release(p.Acquire())
			}
		})
	}
}

// BenchmarkPoolClear is one Clear of 256 idle objects, made idle untimed.
func BenchmarkPoolClear(b *testing.B) {
	b.Run("impl=plunge/workload=clear/size=256", func(b *testing.B) {
		p := plainPool(b, 256)
		held := make([]*[64]byte, 256)
		b.ReportAllocs()
		for b.Loop() {
			b.StopTimer()
			p.AcquireN(held)
			p.ReleaseN(held)
			b.StartTimer()
			p.Clear()
		}
	})
}

// Elements by value: up to 24 bytes a hit needs no pinning, see package shard.
func BenchmarkValue(b *testing.B) {
	b.Run("impl=plunge/workload=pair/size=24", func(b *testing.B) { benchValue[[24]byte](b) })
	b.Run("impl=plunge/workload=pair/size=128", func(b *testing.B) { benchValue[[16]uint64](b) })
	b.Run("impl=plunge/workload=pair/size=1024", func(b *testing.B) { benchValue[[128]uint64](b) })
}

func benchValue[T any](b *testing.B) {
	p := pool.Must(pool.New(pool.Options[T]{New: func() (v T) { return v }}))
	p.Release(p.Acquire())
	b.ReportAllocs()
	for b.Loop() {
		p.Release(p.Acquire())
	}
}
