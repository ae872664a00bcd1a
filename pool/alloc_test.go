//go:build !race

// The race detector allocates, and these types take long to compile.

package pool_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/pool"
)

// hitAllocs returns the allocations of each way to acquire and release on a
// warm pool.
func hitAllocs[T any](t *testing.T, o pool.Options[T]) map[string]float64 {
	t.Helper()
	p := newPool(t, o)
	fill(p, p.Cap()) // every slot has been in use
	vs := make([]T, 64)
	nothing := func(T) error { return nil }
	return map[string]float64{
		"Acquire": testing.AllocsPerRun(200, func() { p.Release(p.Acquire()) }),
		"TryAcquire": testing.AllocsPerRun(200, func() {
			if v, ok := p.TryAcquire(); ok {
				p.Release(v)
			}
		}),
		"AcquireN": testing.AllocsPerRun(200, func() { p.AcquireN(vs); p.ReleaseN(vs) }),
		"Borrow": testing.AllocsPerRun(200, func() {
			l := p.Borrow()
			defer l.Release()
			_ = l.Value()
		}),
		"Lend": testing.AllocsPerRun(200, func() {
			l := p.Lend(p.Acquire())
			defer l.Release()
		}),
		"Do":    testing.AllocsPerRun(200, func() { _ = p.Do(nothing) }),
		"Stats": testing.AllocsPerRun(200, func() { _ = p.Stats(); _ = p.Len() }),
	}
}

func TestHitsDoNotAllocate(t *testing.T) {
	withoutCheck(t)
	setProcs(t, 1) // as AllocsPerRun does
	type big struct {
		_ [6]int
		_ *int
	}
	yes := func(*item) bool { return true }
	for _, localCache := range []int{0, -1} {
		tests := map[string]map[string]float64{
			"int":     hitAllocs(t, pool.Options[int]{New: newInt, LocalCache: localCache}),
			"pointer": hitAllocs(t, pool.Options[*item]{New: func() *item { return new(item) }, LocalCache: localCache}),
			"slice":   hitAllocs(t, pool.Options[[]byte]{New: func() []byte { return make([]byte, 8) }, LocalCache: localCache}),
			"string":  hitAllocs(t, pool.Options[string]{New: func() string { return "x" }, LocalCache: localCache}),
			"struct":  hitAllocs(t, pool.Options[big]{New: func() big { return big{} }, LocalCache: localCache}),
			"any":     hitAllocs(t, pool.Options[any]{New: func() any { return new(item) }, LocalCache: localCache}),

			"Resetter, pointer":   hitAllocs(t, pool.Options[*bytes.Buffer]{New: func() *bytes.Buffer { return new(bytes.Buffer) }, LocalCache: localCache}),
			"Resetter, slice":     hitAllocs(t, pool.Options[words]{New: func() words { return make(words, 2) }, LocalCache: localCache}),
			"Resetter, struct":    hitAllocs(t, pool.Options[tally]{New: func() tally { return tally{new(int)} }, LocalCache: localCache}),
			"Resetter, interface": hitAllocs(t, pool.Options[counter]{New: func() counter { return new(count) }, LocalCache: localCache}),

			"all hooks": hitAllocs(t, pool.Options[*item]{
				New:        func() *item { return new(item) },
				Reset:      func(*item) {},
				Retain:     yes,
				Validate:   yes,
				Destroy:    func(*item) {},
				LocalCache: localCache,
			}),
		}
		for name, ways := range tests {
			for way, got := range ways {
				if got != 0 {
					t.Errorf("LocalCache %d, %s, %s: got %v allocations a hit, want 0", localCache, name, way, got)
				}
			}
		}
	}
}

func TestNewTypedDoesNotAllocate(t *testing.T) {
	withoutCheck(t)
	p, err := pool.NewTyped(func() words { return make(words, 2) }, 0)
	if err != nil {
		t.Fatal(err)
	}
	fill(p, p.Cap())
	if got := testing.AllocsPerRun(200, func() { p.Release(p.Acquire()) }); got != 0 {
		t.Errorf("got %v allocations a hit, want 0", got)
	}
}

func TestProcessWideDoNotAllocate(t *testing.T) {
	if os.Getenv("PLUNGE_CHECK") != "" {
		t.Skip("other tests may have made these pools, as checked ones")
	}
	withoutCheck(t)
	slices, maps, sets := pool.Slices[string](100), pool.Maps[string, int](100), pool.Sets[string](100)
	fill(slices, slices.Cap())
	fill(maps, maps.Cap())
	fill(sets, sets.Cap())
	// Grow them all, so that their own growth does not count.
	for range 100 {
		s, m, set := slices.Acquire(), maps.Acquire(), sets.Acquire()
		*s = append(*s, "1")
		m["1"], set["1"] = 1, struct{}{}
		slices.Release(s)
		maps.Release(m)
		sets.Release(set)
	}
	tests := map[string]func(){
		"BorrowSlice": func() {
			l := pool.BorrowSlice[string]()
			defer l.Release()
			*l.Value() = append(*l.Value(), "1")
		},
		"BorrowMap": func() {
			l := pool.BorrowMap[string, int]()
			defer l.Release()
			l.Value()["1"] = 1
		},
		"BorrowSet": func() {
			l := pool.BorrowSet[string]()
			defer l.Release()
			l.Value()["1"] = struct{}{}
		},
	}
	for name, f := range tests {
		if got := testing.AllocsPerRun(200, f); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}

func TestHitsInBulkDoNotAllocate(t *testing.T) {
	withoutCheck(t)
	for _, n := range []int{4, 100, 200} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, MaxIdle: 1 << 12})
			fill(p, p.Cap())
			vs := make([]*item, n)
			got := testing.AllocsPerRun(100, func() {
				for i := range vs {
					vs[i] = p.Acquire()
				}
				for _, v := range vs {
					p.Release(v)
				}
			})
			if got != 0 {
				t.Errorf("burst of %d: got %v allocations, want 0", n, got)
			}
		})
	}
}

// A zero pool does not allocate on a hit, like any pool, and takes less than 1 KiB while it is unused.
func TestZeroPoolAllocates(t *testing.T) {
	withoutCheck(t)
	setProcs(t, 1)
	var p pool.Pool[[]byte]
	p.Release(make([]byte, 10))
	if n := testing.AllocsPerRun(200, func() { p.Release(p.Acquire()) }); n != 0 {
		t.Errorf("a hit allocates %v times, want 0", n)
	}
	if n := unsafe.Sizeof(p); n > 1024 {
		t.Errorf("a zero pool takes %d bytes, want at most 1024", n)
	}
}
