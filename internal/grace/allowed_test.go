package grace

import (
	"testing"
	"testing/synctest"
	"time"
)

// Five are allowed at once, and one more every 200 ms, of which some can be left to others. No time of another
// testing/synctest bubble changes that.
func TestAllowed(t *testing.T) {
	due.Store(int64(100 * 365 * 24 * time.Hour)) // as a bubble would, in whose time it is the far future
	synctest.Test(t, func(t *testing.T) {
		for i, c := range []struct {
			wait  time.Duration
			spare int
			want  int
		}{
			{0, 0, 5},
			{0, 0, 0},
			{interval, 0, 1},
			{interval - 1, 0, 0},
			{1, 0, 1},
			{2 * interval, 0, 2},
			{time.Hour, 0, 5},
			{time.Hour, 2, 3},
			{0, 0, 2},
			{2 * interval, 2, 0},
			{0, 0, 2},
		} {
			time.Sleep(c.wait)
			got := 0
			for got < 100 && Allowed(c.spare) {
				got++
			}
			if got != c.want {
				t.Errorf("step %d, %v later: %d allowed with %d to spare, want %d", i, c.wait, got, c.spare, c.want)
			}
		}
	})
}
