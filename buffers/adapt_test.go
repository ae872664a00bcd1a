package buffers_test

import (
	"bytes"
	"strings"
	"testing"
	"unsafe"

	"github.com/plungepool/plunge/buffers"
)

// The interfaces that the adapters are for, as their packages have them.
var (
	_ interface {
		Get() []byte
		Put([]byte)
	} = (*buffers.HTTPPool)(nil)
	_ interface {
		Get(length int) *[]byte
		Put(*[]byte)
	} = (*buffers.GRPCPool)(nil)
	_ interface {
		Allocate(size int) []byte
		Reallocate(size int, b []byte) []byte
		Free(b []byte)
	} = (*buffers.ArrowPool)(nil)
	_ interface {
		Get() any
		Put(any)
	} = (*buffers.AnyPool)(nil)
)

// dirty leaves an idle buffer of each size full of ones.
func dirty(p *buffers.Pool, sizes ...int) {
	for _, n := range sizes {
		b := p.Acquire(n)
		b = b[:cap(b)]
		for i := range b {
			b[i] = 1
		}
		p.Release(b)
	}
}

func TestHTTP(t *testing.T) {
	p := newPool(t, buffers.Options{})
	h := p.HTTP(32 << 10)
	b := h.Get()
	if len(b) != 32<<10 {
		t.Errorf("Get: got len %d, want %d", len(b), 32<<10)
	}
	h.Put(b)
	conserved(t, p, 0)
	if !panics(func() { p.HTTP(-1) }) {
		t.Error("HTTP(-1): no panic")
	}
}

func TestGRPC(t *testing.T) {
	p := newPool(t, buffers.Options{})
	g := p.GRPC()
	for _, n := range []int{0, 1, 257, 4096, 100000, 4 << 20} {
		dirty(p, n)
		b := g.Get(n)
		whole := (*b)[:cap(*b)]
		if i := bytes.IndexByte(whole, 1); len(*b) != n || i >= 0 {
			t.Errorf("Get(%d): got len %d, and byte %d of %d is not zero; want zeros", n, len(*b), i, cap(*b))
		}
		*b = (*b)[:n/2] // a prefix
		g.Put(b)
	}
	g.Put(nil)
	dirty(p, 100000)
	b := g.Dirty().Get(100000)
	if (*b)[0] != 1 && !buffers.Guard().Enabled && !p.Checked() {
		t.Error("Dirty().Get: got zeroed memory, want it as it was left")
	}
	g.Put(b)
	conserved(t, p, 0)
}

// A second Put panics, and one box is never in the pool twice.
func TestGRPCSecondPut(t *testing.T) {
	p := newPool(t, buffers.Options{})
	for name, g := range map[string]*buffers.GRPCPool{"GRPC": p.GRPC(), "Dirty": p.GRPC().Dirty()} {
		for _, n := range []int{0, 1000, 2 << 20} {
			a := g.Get(n)
			g.Put(a)
			if *a != nil {
				t.Errorf("%s: Get(%d) after Put: got %d bytes, want nil", name, n, len(*a))
			}
			func() {
				defer func() {
					if s, _ := recover().(string); !strings.HasPrefix(s, "buffers: second Put") {
						t.Errorf("%s: second Put of Get(%d): got panic %q, want one about it", name, n, s)
					}
				}()
				g.Put(a)
			}()
			x, y := g.Get(n), g.Get(n)
			if x == y || unsafe.SliceData(*x) == unsafe.SliceData(*y) {
				t.Errorf("%s: two Gets of %d after two Puts: got one buffer", name, n)
			}
			g.Put(x)
			if *y == nil {
				t.Errorf("%s: Put of another buffer took this one", name)
			}
			g.Put(y)
		}
	}
	conserved(t, p, 0)
}

func TestArrow(t *testing.T) {
	for _, o := range []buffers.Options{{MinSize: 64}, {MinSize: 1, MaxSize: 4096}, {MinSize: 1, MaxSize: 16}, {Sizes: []int{100, 250, 1000, 70000}}} {
		p := newPool(t, o)
		a := p.Arrow()
		for n := 0; n < 100000; n += n/3 + 1 {
			dirty(p, n, 3*n/2)
			other := a.Allocate(n) // one at least of two small neighbors is not aligned
			b := a.Allocate(n)
			if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))); at%64 != 0 || len(b) != n || bytes.IndexByte(b, 1) >= 0 {
				t.Fatalf("Allocate(%d): got len %d at %#x, want zeros at a multiple of 64", n, len(b), at)
			}
			for i := range b {
				b[i] = 2
			}
			for _, m := range []int{n + 1, 3 * n, n, n / 10} {
				have := len(b)
				b = a.Reallocate(m, b)
				if at := uintptr(unsafe.Pointer(unsafe.SliceData(b))); at%64 != 0 || len(b) != m {
					t.Fatalf("Reallocate(%d): got len %d at %#x", m, len(b), at)
				}
				for i, c := range b {
					if want := byte(2); i >= have && c != 0 || i < have && c != want {
						t.Fatalf("Reallocate(%d) of %d bytes: byte %d is %d", m, have, i, c)
					}
				}
				for i := range b {
					b[i] = 2
				}
			}
			a.Free(b)
			a.Free(other)
		}
		for _, n := range o.Sizes { // the capacity that Release knows a tier by
			a.Free(a.Allocate(n))
		}
		conserved(t, p, 0)
		if s := p.Stats(); s.Foreign != 0 || s.Oversized != s.OversizedReleased {
			t.Errorf("%+v: got Foreign %d, Oversized %d, OversizedReleased %d, want 0 and as many", o, s.Foreign, s.Oversized, s.OversizedReleased)
		}
		if !panics(func() { a.Allocate(-1) }) {
			t.Error("Allocate(-1): no panic")
		}
	}
}

func TestAny(t *testing.T) {
	f, err := buffers.NewFixed(4096, 3)
	if err != nil {
		t.Fatal(err)
	}
	a := f.Any()
	if got := a.Get(); got != nil {
		t.Errorf("Get of an empty pool: got %v, want nil", got)
	}
	type private struct{ b []byte } // as gorilla/websocket's
	a.Put(private{make([]byte, 10)})
	a.Put(nil)
	if got, ok := f.Any().Get().(private); !ok || len(got.b) != 10 {
		t.Errorf("Get: got %v, want what was put", got)
	}
	for range 10 {
		a.Put(private{})
	}
	if got := a.Stats().Idle; got > 3 {
		t.Errorf("Idle: got %d, want at most maxIdle, 3", got)
	}
}
