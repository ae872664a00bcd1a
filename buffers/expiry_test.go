package buffers_test

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/buffers"
)

// TestExpiry: idle buffers of every tier are dropped after MaxIdleTime, without traffic.
func TestExpiry(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	synctest.Test(t, func(t *testing.T) {
		const limit = time.Minute
		p := newPool(t, buffers.Options{MaxIdleTime: limit})
		for _, n := range []int{1, 1000, 5000, 100000} {
			p.Release(p.Acquire(n))
		}
		time.Sleep(limit / 2)
		synctest.Wait()
		if p.Stats().RetainedBytes == 0 {
			t.Error("RetainedBytes after half of MaxIdleTime: got 0, want them retained")
		}
		b := p.Acquire(100000)
		p.Release(b)
		time.Sleep(limit * 3 / 4)
		synctest.Wait()
		c := p.Acquire(100000)
		if &c[0] != &b[0] && !buffers.Guard().Enabled {
			t.Error("Acquire of a buffer released 45 s before: got another, want it")
		}
		p.Release(c)
		time.Sleep(limit*5/4 + limit/16)
		synctest.Wait()
		s := p.Stats()
		if s.RetainedBytes != 0 {
			t.Errorf("RetainedBytes after 1.25 MaxIdleTime and a tick: got %d, want 0", s.RetainedBytes)
		}
		conserved(t, p, 0)
	})
}
