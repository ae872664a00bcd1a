package pool_test

import (
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

func sizeOf(b []byte) int64 { return int64(cap(b)) }

// W1: idle objects never take more than MaxIdleBytes. Objects released beyond that count as Full.
func TestMaxIdleBytes(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	destroyed := 0
	p := newPool(t, pool.Options[[]byte]{
		New:          func() []byte { return nil },
		Retain:       func(b []byte) bool { return cap(b) != 7 },
		Destroy:      func([]byte) { destroyed++ },
		Size:         sizeOf,
		MaxIdleBytes: 1000,
	})
	for range 12 {
		p.Release(make([]byte, 100))
	}
	p.Release(make([]byte, 7))
	s := p.Stats()
	if s.Idle != 10 || s.IdleBytes != 1000 || s.Discarded.Full != 2 || s.Discarded.Rejected != 1 || destroyed != 3 {
		t.Errorf("of 12 objects of 100 bytes and one that Retain refuses: %+v, destroyed %d, want 10 idle, 2 full, 1 rejected", s, destroyed)
	}
	p.Acquire()
	if s := p.Stats(); s.IdleBytes != 900 || s.Idle != 9 {
		t.Errorf("after an Acquire: %d idle of %d bytes, want 9 of 900", s.Idle, s.IdleBytes)
	}
	p.Release(make([]byte, 101))
	if s := p.Stats(); s.IdleBytes != 900 || s.Discarded.Full != 3 {
		t.Errorf("101 bytes where there is room for 100: %d bytes idle, %d full, want 900, 3", s.IdleBytes, s.Discarded.Full)
	}
	for name, empty := range map[string]func(){
		"Clear":  func() { p.Clear() },
		"Prune":  func() { p.Prune(0) },
		"Resize": func() { p.Resize(0); p.Resize(100) },
	} {
		p.Release(make([]byte, 50))
		if empty(); p.Stats().IdleBytes != 0 || p.Len() != 0 {
			t.Errorf("after %s: %d idle of %d bytes, want none", name, p.Len(), p.Stats().IdleBytes)
		}
	}
	p.Release(make([]byte, 50))
	p.Close()
	p.Release(make([]byte, 50))
	if s := p.Stats(); s.IdleBytes != 0 || s.Discarded.Closed != 2 {
		t.Errorf("after Close: %d bytes idle, %d closed, want 0, 2", s.IdleBytes, s.Discarded.Closed)
	}
}

// Objects that Warm creates need room, too, and objects that expire give their room back.
func TestMaxIdleBytesWarmAndExpiry(t *testing.T) {
	p := newPool(t, pool.Options[[]byte]{
		New:          func() []byte { return make([]byte, 100) },
		Size:         sizeOf,
		MaxIdleBytes: 250,
		MinIdle:      4,
	})
	if s := p.Stats(); s.Idle != 2 || s.IdleBytes != 200 || s.Discarded.Full != 1 || s.Warmed != 3 {
		t.Errorf("with MinIdle 4 and room for 2: %+v, want 2 idle, 3 made, 1 of them dropped", s)
	}
	p = newPool(t, pool.Options[[]byte]{
		New:          func() []byte { return make([]byte, 100) },
		Size:         sizeOf,
		MaxIdleBytes: 250,
		MaxIdleTime:  50 * time.Millisecond,
	})
	p.Release(p.Acquire())
	for end := time.Now().Add(10 * time.Second); p.Stats().IdleBytes != 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("long after MaxIdleTime: %d idle of %d bytes", p.Len(), p.Stats().IdleBytes)
		}
	}
}

// A Size that panics loses that one object.
func TestSizePanics(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	var bad atomic.Bool
	destroyed := 0
	p := newPool(t, pool.Options[[]byte]{
		New:     func() []byte { return make([]byte, 10) },
		Destroy: func([]byte) { destroyed++ },
		Size: func(b []byte) int64 {
			if bad.Load() {
				panic("bad")
			}
			return int64(cap(b))
		},
		MaxIdleBytes: 1000,
	})
	for _, c := range []struct {
		name string
		call func()
	}{
		{"Release", func() { p.Release(p.Acquire()) }},
		{"Acquire", func() { p.Acquire() }},
		{"Clear", func() { p.Clear() }},
	} {
		p.Clear()
		if c.name != "Release" {
			p.Release(make([]byte, 10))
		}
		before, was := p.Stats(), destroyed
		bad.Store(true)
		if got := panicOf(c.call); got != "bad" {
			t.Errorf("%s with a Size that panics: panicked with %v, want bad", c.name, got)
		}
		bad.Store(false)
		s := p.Stats()
		if s.Discarded.Panicked != before.Discarded.Panicked+1 || destroyed != was+1 || s.Idle != 0 {
			t.Errorf("%s with a Size that panics: %d panicked, %d destroyed, %d idle, want one more of each and none idle",
				c.name, s.Discarded.Panicked-before.Discarded.Panicked, destroyed-was, s.Idle)
		}
	}
}

