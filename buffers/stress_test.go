package buffers_test

import (
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/buffers"
)

func stressTime() time.Duration {
	d, err := time.ParseDuration(os.Getenv("PLUNGE_STRESS"))
	if err != nil {
		return 300 * time.Millisecond
	}
	return d
}

// TestStress: 8 goroutines write patterns over the whole capacity of what they hold, and find them there when they
// release it, resliced. Meanwhile others clear, prune and read the statistics, which never exceed a bound. At rest
// every count is exact.
func TestStress(t *testing.T) {
	for name, o := range map[string]buffers.Options{
		"default": {},
		"tight":   {MinSize: 64, MaxSize: 8192, MaxRetainedBytes: 40000},
		"tiny":    {MinSize: 64, MaxSize: 8192, MaxRetainedBytes: 100},
		"few":     {MaxSize: 8192, MaxIdlePerTier: 3, MaxRetainedBytes: -1},
		"sizes":   {Sizes: []int{10, 100, 700, 5000, 8200}, Zero: true},
		"expiry":  {MaxSize: 8192, MaxIdleTime: 2 * time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) { stress(t, o) })
	}
}

func stress(t *testing.T, o buffers.Options) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	p := newPool(t, o)
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	var stop atomic.Bool
	var workers, others sync.WaitGroup
	start := make(chan struct{})
	for g := range uint64(8) {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(seed, g))
			type own struct {
				b    []byte
				mark byte
			}
			var held []own
			<-start
			for !stop.Load() && !t.Failed() {
				if len(held) < r.IntN(40) {
					b := p.Acquire(r.IntN(1 << r.IntN(15)))
					mark := byte(r.Uint32())
					whole := b[:cap(b)]
					for i := range whole {
						whole[i] = mark
					}
					held = append(held, own{b, mark})
					continue
				}
				if len(held) == 0 {
					continue
				}
				i := r.IntN(len(held))
				h := held[i]
				held[i] = held[len(held)-1]
				held = held[:len(held)-1]
				for i, c := range h.b[:cap(h.b)] {
					if c != h.mark {
						t.Errorf("byte %d of a held buffer of %d: got %d, want %d", i, cap(h.b), c, h.mark)
						return
					}
				}
				p.Release(h.b[:r.IntN(cap(h.b)+1)])
			}
			for _, h := range held {
				p.Release(h.b)
			}
		})
	}
	others.Go(func() {
		for i := 0; !stop.Load(); i++ {
			bounded(t, p, o)
			switch i % 50 {
			case 7:
				p.Clear()
			case 30:
				p.Prune(time.Millisecond)
			}
			time.Sleep(200 * time.Microsecond)
		}
	})
	close(start)
	time.Sleep(stressTime() / 3)
	stop.Store(true)
	workers.Wait()
	others.Wait()
	bounded(t, p, o)
	if o.MaxIdleTime > 0 { // or a tick of expiry might yet take buffers out while we count
		p.Clear()
	}
	settle(p)
	conserved(t, p, 0)
}

// settle waits until no tick of expiry is between taking buffers out and counting them. If nothing is idle, that tick
// is the last.
func settle(p *buffers.Pool) {
	busy := func() bool {
		for _, ts := range p.Stats().Tiers {
			if ts.Pool.InUse > 0 {
				return true
			}
		}
		return false
	}
	for end := time.Now().Add(10 * time.Second); busy() && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
}

// bounded checks the bounds of a snapshot.
func bounded(t *testing.T, p *buffers.Pool, o buffers.Options) {
	t.Helper()
	s := p.Stats()
	if s.MaxRetainedBytes >= 0 && s.RetainedBytes > s.MaxRetainedBytes {
		t.Errorf("RetainedBytes: got %d, want at most %d", s.RetainedBytes, s.MaxRetainedBytes)
	}
	room := int64(0)
	for _, ts := range s.Tiers {
		room += int64(ts.Pool.MaxIdle) * int64(ts.Size)
		if ts.Pool.Idle > ts.Pool.MaxIdle || o.MaxIdlePerTier > 0 && ts.Pool.Idle > o.MaxIdlePerTier {
			t.Errorf("tier %d: got %d idle, want at most %d and %d", ts.Size, ts.Pool.Idle, ts.Pool.MaxIdle, o.MaxIdlePerTier)
		}
	}
	if s.MaxRetainedBytes >= 0 && room > s.MaxRetainedBytes {
		t.Errorf("the tiers' room: got %d, want at most %d", room, s.MaxRetainedBytes)
	}
}
