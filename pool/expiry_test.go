package pool_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// tickOf is the granularity of expiry that MaxIdleTime documents.
func tickOf(limit time.Duration) time.Duration { return max(limit/16, time.Millisecond) }

// latest is the time within which an object that nobody asks for is dropped.
func latest(limit time.Duration) time.Duration { return limit*5/4 + 400*time.Millisecond }

// expiring runs f in a bubble with a pool whose objects expire, once with and
// once without private magazines.
func expiring(t *testing.T, limit time.Duration, f func(t *testing.T, p *pool.Pool[*item], l *ledger)) {
	t.Helper()
	for mode, localCache := range map[string]int{"rings": -1, "magazines": 0} {
		t.Run(fmt.Sprintf("%v/%s", limit, mode), func(t *testing.T) {
			if localCache >= 0 {
				setProcs(t, 1) // private magazines of other Ps would hide objects
			}
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				o := l.options()
				o.LocalCache, o.MaxIdle, o.MaxIdleTime = localCache, 4096, limit
				f(t, newPool(t, o), &l)
			})
		})
	}
}

// pass lets time go by, and lets timers that are due finish.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestExpiredIsNotHandedOut(t *testing.T) {
	for _, limit := range []time.Duration{20 * time.Millisecond, time.Second, 5 * time.Minute, 1000 * time.Hour} {
		expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
			for i, before := range []time.Duration{0, limit / 3, limit, tickOf(limit) / 2, tickOf(limit)} {
				time.Sleep(before) // another phase of the ticks
				v := p.Acquire()
				p.Release(v)
				time.Sleep(limit + 1)
				if w := p.Acquire(); w == v {
					t.Errorf("round %d: Acquire %v after Release: got the object, want a new one", i, limit+1)
				}
				synctest.Wait()
				if v.destroyed.Load() != 1 || p.Stats().Discarded != (pool.Discards{Expired: uint64(i) + 1}) {
					t.Errorf("round %d: got destroyed %d times and %+v, want once and %d Expired",
						i, v.destroyed.Load(), p.Stats().Discarded, i+1)
				}
				l.check(t, p, i+1)
			}
		})
	}
}

func TestDefaultMaxIdleTime(t *testing.T) {
	expiring(t, 0, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
		fill(p, 1)
		pass(4*time.Minute + 22*time.Second) // 7/8 of 5 minutes
		if got := p.Len(); got != 1 {
			t.Errorf("Len after 7/8 of the default: got %d, want 1", got)
		}
		pass(time.Minute)
		if _, ok := p.TryAcquire(); ok {
			t.Error("TryAcquire after more than the default: got the object, want none")
		}
		l.check(t, p, 0)
	})
}

func TestNoExpiryBeforeItsTime(t *testing.T) {
	for _, limit := range []time.Duration{20 * time.Millisecond, time.Second, 5 * time.Minute} {
		expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
			for range 5 {
				time.Sleep(limit / 7)
				fill(p, 600) // more than one stamp of the clock serves
				pass(limit * 7 / 8)
				if got := p.Stats(); got.Idle != 600 || got.Discarded.Total() != 0 {
					t.Fatalf("after 7/8 of MaxIdleTime: got %+v, want 600 idle and none discarded", plain(got))
				}
				held := make([]*item, 600)
				p.AcquireN(held)
				if got := p.Stats(); got.Created != 600 || got.Discarded.Total() != 0 {
					t.Fatalf("AcquireN after 7/8 of MaxIdleTime: got %+v, want the 600 created at first", plain(got))
				}
				p.ReleaseN(held)
			}
			l.check(t, p, 0)
		})
	}
}

func TestExpiryWithoutTraffic(t *testing.T) {
	for _, limit := range []time.Duration{time.Millisecond, 20 * time.Millisecond, time.Second, 5 * time.Minute} {
		expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
			for _, before := range []time.Duration{0, limit / 3, tickOf(limit) / 2, 2 * limit} {
				time.Sleep(before)
				fill(p, 400)
				pass(latest(limit))
				got, want := p.Stats(), pool.Discards{Expired: uint64(len(l.items))}
				if got.Idle != 0 || got.Discarded != want {
					t.Errorf("%v after ReleaseN: got %+v, want none idle, %d Expired", latest(limit), plain(got), want.Expired)
				}
				l.check(t, p, 0)
			}
		})
	}
}

