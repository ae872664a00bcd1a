package buffers_test

import (
	"bytes"
	"errors"
	"math/bits"
	"strings"
	"testing"

	"github.com/plungepool/plunge/buffers"
)

func panics(f func()) (panicked bool) {
	defer func() { panicked = recover() != nil }()
	f()
	return false
}

func TestAcquire(t *testing.T) {
	pools := map[string]buffers.Options{
		"powers": {MinSize: 64, MaxSize: 4096},
		"sizes":  {Sizes: []int{100, 128, 300, 1000, 4096}},
		"one":    {Sizes: []int{1, 2, 3}},
		"zero":   {MinSize: 64, MaxSize: 4096, Zero: true},
	}
	for name, o := range pools {
		p := newPool(t, o)
		tiers := o.Sizes
		for size := o.MinSize; o.Sizes == nil && size <= o.MaxSize; size *= 2 {
			tiers = append(tiers, size)
		}
		for round := range 2 {
			for n := range 5000 {
				want := n // over the largest tier: exact
				for i := len(tiers) - 1; i >= 0 && n <= tiers[i]; i-- {
					want = tiers[i]
				}
				b := p.Acquire(n)
				if len(b) != n || cap(b) != want {
					t.Fatalf("%s, round %d: Acquire(%d): got len %d, cap %d, want cap %d", name, round, n, len(b), cap(b), want)
				}
				p.Release(b[:n/2])
			}
		}
		s := p.Stats()
		over := max(0, 4999-tiers[len(tiers)-1])
		if s.Oversized != uint64(2*over) || s.OversizedReleased != s.Oversized || s.Foreign != 0 {
			t.Errorf("%s: got Oversized %d, OversizedReleased %d, Foreign %d, want %d, the same, 0", name, s.Oversized, s.OversizedReleased, s.Foreign, 2*over)
		}
		if want := uint64(2 * 5000 * 4999 / 2); s.RequestedBytes != want {
			t.Errorf("%s: RequestedBytes: got %d, want %d", name, s.RequestedBytes, want)
		}
		conserved(t, p, 0)
	}
}

// conserved checks the statistics of p, while held buffers of its tiers are out.
func conserved(t *testing.T, p *buffers.Pool, held int) {
	t.Helper()
	s := p.Stats()
	inUse, retained, granted := 0, int64(0), uint64(0)
	for _, ts := range s.Tiers {
		ps := ts.Pool
		if got, want := ps.Created+ps.Warmed, uint64(ps.InUse+ps.Idle)+ps.Discarded.Total(); got != want {
			t.Errorf("tier %d: Created + Warmed: got %d, want %d: %+v", ts.Size, got, want, ps)
		}
		if got, want := ps.Acquired-ps.Released, uint64(ps.InUse); got != want {
			t.Errorf("tier %d: Acquired - Released: got %d, want InUse, %d", ts.Size, got, want)
		}
		inUse += ps.InUse
		retained += int64(ps.Idle) * int64(ts.Size)
		granted += ts.GrantedBytes
		if ts.RequestedBytes > ts.GrantedBytes {
			t.Errorf("tier %d: RequestedBytes: got %d, want at most GrantedBytes, %d", ts.Size, ts.RequestedBytes, ts.GrantedBytes)
		}
	}
	if inUse != held || s.RetainedBytes != retained || s.GrantedBytes < granted {
		t.Errorf("got InUse %d, RetainedBytes %d, GrantedBytes %d, want %d, %d, at least %d", inUse, s.RetainedBytes, s.GrantedBytes, held, retained, granted)
	}
}

