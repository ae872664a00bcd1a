package pool

import (
	"reflect"
	"testing"
)

// A caller that loses the race to create the pool gets the winner's pool.
func TestProcessWideMadeMeanwhile(t *testing.T) {
	type object struct{ _ int }
	t.Cleanup(func() { process.Delete(reflect.TypeFor[*object]()) }) // for -count
	key := reflect.TypeFor[*object]()
	options := func() Options[*object] {
		return Options[*object]{New: func() *object { return new(object) }}
	}
	var first *Pool[*object]
	got := processWide(key, func() Options[*object] {
		first = processWide(key, options)
		return options()
	})
	if got != first {
		t.Error("two first calls got a pool each, want one for both")
	}
	if again := processWide(key, options); again != first {
		t.Error("a later call got another pool than the first")
	}
}

// sliceKeeper keeps one slice if slicePool retains it. A Pool would do the same, but the compiler takes a second for
// each type of slice.
type sliceKeeper[E any] struct {
	pool slicePool[E]
	n    int
}

func (k *sliceKeeper[E]) Clear()   { k.n = 0 }
func (k *sliceKeeper[E]) Len() int { return k.n }

func (k *sliceKeeper[E]) Release(s *[]E) {
	if k.pool.retain(s) {
		k.n = 1
	}
}

// testSliceBytes releases slices of E, of size bytes, of 1 MiB and of one element more.
func testSliceBytes[E any](t *testing.T, size int) {
	var p sliceKeeper[E]
	most := (1 << 20) / size
	for _, c := range []struct{ n, capacity int }{{most, most}, {most, most + 1}, {1, most + 1}, {0, 16 * most}} {
		p.Clear()
		s := make([]E, c.n, c.capacity)
		p.Release(&s)
		if got, want := p.Len() == 1, c.capacity <= most; got != want {
			t.Errorf("%d of %d elements of %d bytes: retained: got %v, want %v", c.n, c.capacity, size, got, want)
		}
	}
}

// The bound is in bytes, whatever the elements are. TestSliceBytesOfPool shows that of a Pool.
func TestSliceBytes(t *testing.T) {
	testSliceBytes[[1]byte](t, 1)
	testSliceBytes[[8]byte](t, 8)
	testSliceBytes[[128]byte](t, 128)
	testSliceBytes[[4096]byte](t, 4096)
	testSliceBytes[[1 << 20]byte](t, 1<<20)
	type large [1<<20 + 1]byte
	var p sliceKeeper[large]
	s := make([]large, 1)
	p.Release(&s)
	if p.Len() != 0 {
		t.Error("one element over 1 MiB: got it retained")
	}
}
