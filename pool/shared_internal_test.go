package pool

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// The process-wide pools live as long as the process. A test that needs a new one uses a type of its own. It asks
// slicesOf and mapsOf, of which Slices, Maps and Sets are conversions: the compiler takes seconds for each type of map.

func TestProcessWideIdentity(t *testing.T) {
	type a int
	type b int
	type none = struct{} // Sets
	if slicesOf[a](10) != slicesOf[a](20) {
		t.Error("Slices: got two pools for one element type, want one")
	}
	if got := slicesOf[a](30).Cap(); got != 10 {
		t.Errorf("Cap: got %d, want the first call's bound, 10", got)
	}
	if got := slicesOf[b](0).Cap(); got%DefaultMaxIdlePerP != 0 || got == 10 {
		t.Errorf("Cap of another type's pool: got %d, want the default", got)
	}
	if mapsOf[a, int](5) != mapsOf[a, int](6) || mapsOf[a, int](7).Cap() != 5 {
		t.Error("Maps: got two pools for one type of map or another bound, want one pool with the first bound")
	}
	if mapsOf[b, int](8).Cap() != 8 || mapsOf[a, string](9).Cap() != 9 {
		t.Error("Maps: got one pool for two types of map, want one for each")
	}
	if mapsOf[a, none](3) != mapsOf[a, none](4) || mapsOf[a, none](4).Cap() != 3 {
		t.Error("Sets: got two pools for one element type or another bound, want one pool with the first bound")
	}
	names := map[string]string{
		slicesOf[a](0).Stats().Name:      "Slices",
		mapsOf[a, int](0).Stats().Name:   "Maps",
		mapsOf[a, none](0).Stats().Name:  "Sets",
		slicesOf[[]int](0).Stats().Name:  "Slices of slices",
		mapsOf[int, a](0).Stats().Name:   "Maps the other way round",
		slicesOf[string](0).Stats().Name: "Slices of strings",
	}
	if _, unnamed := names[""]; unnamed || len(names) != 6 {
		t.Errorf("Names: got %v, want one for each", names)
	}
}

func TestProcessWideBadBound(t *testing.T) {
	type never int
	for name, f := range map[string]func(){
		"Slices": func() { slicesOf[never](-1) },
		"Maps":   func() { mapsOf[never, int](-1) },
		"Sets":   func() { mapsOf[never, struct{}](-1) },
	} {
		func() {
			defer func() {
				message := fmt.Sprint(recover())
				if !strings.HasPrefix(message, "pool: ") || !strings.Contains(message, "MaxIdle is -1") {
					t.Errorf("%s(-1): got a panic with %q, want one of package pool about MaxIdle", name, message)
				}
			}()
			f()
		}()
	}
}

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
