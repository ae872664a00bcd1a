package grace

import (
	"testing"
	"testing/synctest"
	"time"
)

// allowed is how many grace periods there may be at once now.
func allowed(spare int) (n int) {
	for Allowed(spare) {
		n++
	}
	return n
}

func TestAllowed(t *testing.T) {
	for range 2 { // in a bubble of its own each
		synctest.Test(t, func(t *testing.T) {
			if n := allowed(0); n != burst {
				t.Errorf("%d allowed at once, want %d", n, burst)
			}
			time.Sleep(interval - 1)
			if Allowed(0) {
				t.Errorf("one more allowed before %v", interval)
			}
			time.Sleep(1)
			if n := allowed(0); n != 1 {
				t.Errorf("%d allowed after %v, want 1", n, interval)
			}
			time.Sleep(3 * interval)
			if n := allowed(2); n != 1 {
				t.Errorf("%d of 3 allowed to one that spares 2, want 1", n)
			}
			if n := allowed(0); n != 2 {
				t.Errorf("%d spared, want 2", n)
			}
			time.Sleep(time.Hour)
			n := 0
			for began := time.Now(); time.Since(began) < time.Second; time.Sleep(time.Millisecond) {
				n += allowed(0)
			}
			if n > 10 {
				t.Errorf("%d allowed in a second, want 10 at most", n)
			}
		})
	}
	if n := allowed(0); n != burst {
		t.Errorf("%d allowed after a bubble, want %d", n, burst)
	}
}
