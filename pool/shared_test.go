package pool_test

import (
	"runtime"
	"sync"
	"testing"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// The process-wide pools live as long as the process. A test that needs a new one uses a type of its own. The others
// share the examples' types, because each type of map takes seconds to compile. With -count a test gets the same pools
// again.

// Each function returns the pool of its type, and always the same. TestProcessWideIdentity has more.
func TestProcessWideTypes(t *testing.T) {
	slices, maps, sets := pool.Slices[string](100), pool.Maps[string, int](100), pool.Sets[string](100)
	if slices != pool.Slices[string](1) || maps != pool.Maps[string, int](1) || sets != pool.Sets[string](1) {
		t.Error("got two pools for one type, want one")
	}
	got := [3]string{slices.Stats().Name, maps.Stats().Name, sets.Stats().Name}
	if want := [3]string{"slices of string", "map[string]int", "map[string]struct {}"}; got != want {
		t.Errorf("names: got %q, want %q", got, want)
	}
}

func TestProcessWideFirstUseAtOnce(t *testing.T) {
	type e int
	var wg sync.WaitGroup
	got := make([]*pool.Pool[*[]e], 16)
	start := make(chan struct{})
	for i := range got {
		wg.Go(func() {
			<-start
			got[i] = pool.Slices[e](100 + i)
		})
	}
	close(start)
	wg.Wait()
	for _, p := range got {
		if p != got[0] || p == nil {
			t.Fatal("16 first calls at once: got different pools, want one")
		}
	}
}

func TestSlicesAreEmptied(t *testing.T) {
	type e *item
	p := pool.Slices[e](4)
	p.Clear()
	s := p.Acquire()
	if len(*s) != 0 {
		t.Errorf("new slice: got length %d, want 0", len(*s))
	}
	var gone, beyond weak.Pointer[item]
	func() {
		v, w := new(item), new(item)
		gone, beyond = weak.Make(v), weak.Make(w)
		*s = append(*s, e(v), e(w))
		*s = (*s)[:1] // w is above the length
	}()
	p.Release(s)
	if len(*s) != 0 || cap(*s) < 2 {
		t.Errorf("released slice: got length %d and capacity %d, want 0 and the capacity kept", len(*s), cap(*s))
	}
	for i, v := range (*s)[:cap(*s)] {
		if v != nil {
			t.Errorf("released slice: element %d: got a reference, want it cleared", i)
		}
	}
	eventually(t, "elements collected", func() bool { return gone.Value() == nil && beyond.Value() == nil })
	runtime.KeepAlive(s)
}

func TestSliceBound(t *testing.T) {
	withoutCheck(t)
	type e struct{ _ byte }
	const most = 1 << 20
	p := pool.Slices[e](8)
	for _, test := range []struct {
		name     string
		s        *[]e
		retained bool
	}{
		{"nil pointer", nil, false},
		{"nil slice", new([]e), true},
		{"1Mi elements", ptr(make([]e, most)), true},
		{"1Mi + 1 elements", ptr(make([]e, most+1)), false},
		{"1Mi + 1 elements, 1 used", ptr(make([]e, 1, most+1)), false},
	} {
		p.Clear()
		rejected := p.Stats().Discarded.Rejected
		p.Release(test.s)
		if got := p.Len() == 1; got != test.retained {
			t.Errorf("%s: retained: got %v, want %v", test.name, got, test.retained)
		}
		if got := p.Stats().Discarded.Rejected-rejected == 0; got != test.retained {
			t.Errorf("%s: not counted as Rejected: got %v, want %v", test.name, got, test.retained)
		}
	}
}

func ptr[T any](v T) *T { return &v }

func TestMapsAreEmptied(t *testing.T) {
	type k struct{ p *item }
	p := pool.Maps[k, *item](4)
	p.Clear()
	m := p.Acquire()
	if m == nil || len(m) != 0 {
		t.Fatalf("new map: got %v, want an empty one", m)
	}
	var key, value weak.Pointer[item]
	func() {
		v, w := new(item), new(item)
		key, value = weak.Make(v), weak.Make(w)
		m[k{v}] = w
	}()
	p.Release(m)
	if len(m) != 0 {
		t.Errorf("released map: got %d entries, want 0", len(m))
	}
	eventually(t, "key and value collected", func() bool { return key.Value() == nil && value.Value() == nil })
	runtime.KeepAlive(m)
}

func TestBorrowFromProcessWide(t *testing.T) {
	slices, maps, sets := pool.Slices[string](0), pool.Maps[string, int](0), pool.Sets[string](0)
	inUse := func() [3]int { return [3]int{slices.Stats().InUse, maps.Stats().InUse, sets.Stats().InUse} }
	s, m, set := pool.BorrowSlice[string](), pool.BorrowMap[string, int](), pool.BorrowSet[string]()
	if got, want := inUse(), [3]int{1, 1, 1}; got != want {
		t.Errorf("InUse with one of each borrowed: got %v, want %v", got, want)
	}
	*s.Value() = append(*s.Value(), "1")
	m.Value()["1"] = 1
	set.Value()["1"] = struct{}{}
	s.Release()
	m.Release()
	set.Release()
	if got, want := inUse(), [3]int{}; got != want {
		t.Errorf("InUse after Release: got %v, want %v", got, want)
	}
	s, m, set = pool.BorrowSlice[string](), pool.BorrowMap[string, int](), pool.BorrowSet[string]()
	if len(*s.Value()) != 0 || len(m.Value()) != 0 || len(set.Value()) != 0 {
		t.Errorf("borrowed again: got lengths %d, %d and %d, want 0", len(*s.Value()), len(m.Value()), len(set.Value()))
	}
	s.Discard()
	m.Discard()
	set.Discard()
}

func TestProcessWideConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for i := range 500 {
				m := pool.BorrowMap[string, int]()
				if len(m.Value()) != 0 {
					t.Errorf("borrowed map: got %d entries, want 0", len(m.Value()))
				}
				m.Value()[string(rune('a'+g))] = i
				m.Release()
			}
		})
	}
	wg.Wait()
}
