package pool_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestDestroyAtOnce: in the background several calls of Destroy run at the same time. One that does not return
// delays no other, and all objects are counted at once.
func TestDestroyAtOnce(t *testing.T) {
	const limit, n, most = time.Second, 40, 8
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		o := l.options()
		o.MaxIdleTime = limit
		hung := make(chan struct{})
		var inside, peak, calls atomic.Int32
		o.Destroy = func(v *item) {
			if now := inside.Add(1); now > peak.Load() {
				peak.Store(now)
			}
			if calls.Add(1) == 1 {
				<-hung
			}
			time.Sleep(time.Millisecond)
			l.destroy(v)
			inside.Add(-1)
		}
		p := newPool(t, o)
		fill(p, n)
		pass(latest(limit) + time.Second)
		if got := len(l.destroyedIDs()); got != n-1 || peak.Load() != most {
			t.Errorf("%d of %d destroyed while one hangs, %d at once, want %d, %d", got, n, peak.Load(), n-1, most)
		}
		if got := p.Stats().Discarded; got.Expired != n || p.Len() != 0 {
			t.Errorf("Discarded while a Destroy hangs: got %+v, want all %d Expired", got, n)
		}
		close(hung)
		pass(time.Second)
		l.check(t, p, 0)
	})
}