// Objects that a failed AcquireN puts back count with their size.
func TestMaxIdleBytesPutBack(t *testing.T) {
	made := 0
	p := newPool(t, pool.Options[[]byte]{
		New: func() []byte {
			if made++; made == 4 {
				panic("bad")
			}
			return make([]byte, 100)
		},
		Size:         sizeOf,
		MaxIdleBytes: 1000,
	})
	p.Release(p.Acquire())
	if got := panicOf(func() { p.AcquireN(make([][]byte, 5)) }); got != "bad" {
		t.Fatalf("AcquireN panicked with %v, want bad", got)
	}
	if s := p.Stats(); s.Idle != 3 || s.IdleBytes != 300 {
		t.Errorf("after an AcquireN that failed: %d idle of %d bytes, want 3 of 300", s.Idle, s.IdleBytes)
	}
}

func panicOf(f func()) (p any) {
	defer func() { p = recover() }()
	f()
	return nil
}

// W1 under load: the bound holds in every snapshot. At the end the bytes are those of the idle objects.
func TestMaxIdleBytesStress(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "") // the objects are not the pool's
	const limit = 5000
	var ended atomic.Bool
	sum := int64(0) // what Clear finds in the end
	p := newPool(t, pool.Options[[]byte]{
		New:          func() []byte { return make([]byte, 60) },
		Size:         sizeOf,
		MaxIdleBytes: limit,
		Destroy: func(b []byte) {
			if ended.Load() {
				sum += sizeOf(b)
			}
		},
	})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i := range 8 {
		random := rand.New(rand.NewPCG(uint64(i), 1))
		wg.Go(func() {
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				switch random.IntN(8) {
				case 0:
					vs := make([][]byte, random.IntN(20))
					p.AcquireN(vs)
					p.ReleaseN(vs)
				case 1:
					p.Release(make([]byte, random.IntN(300)))
				case 2:
					if i == 0 && n%50 == 0 {
						p.Clear()
					}
				default:
					p.Release(p.Acquire())
				}
			}
		})
	}
	for end := time.Now().Add(200 * time.Millisecond); time.Now().Before(end); {
		if n := p.Stats().IdleBytes; n < 0 || n > limit {
			t.Errorf("%d bytes idle, want 0 to %d", n, limit)
			break
		}
	}
	close(stop)
	wg.Wait()
	want := p.Stats()
	ended.Store(true)
	if n := p.Clear(); n != want.Idle || sum != want.IdleBytes {
		t.Errorf("Stats had %d idle of %d bytes, but there were %d of %d", want.Idle, want.IdleBytes, n, sum)
	}
	if s := p.Stats(); s.IdleBytes != 0 {
		t.Errorf("%d bytes idle in an empty pool", s.IdleBytes)
	}
}

// An object that checked mode finds changed is dropped and gives its room back.
func TestMaxIdleBytesChecked(t *testing.T) {
	p := newPool(t, pool.Options[*[64]byte]{
		New:          func() *[64]byte { return new([64]byte) },
		Size:         func(*[64]byte) int64 { return 64 },
		MaxIdleBytes: 1000,
		Check:        true,
		Quarantine:   -1,
		Poison:       func(b *[64]byte) { b[0] = 1 },
		OnMisuse:     func(pool.Misuse) {},
	})
	a, b := p.Acquire(), p.Acquire()
	p.Release(a)
	p.Release(b)
	a[5] = 1
	b[5] = 1
	for range 2 {
		p.Acquire()
	}
	if s := p.Stats(); s.IdleBytes != 64*int64(s.Idle) || s.Discarded.Invalid == 0 {
		t.Errorf("%d bytes with %d idle, %d found invalid; want 64 for each idle, some invalid", s.IdleBytes, s.Idle, s.Discarded.Invalid)
	}
}

func TestMaxIdleBytesOptions(t *testing.T) {
	for want, o := range map[string]pool.Options[[]byte]{
		"MaxIdleBytes is -1": {New: func() []byte { return nil }, MaxIdleBytes: -1, Size: sizeOf},
		"set Size":           {New: func() []byte { return nil }, MaxIdleBytes: 1},
	} {
		if _, err := pool.New(o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
}

// When memory is short a pool with Size drops half of its idle objects after each collection, down to MinIdle.
func TestShortage(t *testing.T) {
	made := func() []byte { return make([]byte, 10) }
	sized := newPool(t, pool.Options[[]byte]{New: made, Size: sizeOf, MinIdle: 3})
	plain := newPool(t, pool.Options[[]byte]{New: made})
	for _, p := range []*pool.Pool[[]byte]{sized, plain} {
		vs := make([][]byte, 100)
		p.AcquireN(vs)
		p.ReleaseN(vs)
	}
	runtime.GC()
	time.Sleep(5 * time.Millisecond)
	if got := sized.Len(); got != 100 {
		t.Fatalf("%d idle after a collection with no limit, want 100", got)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 20)) // less than is in use
	for deadline := time.Now().Add(10 * time.Second); sized.Len() > 3; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d idle where memory is short, want 3", sized.Len())
		}
		runtime.GC()
	}
	runtime.GC()
	time.Sleep(5 * time.Millisecond)
	if s := sized.Stats(); s.Idle != 3 || s.Discarded.Pressed != 97 || s.InUse != 0 {
		t.Errorf("in the end: %+v, want 3 idle and 97 pressed", s)
	}
	if got := plain.Len(); got != 100 {
		t.Errorf("%d idle in a pool without Size, want 100", got)
	}
}
