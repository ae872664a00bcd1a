package pool_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/plungepool/plunge/pool"
)

func kinds(found []pool.Misuse) string {
	var s []string
	for _, m := range found {
		s = append(s, m.Kind.String())
	}
	return strings.Join(s, ", ")
}

// shapeStep is one call in the life of up to three objects.
type shapeStep[T any] struct {
	what string
	do   func(p *pool.Pool[T], v []T)
	want string // the kinds of misuse reported
}

func testShape[T any](t *testing.T, name string, o pool.Options[T], steps []shapeStep[T]) {
	t.Run(name, func(t *testing.T) {
		var w watch
		o.Check, o.OnMisuse, o.MaxIdleTime = true, w.on, -1
		p := newPool(t, o)
		v := make([]T, 3)
		for i, s := range steps {
			s.do(p, v)
			if got := kinds(w.take()); got != s.want {
				t.Errorf("step %d, %s: got %q reported, want %q", i, s.what, got, s.want)
			}
			st := p.Stats()
			if out := len(p.Holders()); out > st.InUse {
				t.Errorf("step %d, %s: got %d holders, want at most InUse, %d", i, s.what, out, st.InUse)
			}
		}
		if st := p.Stats(); st.InUse != 0 {
			t.Errorf("Stats: got %d in use, want 0", st.InUse)
		}
	})
}

func get[T any](i int) func(p *pool.Pool[T], v []T) {
	return func(p *pool.Pool[T], v []T) { v[i] = p.Acquire() }
}

func put[T any](i int) func(p *pool.Pool[T], v []T) {
	return func(p *pool.Pool[T], v []T) { p.Release(v[i]) }
}

// TestCheckCounts has objects without identity: the pool sees that too many come back, but not which.
func TestCheckCounts(t *testing.T) {
	testShape(t, "int", pool.Options[int]{New: func() int { return 7 }}, counted(8))
	testShape(t, "string", pool.Options[string]{New: func() string { return "x" }}, counted("y"))
	testShape(t, "struct", pool.Options[tally]{New: func() tally { return tally{new(int)} }}, counted(tally{new(int)}))
	testShape(t, "func", pool.Options[func()]{New: func() func() { return func() {} }}, counted(func() {}))
	testShape(t, "pointer to nothing", pool.Options[*struct{}]{New: func() *struct{} { return new(struct{}) }}, counted(new(struct{})))
	testShape(t, "int in an interface", pool.Options[any]{New: func() any { return 1 }}, counted[any](2))
	testShape(t, "nil", pool.Options[*item]{New: func() *item { return nil }}, counted[*item](nil))
}

func counted[T any](foreign T) []shapeStep[T] {
	return []shapeStep[T]{
		{"Acquire", get[T](0), ""},
		{"Acquire", get[T](1), ""},
		{"Release", put[T](0), ""},
		{"another instead", func(p *pool.Pool[T], _ []T) { p.Release(foreign) }, ""},
		{"one too many", put[T](1), "foreign release"},
		{"Borrow", func(p *pool.Pool[T], _ []T) { l := p.Borrow(); l.Release(); l.Release() }, ""},
		{"Lend", func(p *pool.Pool[T], _ []T) { l := p.Lend(p.Acquire()); l.Discard() }, ""},
		{"Lend twice", func(p *pool.Pool[T], _ []T) {
			v := p.Acquire()
			l, m := p.Lend(v), p.Lend(v)
			l.Release()
			m.Discard()
		}, "foreign release"},
	}
}

func TestCheckSlices(t *testing.T) {
	type step = shapeStep[[]byte]
	o := pool.Options[[]byte]{New: func() []byte { return make([]byte, 8) }}
	get, put := get[[]byte], put[[]byte]
	grow := func(p *pool.Pool[[]byte], v []byte) { p.Release(append(v[:cap(v)], 1)) }
	collect := func(*pool.Pool[[]byte], [][]byte) { clobber(); runtime.GC(); runtime.GC() }
	testShape(t, "identity", o, []step{
		{"Acquire", get(0), ""},
		{"Acquire", get(1), ""},
		{"Release of the rest", func(p *pool.Pool[[]byte], v [][]byte) { p.Release(v[0][3:]) }, ""},
		{"Release of all", put(0), "double release"},
		{"foreign, of the same size", func(p *pool.Pool[[]byte], _ [][]byte) { p.Release(make([]byte, 8)) }, "foreign release"},
		{"nil for the other", func(p *pool.Pool[[]byte], _ [][]byte) { p.Release(nil) }, ""},
		{"the other after all", put(1), "double release"},
		{"foreign, and larger", func(p *pool.Pool[[]byte], _ [][]byte) { p.Release(make([]byte, 80)) }, "foreign release"},
	})
	testShape(t, "grown", o, []step{
		{"Acquire", get(0), ""},
		{"Acquire", get(1), ""},
		{"Acquire", get(2), ""},
		{"Release, grown", func(p *pool.Pool[[]byte], v [][]byte) { grow(p, v[0]) }, ""},
		{"Release", put(1), ""},
		{"Lend and Release, grown", func(p *pool.Pool[[]byte], v [][]byte) { l := p.Lend(append(v[2], 1)); l.Release() }, ""},
		{"an array left behind", put(2), "double release"},
	})
	testShape(t, "grown from nil", pool.Options[[]byte]{New: func() []byte { return nil }}, []step{
		{"Acquire", get(0), ""},
		{"Release, grown", func(p *pool.Pool[[]byte], v [][]byte) { v[0] = append(v[0], 1); p.Release(v[0]) }, ""},
		{"again", put(0), "double release"},
	})
	testShape(t, "collected", o, []step{
		{"Acquire, grow", func(p *pool.Pool[[]byte], v [][]byte) { v[0] = append(p.Acquire(), 1) }, ""},
		{"collect the array", collect, ""},
		{"Release", put(0), ""},
		{"again", put(0), "double release"},
		{"Borrow and Release", func(p *pool.Pool[[]byte], _ [][]byte) { l := p.Borrow(); l.Release() }, ""},
		{"Borrow, Release", func(p *pool.Pool[[]byte], _ [][]byte) { l := p.Borrow(); p.Release(l.Value()); l.Release() }, "still leased"},
	})

	// A lost slice cannot be told from one that has grown, so it is not reported as a leak.
	var w watch
	o.Check, o.OnMisuse = true, w.on
	p := newPool(t, o)
	leakHere(p)
	clobber()
	eventually(t, "slice collected", func() bool { h := p.Holders(); return len(h) == 1 && h[0].Garbage })
	if found := w.take(); len(found) > 0 {
		t.Errorf("lost slice: got %v, want nothing reported", found)
	}
	if h := p.Holders(); !strings.Contains(h[0].Acquired.String(), "leakHere") {
		t.Errorf("Holders: got %v, want leakHere", h[0].Acquired)
	}
}

// TestCheckSameObjectTwice makes New return the same object each time: it may come back as often as it was handed
// out.
func TestCheckSameObjectTwice(t *testing.T) {
	one := new(item)
	testShape(t, "one", pool.Options[*item]{New: func() *item { return one }}, []shapeStep[*item]{
		{"Acquire", get[*item](0), ""},
		{"Acquire", get[*item](1), ""},
		{"Release", put[*item](0), ""},
		{"Release", put[*item](1), ""},
		{"Release", put[*item](1), "double release"},
	})
}
