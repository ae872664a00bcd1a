package ring_test

import (
	"fmt"
	"runtime"
	"testing"

	"github.com/plungepool/plunge/ring"
)

// Every benchmark measures one push and one pop that succeed. The channels are the standard
// library's nearest thing; comparisons with other queues are in the bench module.

func BenchmarkHandles(b *testing.B) {
	for _, size := range []int{8, 1024} {
		r := ring.NewHandles(size)
		bench(b, "handles", size, 7, r.TryPush, r.TryPop)
		benchChan[uint32](b, size, 7)
	}
}

func BenchmarkRing(b *testing.B) {
	v := new(int)
	for _, size := range []int{8, 1024} {
		r := ring.New[*int](size)
		bench(b, "ring", size, v, r.TryPush, r.TryPop)
		benchChan(b, size, v)
	}
}

func benchChan[T any](b *testing.B, size int, v T) {
	c := make(chan T, size)
	push := func(v T) bool {
		select {
		case c <- v:
			return true
		default:
			return false
		}
	}
	pop := func() (v T, ok bool) {
		select {
		case v = <-c:
			return v, true
		default:
			return v, false
		}
	}
	bench(b, "chan", size, v, push, pop)
}

func bench[T any](b *testing.B, impl string, size int, v T, push func(T) bool, pop func() (T, bool)) {
	pair := func() {
		for !push(v) {
			runtime.Gosched()
		}
		for _, ok := pop(); !ok; _, ok = pop() {
			runtime.Gosched()
		}
	}
	b.Run(fmt.Sprintf("impl=%s/workload=alone/size=%d", impl, size), func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			pair()
		}
	})
	b.Run(fmt.Sprintf("impl=%s/workload=every-P/size=%d", impl, size), func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				pair()
			}
		})
	})
}
