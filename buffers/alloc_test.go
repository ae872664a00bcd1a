package buffers_test

import (
	"runtime"
	"testing"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/internal/race"
)

// TestHitsDoNotAllocate: leases, Buffers and the adapters included.
func TestHitsDoNotAllocate(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // GRPC's boxes are objects
	if race.Enabled {
		t.Skip("the race detector allocates")
	}
	if buffers.Guard().Enabled {
		t.Skip("so does the guard build")
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := newPool(t, buffers.Options{})
	fixed, err := buffers.NewFixed(4096, 64)
	if err != nil {
		t.Fatal(err)
	}
	h, g, a := p.HTTP(32<<10), p.GRPC(), p.Arrow()
	line := []byte("a line")
	var embedded struct{ b buffers.Buffer }
	for name, f := range map[string]func(){
		"Acquire":       func() { p.Release(p.Acquire(5000)) },
		"AcquireZeroed": func() { p.Release(p.AcquireZeroed(100)) },
		"Acquire(0)":    func() { p.Release(p.Acquire(0)) },
		"Borrow": func() {
			l := p.Borrow(300)
			defer l.Release()
			l.Bytes()[0] = 1
		},
		"Fixed": func() { fixed.Release(fixed.Acquire()) },
		"Fixed.Borrow": func() {
			l := fixed.Borrow()
			defer l.Release()
		},
		"Grow": func() { p.Release(p.Grow(p.Acquire(256), 5000)) },
		"Buffer": func() {
			b := p.NewBuffer(0)
			defer b.Release()
			for range 100 {
				_, _ = b.Write(line)
				_, _ = b.WriteString("and a string")
				_ = b.WriteByte('\n')
			}
			_ = b.Next(50)
		},
		"Buffer, embedded": func() {
			b := &embedded.b
			b.Init(p, 100)
			_, _ = b.Write(line)
			_ = b.Close()
		},
		"HTTP":  func() { h.Put(h.Get()) },
		"GRPC":  func() { g.Put(g.Get(1000)) },
		"Arrow": func() { a.Free(a.Reallocate(5000, a.Allocate(64))) },
	} {
		for range 10 {
			f()
		}
		if got := testing.AllocsPerRun(200, f); got != 0 {
			t.Errorf("%s: got %v allocations, want 0", name, got)
		}
	}
}
