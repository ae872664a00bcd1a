package measure

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/plungepool/plunge/bench/internal/work"
)

// memoryOf returns one round of Memory for a case.
func memoryOf(t *testing.T, name string) Result {
	t.Helper()
	c, ok := work.Find(name)
	if !ok {
		t.Fatalf("no workload %s", name)
	}
	r := Memory(context.Background(), c, Options{Rounds: 1, Rand: rand.New(rand.NewPCG(1, 1))})
	if r.Kind != Kept || len(r.Rounds) != 1 {
		t.Fatalf("got kind %v and %d rounds", r.Kind, len(r.Rounds))
	}
	return r
}

// TestMemory checks what pools have after two collections: a sync.Pool has dropped all objects, a slice under a
// mutex none.
func TestMemory(t *testing.T) {
	r := memoryOf(t, "idle/256")
	for _, want := range []struct {
		impl       string
		hits, made float64
		holds      bool
	}{{"mutex", 100, 0, true}, {"sync.Pool", 0, 1000, false}} {
		got := r.Rounds[0][slices.Index(r.Impls, want.impl)].Values
		if math.Abs(got[0]-want.hits) > 1 || math.Abs(got[1]-want.made) > 10 {
			t.Errorf("%s: got %v%% hits and %v made, want %v and %v", want.impl, got[0], got[1], want.hits, want.made)
		}
		if least := 256 * 64 / 1024.0; (got[2] >= least) != want.holds {
			t.Errorf("%s: got %v KiB retained, want over %v: %t", want.impl, got[2], least, want.holds)
		}
		if got[3] <= 0 || got[3] > 100 {
			t.Errorf("%s: got %v%% of the time in collections, of which there are two a burst", want.impl, got[3])
		}
	}
}

// TestMemoryUncounted shows that allocations stand for objects that are not counted.
func TestMemoryUncounted(t *testing.T) {
	r := memoryOf(t, "buffers/4096")
	if got, want := r.Metrics, []Metric{Allocs, Retained, GCCPU}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	// The runtime counts a P's allocations from a span only when the P takes the next span.
	if got := r.Rounds[0][slices.Index(r.Impls, "make")].Values[0]; got < 980 || got > 1100 {
		t.Errorf("make: got %v allocations in 1,000 operations", got)
	}
}
