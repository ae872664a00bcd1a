package pool_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/plungepool/plunge/pool"
)

// words is a Resetter that is not a pointer.
type words []byte

func (w words) Reset() { clear(w) }

// tally is a struct with a Reset by value.
type tally struct{ n *int }

func (t tally) Reset() { *t.n = 0 }

// counter is an interface that includes Resetter.
type counter interface {
	Reset()
	Count() int
}

type count struct{ n int }

func (c *count) Reset()     { c.n = 0 }
func (c *count) Count() int { return c.n }

// embedding inherits Reset from its embedded field.
type embedding struct {
	*bytes.Buffer
	name string
}

// resets uses an object, releases it, and reports whether Release has reset it.
func resets[T any](t *testing.T, newT func() T, use func(T), clean func(T) bool) bool {
	t.Helper()
	p := newPool(t, pool.Options[T]{New: newT, LocalCache: -1})
	v := p.Acquire()
	use(v)
	p.Release(v)
	got, ok := p.TryAcquire()
	if !ok {
		t.Fatalf("TryAcquire of %T: got none, want the one released", v)
	}
	return clean(got)
}

func TestResetterIsFound(t *testing.T) {
	tests := map[string]bool{
		"pointer": resets(t,
			func() *bytes.Buffer { return new(bytes.Buffer) },
			func(b *bytes.Buffer) { b.WriteString("x") },
			func(b *bytes.Buffer) bool { return b.Len() == 0 }),
		"slice by value": resets(t,
			func() words { return make(words, 1) },
			func(w words) { w[0] = 'x' },
			func(w words) bool { return w[0] == 0 }),
		"struct by value": resets(t,
			func() tally { return tally{new(int)} },
			func(v tally) { *v.n = 1 },
			func(v tally) bool { return *v.n == 0 }),
		"pointer to a Resetter by value": resets(t,
			func() *tally { return &tally{new(int)} },
			func(v *tally) { *v.n = 1 },
			func(v *tally) bool { return *v.n == 0 }),
		"interface": resets(t,
			func() counter { return new(count) },
			func(c counter) { c.(*count).n = 1 },
			func(c counter) bool { return c.Count() == 0 }),
		"embedded": resets(t,
			func() embedding { return embedding{new(bytes.Buffer), "x"} },
			func(e embedding) { e.WriteString("x") },
			func(e embedding) bool { return e.Len() == 0 && e.name == "x" }),
	}
	for name, ok := range tests {
		if !ok {
			t.Errorf("%s: was not reset by Release, want T.Reset called", name)
		}
	}
}

func TestOtherTypesAreNotReset(t *testing.T) {
	tests := map[string]bool{
		"interface without Reset": resets(t,
			func() io.Writer { return new(bytes.Buffer) },
			func(w io.Writer) { io.WriteString(w, "x") },
			func(w io.Writer) bool { return w.(*bytes.Buffer).Len() == 0 }),
		"pointer to an interface value": resets(t,
			func() *counter { c := counter(new(count)); return &c },
			func(c *counter) { (*c).(*count).n = 1 },
			func(c *counter) bool { return (*c).Count() == 0 }),
	}
	for name, reset := range tests {
		if reset {
			t.Errorf("%s: was reset by Release, want it left alone", name)
		}
	}
}

func TestExplicitResetWins(t *testing.T) {
	calls := 0
	p := newPool(t, pool.Options[*count]{
		New:        func() *count { return &count{n: 7} },
		Reset:      func(*count) { calls++ },
		LocalCache: -1,
	})
	p.Release(p.Acquire())
	v, _ := p.TryAcquire()
	if calls != 1 || v.n != 7 {
		t.Errorf("got Options.Reset called %d times and n = %d, want once, and T.Reset never called: 7", calls, v.n)
	}
}

func TestNewTyped(t *testing.T) {
	p, err := pool.NewTyped(func() *count { return new(count) }, 3)
	if err != nil {
		t.Fatalf("NewTyped: got %v, want no error", err)
	}
	if got := p.Cap(); got != 3 {
		t.Errorf("Cap: got %d, want 3", got)
	}
	v := p.Acquire()
	v.n = 5
	p.Release(v)
	if v.n != 0 {
		t.Errorf("n after Release: got %d, want 0", v.n)
	}

	q, err := pool.NewTyped(func() counter { return new(count) }, 0)
	if err != nil {
		t.Fatalf("NewTyped of an interface: got %v, want no error", err)
	}
	w := q.Acquire()
	w.(*count).n = 5
	q.Release(w)
	if got := q.Acquire().Count(); got != 0 {
		t.Errorf("interface: got count %d, want 0", got)
	}

	for name, bad := range map[string]error{
		"nil newT":         second(pool.NewTyped[*count](nil, 3)),
		"negative maxIdle": second(pool.NewTyped(func() *count { return nil }, -3)),
	} {
		if !errors.Is(bad, pool.ErrOptions) {
			t.Errorf("NewTyped with %s: got error %v, want an ErrOptions", name, bad)
		}
	}
}

func second[A, B any](_ A, b B) B { return b }
