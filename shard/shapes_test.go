package shard

import (
	"runtime"
	"testing"
	"unsafe"
)

// The functions of a hit are nosplit, and how much stack they need depends on T. If that is too much, the linker
// refuses to build this test: see large.go. So here is a T of each kind, of the sizes on both sides of each limit.
func TestShapes(t *testing.T) {
	t.Run("empty", shape[struct{}])
	t.Run("slice", shape[[]byte])
	t.Run("[24]byte", shape[[24]byte])
	t.Run("[128]byte", shape[[128]byte])
	t.Run("[4096]byte", shape[[4096]byte])

	// With pointers: a barrier per word, or one call for all of them.
	t.Run("[3]*int", shape[[3]*int])
	t.Run("[4]*int", shape[[4]*int])
	t.Run("[16]*int", shape[[16]*int])
	t.Run("[17]*int", shape[[17]*int])
	t.Run("struct of 3", shape[struct{ a, b, c *int }])
	t.Run("small struct of 5", shape[struct {
		p          *int
		a, b, c, d int32
	}])
}

// putter and getter have the methods called through wrappers.
type putter[T any] interface {
	Put(T)
	PutN([]T)
	TryPut(T) bool
}

type getter[T any] interface {
	Get() T
	GetN([]T)
	TryGet() (T, bool)
	TryGetN([]T) int
}

// shape moves values of T by every way that there is, while the garbage collector
// is running, so that barriers are taken.
func shape[T any](t *testing.T) {
	procs(t, 2)
	// Prepare is set or not: only without does PutN do anything itself.
	for _, prepare := range []func(T){nil, func(T) {}} {
		b := must(t, Options[T]{Capacity: 64, Policy: Policy[T]{Prepare: prepare}})
		collected := make(chan struct{})
		go func() {
			defer close(collected)
			runtime.GC()
		}()
		vs, embedded := make([]T, 40), struct{ *Bag[T] }{b}
		var p putter[T] = b
		var g getter[T] = embedded
		get, put := b.Get, embedded.Put
		for range max(3, min(300, (1<<21)/(1+len(vs)*int(unsafe.Sizeof(vs[0]))))) {
			b.Put(vs[0])
			p.Put(b.Get())
			put(g.Get())
			p.TryPut(get())
			if v, ok := b.TryGet(); ok {
				b.Put(v)
			}
			if v, ok := g.TryGet(); ok {
				b.TryPut(v)
			}
			b.PutN(vs)
			b.GetN(vs)
			p.PutN(vs)
			g.GetN(vs)
			b.GetN(vs[:1])
		}
		<-collected
		if c, left := b.Counts(), len(b.Close()); c.Gets == 0 || left != c.Idle {
			t.Errorf("counts %+v and %d values left", c, left)
		}
	}
}
