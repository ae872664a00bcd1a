package buffers_test

import (
	"bytes"
	"errors"
	"math"
	"math/bits"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/buffers"
)

// TestRequestedSteps: each length is counted where TierStats.Requested says.
func TestRequestedSteps(t *testing.T) {
	for _, o := range []buffers.Options{
		{MinSize: 64, MaxSize: 2048},
		{Sizes: []int{100, 128, 300, 1000, 2048}},
		{Sizes: []int{1, 2, 3, 64}},
	} {
		p := newPool(t, o)
		before := p.Stats().Tiers
		for n := 1; n <= before[len(before)-1].Size; n++ {
			p.Release(p.Acquire(n))
			after := p.Stats().Tiers
			for k, ts := range after {
				for i, got := range ts.Requested {
					low, high := ts.Above+i*ts.Step, min(ts.Above+(i+1)*ts.Step, ts.Size)
					want := before[k].Requested[i]
					if low < n && n <= high {
						want += uint64(n)
					}
					if got != want {
						t.Fatalf("%+v: Acquire(%d): got Requested[%d] of tier %d, %d to %d, %d, want %d", o, n, i, ts.Size, low+1, high, got, want)
					}
				}
			}
			before = after
		}
	}
}

func TestGrantedBytes(t *testing.T) {
	p := newPool(t, buffers.Options{MaxSize: 4096})
	for range 10 {
		p.Release(p.Acquire(1000))
		p.Release(p.Acquire(5000))
	}
	s := p.Stats()
	if s.RequestedBytes != 60000 || s.GrantedBytes != 60240 || s.Tiers[2].GrantedBytes != 10240 {
		t.Errorf("got RequestedBytes %d, GrantedBytes %d, of 1,024 bytes %d, want 60000, 60240, 10240", s.RequestedBytes, s.GrantedBytes, s.Tiers[2].GrantedBytes)
	}
}

// TestOversizedPanics: an Acquire for which make panics has acquired nothing.
func TestOversizedPanics(t *testing.T) {
	if bits.UintSize == 32 {
		t.Skip("there may be 2 GiB")
	}
	p := newPool(t, buffers.Options{})
	if !panics(func() { p.Acquire(math.MaxInt) }) {
		t.Fatal("Acquire(math.MaxInt): no panic")
	}
	if s := p.Stats(); s.Oversized != 0 || s.RequestedBytes != 0 {
		t.Errorf("got Oversized %d, RequestedBytes %d, want 0, 0", s.Oversized, s.RequestedBytes)
	}
}

// TestSlabFitsRoom: a slab has the buffer that is wanted and those that there is room for.
func TestSlabFitsRoom(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // a checked pool has no slabs
	p := newPool(t, buffers.Options{MinSize: 64, MaxIdlePerTier: 3})
	b := p.Acquire(64)
	if s := p.Stats(); s.Slabs != 1 || s.SlabBytes != 4*64 || s.Tiers[0].Pool.Warmed != 3 {
		t.Errorf("got %d slabs of %d bytes, Warmed %d, want 1 of 256, 3", s.Slabs, s.SlabBytes, s.Tiers[0].Pool.Warmed)
	}
	p.Release(b)
}

// TestZeroOfPrefix: a buffer that is released by a prefix is cleared beyond it, too.
func TestZeroOfPrefix(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	p := newPool(t, buffers.Options{Zero: true})
	for _, n := range []int{100, 100000} {
		for range 100 {
			b := p.Acquire(n)
			whole := b[:cap(b)]
			if i := bytes.IndexByte(whole, 1); i >= 0 {
				t.Fatalf("Acquire(%d): byte %d is not zero", n, i)
			}
			for i := range whole {
				whole[i] = 1
			}
			p.Release(b[:3])
		}
	}
}

func TestPruneSparesTheYoung(t *testing.T) {
	p := newPool(t, buffers.Options{MaxIdleTime: -1})
	p.Release(p.Acquire(100000))
	if got := p.Prune(time.Hour); got != 0 {
		t.Errorf("Prune of an hour: got %d, want 0", got)
	}
	if got := p.Prune(0); got != 1 {
		t.Errorf("Prune(0): got %d, want 1", got)
	}
}

