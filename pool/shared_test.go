package pool_test

import (
	"runtime"
	"sync"
	"testing"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// The process-wide pools live as long as the process. A test that needs a new one uses a type of its own. The others
// share key, because each type of map takes seconds to compile. With -count a test gets the same pools again.
type key int

func TestProcessWideIdentity(t *testing.T) {
	type a int
	type b int
	if pool.Slices[a](10) != pool.Slices[a](20) {
		t.Error("Slices: got two pools for one element type, want one")
	}
	if got := pool.Slices[a](30).Cap(); got != 10 {
		t.Errorf("Cap: got %d, want the first call's bound, 10", got)
	}
	if got := pool.Slices[b](0).Cap(); got%pool.DefaultMaxIdlePerP != 0 || got == 10 {
		t.Errorf("Cap of another type's pool: got %d, want the default", got)
	}
	if pool.Maps[a, int](5) != pool.Maps[a, int](6) || pool.Maps[a, int](7).Cap() != 5 {
		t.Error("Maps: got two pools for one type of map or another bound, want one pool with the first bound")
	}
	if pool.Maps[b, int](8).Cap() != 8 || pool.Maps[a, string](9).Cap() != 9 {
		t.Error("Maps: got one pool for two types of map, want one for each")
	}
	if pool.Sets[a](3) != pool.Sets[a](4) || pool.Sets[a](4).Cap() != 3 {
		t.Error("Sets: got two pools for one element type or another bound, want one pool with the first bound")
	}
	names := map[string]string{
		pool.Slices[a](0).Stats().Name:      "Slices",
		pool.Maps[a, int](0).Stats().Name:   "Maps",
		pool.Sets[a](0).Stats().Name:        "Sets",
		pool.Slices[[]int](0).Stats().Name:  "Slices of slices",
		pool.Maps[int, a](0).Stats().Name:   "Maps the other way round",
		pool.Slices[string](0).Stats().Name: "Slices of strings",
	}
	if _, unnamed := names[""]; unnamed || len(names) != 6 {
		t.Errorf("Names: got %v, want one for each", names)
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

func TestProcessWideBadBound(t *testing.T) {
	type never int
	for name, f := range map[string]func(){
		"Slices": func() { pool.Slices[never](-1) },
		"Maps":   func() { pool.Maps[never, int](-1) },
		"Sets":   func() { pool.Sets[never](-1) },
	} {
		wantPanic(t, name+"(-1)", f, "MaxIdle is -1", "pool: ")
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
	slices, maps, sets := pool.Slices[key](0), pool.Maps[key, int](0), pool.Sets[key](0)
	inUse := func() [3]int { return [3]int{slices.Stats().InUse, maps.Stats().InUse, sets.Stats().InUse} }
	s, m, set := pool.BorrowSlice[key](), pool.BorrowMap[key, int](), pool.BorrowSet[key]()
	if got, want := inUse(), [3]int{1, 1, 1}; got != want {
		t.Errorf("InUse with one of each borrowed: got %v, want %v", got, want)
	}
	*s.Value() = append(*s.Value(), 1)
	m.Value()[1] = 1
	set.Value()[1] = struct{}{}
	s.Release()
	m.Release()
	set.Release()
	if got, want := inUse(), [3]int{}; got != want {
		t.Errorf("InUse after Release: got %v, want %v", got, want)
	}
	s, m, set = pool.BorrowSlice[key](), pool.BorrowMap[key, int](), pool.BorrowSet[key]()
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
				m := pool.BorrowMap[key, int]()
				if len(m.Value()) != 0 {
					t.Errorf("borrowed map: got %d entries, want 0", len(m.Value()))
				}
				m.Value()[key(g)] = i
				m.Release()
			}
		})
	}
	wg.Wait()
}