func TestRelease(t *testing.T) {
	p := newPool(t, buffers.Options{NoCheck: true}) // a part is released
	b := p.Acquire(100000)                          // one of no slab, or others would be idle, too
	p.Release(b[:0])                                // a prefix is the whole
	if c := p.Acquire(1 << 17); &c[0] != &b[0] && !buffers.Guard().Enabled {
		t.Error("Acquire after the Release of a prefix: got another buffer, want the same")
	}
	p.Release(b[1:])             // a suffix
	p.Release(make([]byte, 999)) // foreign
	p.Release(nil)
	p.Release([]byte{})
	p.Release(make([]byte, 2<<20))
	if s := p.Stats(); s.Foreign != 2 || s.OversizedReleased != 1 || s.Tiers[9].Pool.Released != 1 {
		t.Errorf("got Foreign %d, OversizedReleased %d, Released %d, want 2, 1, 1", s.Foreign, s.OversizedReleased, s.Tiers[9].Pool.Released)
	}
	for _, n := range []int{-1, -1 << (bits.UintSize - 1)} {
		if !panics(func() { p.Acquire(n) }) || !panics(func() { p.AcquireZeroed(n) }) || !panics(func() { p.Grow(nil, n) }) {
			t.Errorf("Acquire, AcquireZeroed, Grow of %d: no panic", n)
		}
	}
	var none *buffers.Pool
	if !panics(func() { none.Acquire(1) }) || !panics(func() { none.Release(nil) }) {
		t.Error("a nil Pool: no panic")
	}
}

func TestAppendCannotCross(t *testing.T) {
	p := newPool(t, buffers.Options{MinSize: 64})
	var held [][]byte
	for range 200 {
		b := p.Acquire(64)
		clear(b)
		held = append(held, b)
	}
	for _, b := range held {
		_ = append(b, bytes.Repeat([]byte{1}, 64)...)
	}
	for i, b := range held {
		if bytes.IndexByte(b, 1) >= 0 {
			t.Fatalf("buffer %d: an append to another has changed it", i)
		}
	}
}

func TestGrow(t *testing.T) {
	p := newPool(t, buffers.Options{MaxSize: 4096})
	var b, want []byte
	for i := range 3000 {
		n := i % 7
		b = p.Grow(b, n)
		for j := range n {
			b = append(b, byte(i+j))
			want = append(want, byte(i+j))
		}
		if !bytes.Equal(b, want) {
			t.Fatalf("after %d steps the contents differ", i)
		}
	}
	if s := p.Stats(); s.Oversized > 3 {
		t.Errorf("growing from 4 KiB to 9 KiB: got %d buffers over the largest tier, want 3 at most", s.Oversized)
	}
	p.Release(b)
	conserved(t, p, 0)
}

func TestZero(t *testing.T) {
	p := newPool(t, buffers.Options{Zero: true})
	for _, n := range []int{0, 1, 256, 1000, 65536} {
		for range 100 {
			b := p.Acquire(n)
			if i := bytes.IndexFunc(b[:cap(b)], func(r rune) bool { return r != 0 }); i >= 0 {
				t.Fatalf("Acquire(%d): byte %d is not zero", n, i)
			}
			for i := range b[:cap(b)] {
				b[:cap(b)][i] = 0xee
			}
			p.Release(b)
		}
	}
	p = newPool(t, buffers.Options{})
	for range 100 {
		b := p.AcquireZeroed(900)
		for i := range b {
			if b[i] != 0 {
				t.Fatalf("AcquireZeroed: byte %d is %d, want 0", i, b[i])
			}
			b[i] = 1
		}
		p.Release(b)
	}
}

func TestClearPruneClose(t *testing.T) {
	p := newPool(t, buffers.Options{})
	b := p.Acquire(100000)
	p.Release(b)
	if got := p.Clear(); got != 1 {
		t.Errorf("Clear: got %d, want 1", got)
	}
	c := p.Acquire(100000)
	if &c[0] == &b[0] {
		t.Error("Acquire after Clear: got the buffer that was idle before")
	}
	p.Release(c)
	if got := p.Prune(0); got != 1 {
		t.Errorf("Prune(0): got %d, want 1", got)
	}
	p.Release(p.Acquire(100000))
	for range 2 {
		if err := p.Close(); err != nil {
			t.Errorf("Close: got %v, want nil", err)
		}
	}
	p.Release(p.Acquire(5))
	if s := p.Stats(); s.RetainedBytes != 0 || p.Clear() != 0 {
		t.Errorf("RetainedBytes after Close: got %d, want 0", s.RetainedBytes)
	}
}