// TestGrowKeepsToTiers: twice the capacity would be more than the largest tier.
func TestGrowKeepsToTiers(t *testing.T) {
	p := newPool(t, buffers.Options{Sizes: []int{1000, 3000, 4096}})
	b := p.Grow(p.Acquire(3000), 500)
	if s := p.Stats(); cap(b) != 4096 || s.Oversized != 0 {
		t.Errorf("3,000 bytes grown by 500: got cap %d, Oversized %d, want 4096, 0", cap(b), s.Oversized)
	}
	if b = p.Grow(b, 1097); cap(b) != 8192 {
		t.Errorf("3,000 bytes grown by 1,097: got cap %d, want twice 4096", cap(b))
	}
	p.Release(b)
	conserved(t, p, 0)
}

// TestBufferSlidesLittle: the Buffer grows if sliding would free less than half. Otherwise each few bytes written
// would move all of it.
func TestBufferSlidesLittle(t *testing.T) {
	p := newPool(t, buffers.Options{})
	b := p.NewBuffer(256)
	defer b.Release()
	_, _ = b.Write(text[:256])
	_ = b.Next(10)
	_, _ = b.Write(text[256:261])
	if b.Cap() != 512 || !bytes.Equal(b.Bytes(), text[10:261]) {
		t.Errorf("after 10 of 256 bytes read and 5 written: got Cap %d, %q, want 512, %q", b.Cap(), b.Bytes(), text[10:261])
	}
	_ = b.Next(200)
	_, _ = b.Write(text[:400])
	if b.Cap() != 1024 {
		t.Errorf("51 bytes and 400 more: got Cap %d, want 1024", b.Cap())
	}
	_ = b.Next(b.Len() - 10)
	_, _ = b.Write(text[:502])
	if b.Cap() != 1024 || b.Len() != 512 {
		t.Errorf("10 bytes and 502 more: got Cap %d, Len %d, want them slid down, 1024, 512", b.Cap(), b.Len())
	}
}

// TestBufferAtTheEdge: bytes written up to and over the end of the memory are in memory of the pool, by whatever kind
// of write.
func TestBufferAtTheEdge(t *testing.T) {
	for name, write := range map[string]func(b *buffers.Buffer, n int){
		"Write":       func(b *buffers.Buffer, n int) { b.Write(bytes.Repeat([]byte("x"), n)) },
		"WriteString": func(b *buffers.Buffer, n int) { b.WriteString(strings.Repeat("x", n)) },
		"WriteByte": func(b *buffers.Buffer, n int) {
			for range n {
				b.WriteByte('x')
			}
		},
	} {
		for over := -1; over <= 2; over++ {
			p := newPool(t, buffers.Options{MinSize: 64, MaxSize: 128})
			b := p.NewBuffer(64)
			write(b, 60)
			write(b, 4+over)
			if want := strings.Repeat("x", 64+over); b.String() != want {
				t.Errorf("%s to %d of 64 bytes: got %q", name, 64+over, b.String())
			}
			b.Release()
			conserved(t, p, 0)
			want := uint64(0)
			if over > 0 {
				want = 1
			}
			if got := p.Stats().Tiers[1].Pool.Released; got != want {
				t.Errorf("%s to %d of 64 bytes: got %d buffers of 128 released, want %d", name, 64+over, got, want)
			}
		}
	}
}

// TestBufferTooLarge: make panics for a length that does not overflow, and Grow panics as bytes.Buffer does.
func TestBufferTooLarge(t *testing.T) {
	if bits.UintSize == 32 {
		t.Skip("there is no such length that there might not be memory for")
	}
	p := newPool(t, buffers.Options{})
	b := p.NewBuffer(0)
	defer b.Release()
	_, _ = b.WriteString("kept")
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, bytes.ErrTooLarge) || b.String() != "kept" {
			t.Errorf("Grow(math.MaxInt / 4): got panic %v, %q, want bytes.ErrTooLarge, kept", err, b.String())
		}
	}()
	b.Grow(math.MaxInt / 4)
}

// TestSuggestFewest: one tier would waste 22 %, two 4 %.
func TestSuggestFewest(t *testing.T) {
	p := newPool(t, buffers.Options{})
	for range 100 {
		p.Release(p.Acquire(600))
		p.Release(p.Acquire(1000))
	}
	s := p.Stats()
	if got := s.SuggestTiers(0.25); len(got) != 1 {
		t.Errorf("SuggestTiers(0.25): got %v, want one", got)
	}
	if got := s.SuggestTiers(0.2); len(got) != 2 {
		t.Errorf("SuggestTiers(0.2): got %v, want two", got)
	}
}
