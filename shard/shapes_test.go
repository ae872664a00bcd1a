package shard

import (
	"runtime"
	"testing"
	"unsafe"
)

// The functions of a hit are nosplit, and what they need of the stack depends on T:
// the linker refuses to build this test where it is too much, see large.go. So here
// is a T of each kind, of the sizes on both sides of each limit.
func TestShapes(t *testing.T) {
	t.Run("empty", shape[struct{}])
	t.Run("bool", shape[bool])
	t.Run("int32", shape[int32])
	t.Run("float64", shape[float64])
	t.Run("complex128", shape[complex128])
	t.Run("pointer", shape[*int])
	t.Run("map", shape[map[int]int])
	t.Run("chan", shape[chan int])
	t.Run("func", shape[func()])
	t.Run("string", shape[string])
	t.Run("slice", shape[[]byte])
	t.Run("any", shape[any])
	t.Run("error", shape[error])

	// Without pointers; an array of more than one element is no job for registers.
	t.Run("[1]byte", shape[[1]byte])
	t.Run("[3]byte", shape[[3]byte])
	t.Run("[7]byte", shape[[7]byte])
	t.Run("[17]byte", shape[[17]byte])
	t.Run("[24]byte", shape[[24]byte])
	t.Run("[25]byte", shape[[25]byte])
	t.Run("[64]byte", shape[[64]byte])
	t.Run("[65]byte", shape[[65]byte])
	t.Run("[127]byte", shape[[127]byte])
	t.Run("[128]byte", shape[[128]byte])
	t.Run("[129]byte", shape[[129]byte])
	t.Run("[256]byte", shape[[256]byte])
	t.Run("[4096]byte", shape[[4096]byte])
	t.Run("[100000]byte", shape[[100000]byte])

	// With pointers: a barrier a word, or one call for all of them.
	t.Run("[1]*int", shape[[1]*int])
	t.Run("[2]*int", shape[[2]*int])
	t.Run("[3]*int", shape[[3]*int])
	t.Run("[4]*int", shape[[4]*int])
	t.Run("[5]*int", shape[[5]*int])
	t.Run("[8]*int", shape[[8]*int])
	t.Run("[15]*int", shape[[15]*int])
	t.Run("[16]*int", shape[[16]*int])
	t.Run("[17]*int", shape[[17]*int])
	t.Run("[512]*int", shape[[512]*int])
	t.Run("[1]any", shape[[1]any])
	t.Run("[2]any", shape[[2]any])
	t.Run("[8]string", shape[[8]string])
	t.Run("[9]string", shape[[9]string])
	t.Run("struct of 2", shape[struct{ a, b *int }])
	t.Run("struct of 3", shape[struct{ a, b, c *int }])
	t.Run("struct of 4", shape[struct{ a, b, c, d *int }])
	t.Run("struct of 5", shape[struct{ a, b, c, d, e *int }])
	t.Run("small struct of 5", shape[struct {
		p          *int
		a, b, c, d int32
	}])
	t.Run("small struct of 9", shape[struct {
		p                      *int
		a, b, c, d, e, f, g, h int16
	}])
	t.Run("pointer last", shape[struct {
		a [15]byte
		p *int
	}])
	t.Run("pointers in arrays", shape[struct {
		a [1]*int
		b [1][2]*int
	}])
	t.Run("pointers far apart", shape[struct {
		p *int
		a [104]byte
		q *int
	}])
	t.Run("pointers too far apart", shape[struct {
		p *int
		a [112]byte
		q *int
	}])
	t.Run("string and pointer", shape[struct {
		s string
		p *int
	}])
	t.Run("slice and any", shape[struct {
		s []byte
		a any
	}])
	t.Run("blank fields", shape[struct {
		_ int32
		p *int
		_ [8]byte
	}])
	t.Run("generic", shape[magazine[[2]any]])
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