func TestTinyMaxIdleTime(t *testing.T) {
	for _, limit := range []time.Duration{time.Millisecond, 3 * time.Millisecond} {
		expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
			for range 20 {
				v := p.Acquire()
				p.Release(v)
				time.Sleep(limit + 1)
				if w := p.Acquire(); w == v || w.destroyed.Load() != 0 {
					t.Errorf("Acquire %v after Release: got item %d, want a new one", limit+1, w.id)
				} else {
					p.Release(w)
				}
			}
			pass(latest(limit))
			if got := p.Len(); got != 0 {
				t.Errorf("Len after %v: got %d, want 0", latest(limit), got)
			}
			l.check(t, p, 0)
		})
	}
}

func TestNoLimit(t *testing.T) {
	for _, limit := range []time.Duration{-1, math.MinInt64, math.MaxInt64} {
		expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
			fill(p, 100)
			pass(200 * time.Hour)
			if got := p.Stats(); got.Idle != 100 || got.Discarded.Total() != 0 {
				t.Errorf("Stats after 200 hours: got %+v, want 100 idle and none discarded", plain(got))
			}
			acquire(p, 100)
			l.check(t, p, 100)
		})
	}
}

func TestExpiryKeepsMinIdle(t *testing.T) {
	const limit = time.Minute
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		o := l.options()
		o.MinIdle, o.MaxIdleTime = 3, limit
		p := newPool(t, o)
		fill(p, 10)
		pass(latest(limit))
		if got := p.Stats(); got.Idle != 3 || got.Discarded != (pool.Discards{Expired: 7}) {
			t.Errorf("after expiry: got %+v, want 3 idle, MinIdle, and 7 Expired", plain(got))
		}
		l.check(t, p, 0)
		pass(10 * limit)
		if got := p.Len(); got != 3 {
			t.Errorf("Len long after: got %d, want MinIdle, 3", got)
		}

		// They stay, and Acquire returns them.
		if v := p.Acquire(); v.destroyed.Load() != 0 || v.id >= 10 {
			t.Errorf("Acquire: got item %d, want one of those kept", v.id)
		}
		if got := p.Stats(); got.Idle != 2 || got.Discarded != (pool.Discards{Expired: 7}) {
			t.Errorf("after Acquire: got %+v, want 2 idle, 7 Expired", plain(got))
		}
		l.check(t, p, 1)
		if got := p.Warm(); got != 1 {
			t.Errorf("Warm: got %d, want 1", got)
		}
		l.check(t, p, 1)
	})
}

func TestExpiredAreSkippedByEveryAcquire(t *testing.T) {
	withoutCheck(t)
	const limit = time.Minute
	ways := map[string]func(p *pool.Pool[*item]) *item{
		"Acquire":    func(p *pool.Pool[*item]) *item { return p.Acquire() },
		"TryAcquire": func(p *pool.Pool[*item]) *item { v, _ := p.TryAcquire(); return v },
		"AcquireN":   func(p *pool.Pool[*item]) *item { vs := make([]*item, 1); p.AcquireN(vs); return vs[0] },
		"Borrow":     func(p *pool.Pool[*item]) *item { l := p.Borrow(); return l.Value() },
		"Do": func(p *pool.Pool[*item]) (v *item) {
			_ = p.Do(func(w *item) error { v = w; return nil })
			return v
		},
	}
	for name, take := range ways {
		synctest.Test(t, func(t *testing.T) {
			var l ledger
			o := l.options()
			o.MaxIdleTime, o.MinIdle = limit, 1 // so that the expired stay
			p := newPool(t, o)
			time.Sleep(limit + 1)
			young := l.make()
			p.Release(young)
			if got := take(p); got != young {
				t.Errorf("%s: got %+v, want the object released just now", name, got)
			}
			if got := l.items[0].destroyed.Load(); got != 1 {
				t.Errorf("%s: the expired object was destroyed %d times, want once", name, got)
			}
		})
	}
}
