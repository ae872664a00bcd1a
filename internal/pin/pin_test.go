package pin

import (
	"runtime"
	"sync"
	"testing"

	"github.com/plungepool/plunge/internal/race"
)

// In the default build plain memory indexed by Pin's number is exclusive.
func TestPinIsExclusive(t *testing.T) {
	if !Exclusive {
		t.Skip("the portable build promises no exclusion")
	}
	if race.Enabled {
		t.Skip("plain memory shared by goroutines on one P, on purpose")
	}
	procs := runtime.GOMAXPROCS(0)
	type count struct {
		n int
		_ [120]byte
	}
	counts := make([]count, procs)
	const goroutines, rounds = 8, 20000
	var wg sync.WaitGroup
	for range goroutines {
		wg.Go(func() {
			for range rounds {
				id := Pin()
				counts[id].n++
				Unpin(id)
				if id < 0 || id >= procs {
					t.Errorf("Pin = %d with %d Ps", id, procs)
				}
			}
		})
	}
	wg.Wait()
	sum := 0
	for i := range counts {
		sum += counts[i].n
	}
	if want := goroutines * rounds; sum != want {
		t.Errorf("counted %d increments, want %d", sum, want)
	}
}

func BenchmarkPin(b *testing.B) {
	for b.Loop() {
		Unpin(Pin())
	}
}
