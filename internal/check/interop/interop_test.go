package interop

import (
	"bytes"
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/plungepool/plunge/buffers"
)

// workers is how many goroutines share a pool in each test.
const workers = 8

// times is n, or fifty times that where PLUNGE_INTEROP is full.
func times(n int) int {
	if os.Getenv("PLUNGE_INTEROP") == "full" {
		return 50 * n
	}
	return n
}

// parallel calls f with 0 to n-1 from several goroutines, each of which has a random
// source of its own, until one of them fails.
func parallel(t *testing.T, n int, f func(i int, rnd *rand.Rand) error) {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w)))
			for i := w; i < n && !t.Failed(); i += workers {
				if err := f(i, rnd); err != nil {
					t.Errorf("seed %d, worker %d, %d: %v", seed, w, i, err)
					return
				}
			}
		})
	}
	wg.Wait()
}

// body returns random bytes, 0 to limit of them, short ones as likely as long ones.
func body(rnd *rand.Rand, limit int) []byte {
	n := limit
	for rnd.IntN(2) > 0 {
		n /= 8
	}
	return fill(make([]byte, rnd.IntN(n+1)), rnd)
}

// random is what bodies are cut from. That is faster than making each, by far under the race detector. Two cuts at
// different places differ in nearly every byte.
var random = sync.OnceValue(func() []byte {
	b := make([]byte, 2*maxMessage)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b) // never fails
	return b
})

// fill fills b, of at most maxMessage bytes, with random ones.
func fill(b []byte, rnd *rand.Rand) []byte {
	copy(b, random()[rnd.IntN(maxMessage):])
	return b
}

// soil leaves idle buffers full of ones in every tier, which is what a zeroed buffer
// must not show.
func soil(p *buffers.Pool) {
	ones := bytes.Repeat([]byte{0xff}, 2*maxMessage)
	for _, ts := range p.Stats().Tiers {
		var held [4][]byte
		for i := range held {
			held[i] = p.Acquire(ts.Size)
			copy(held[i], ones)
		}
		for _, b := range held {
			p.Release(b)
		}
	}
}

// settled checks that p handed out at least want buffers since it was soiled, and that each came back once, to its
// own tier. It waits a while for what ends after a call has returned, as a transport's writing does.
func settled(t *testing.T, p *buffers.Pool, want int) {
	t.Helper()
	var s buffers.Stats
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		s = p.Stats()
		if back(s) || time.Now().After(deadline) {
			break
		}
	}
	used := uint64(0)
	for _, ts := range s.Tiers {
		ps := ts.Pool
		used += ps.Acquired
		if ps.Acquired != ps.Released || ps.InUse != 0 {
			t.Errorf("tier %d: got %d acquired, %d released, %d in use; want all back", ts.Size, ps.Acquired, ps.Released, ps.InUse)
		}
		if have, total := ps.Created+ps.Warmed, uint64(ps.Idle)+ps.Discarded.Total(); have != total {
			t.Errorf("tier %d: got %d made, %d idle or discarded; want as many", ts.Size, have, total)
		}
	}
	if s.Oversized != s.OversizedReleased {
		t.Errorf("over the largest tier: got %d acquired, %d released; want all back", s.Oversized, s.OversizedReleased)
	}
	if s.Foreign != 0 {
		t.Errorf("Foreign: got %d, want 0", s.Foreign)
	}
	used += s.Oversized
	if soiled := uint64(4 * len(s.Tiers)); used < soiled+uint64(want) {
		t.Errorf("got %d buffers used, want at least %d", used, soiled+uint64(want))
	}
	t.Logf("%d buffers used, %d of them over the largest tier, %d bytes retained", used, s.Oversized, s.RetainedBytes)
}

// back reports that no buffer is in use.
func back(s buffers.Stats) bool {
	for _, ts := range s.Tiers {
		if ts.Pool.Acquired != ts.Pool.Released {
			return false
		}
	}
	return s.Oversized == s.OversizedReleased
}