func TestOptionsErrors(t *testing.T) {
	for _, c := range []struct {
		o     buffers.Options
		field string
	}{
		{buffers.Options{MinSize: 100}, "MinSize is 100"},
		{buffers.Options{MinSize: -256}, "MinSize is -256"},
		{buffers.Options{MaxSize: 3}, "MaxSize is 3"},
		{buffers.Options{MinSize: 4096, MaxSize: 1024}, "MinSize is 4096"},
		{buffers.Options{MaxIdlePerTier: -1}, "MaxIdlePerTier is -1"},
		{buffers.Options{MaxIdlePerTier: 1 << 30}, "MaxIdlePerTier is 1073741824"},
		{buffers.Options{Shards: -2}, "Shards is -2"},
		{buffers.Options{Shards: 1 << 20}, "Shards is 1048576"},
		{buffers.Options{Sizes: []int{}}, "Sizes is []"},
		{buffers.Options{Sizes: []int{5, 5}}, "Sizes[1] is 5"},
		{buffers.Options{Sizes: []int{0}}, "Sizes[0] is 0"},
		{buffers.Options{Sizes: []int{64}, MinSize: 64}, "Sizes is [64]"},
	} {
		p, err := buffers.New(c.o)
		if p != nil || !errors.Is(err, buffers.ErrOptions) || !strings.Contains(err.Error(), c.field) {
			t.Errorf("New(%+v): got %v, want ErrOptions with %q", c.o, err, c.field)
		}
		if !panics(func() { buffers.Must(p, err) }) {
			t.Errorf("Must(%v): no panic", err)
		}
	}
	for _, c := range [][2]int{{0, 1}, {-1, 1}, {1<<40>>(64-bits.UintSize) | 1<<30 + 1, 0}, {1, -1}, {1, 1 << 30}} {
		if _, err := buffers.NewFixed(c[0], c[1]); !errors.Is(err, buffers.ErrOptions) {
			t.Errorf("NewFixed(%d, %d): got %v, want ErrOptions", c[0], c[1], err)
		}
	}
}

func TestFixed(t *testing.T) {
	p, err := buffers.NewFixed(1500, 100)
	if err != nil {
		t.Fatal(err)
	}
	b := p.Acquire()
	if len(b) != 1500 || cap(b) != 1500 || p.Size() != 1500 {
		t.Errorf("Acquire: got len %d, cap %d, want Size, 1500", len(b), cap(b))
	}
	p.Release(b[:3])
	p.Release(make([]byte, 1499))
	p.Release(nil)
	l := p.Borrow()
	_ = l.Bytes()
	l.Release()
	l.Release()
	if !panics(func() { l.Bytes() }) {
		t.Error("Bytes after Release: no panic")
	}
	s := p.Stats()
	if p.Foreign() != 1 || s.InUse != 0 || s.Released != 2 || s.Created+s.Warmed != uint64(s.Idle)+s.Discarded.Total() {
		t.Errorf("got Foreign %d and %+v, want 1, 2 Released and nothing in use", p.Foreign(), s)
	}
	p.Clear()
	p.Close()
	if got := p.Stats().Idle; got != 0 {
		t.Errorf("Idle after Close: got %d, want 0", got)
	}
}

func TestLease(t *testing.T) {
	p := newPool(t, buffers.Options{MaxSize: 1024})
	for _, n := range []int{0, 100, 5000} {
		l := p.Borrow(n)
		if len(l.Bytes()) != n {
			t.Errorf("Borrow(%d): got len %d", n, len(l.Bytes()))
		}
		l.Release()
		l.Release()
		if !panics(func() { l.Bytes() }) {
			t.Error("Bytes after Release: no panic")
		}
	}
	conserved(t, p, 0)
}

func TestDefault(t *testing.T) {
	b := buffers.Acquire(10)
	buffers.Release(b)
	if c := buffers.Default().Acquire(20); cap(c) != cap(b) {
		t.Errorf("cap: got %d, want %d", cap(c), cap(b))
	}
}
