package pool_test

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

// TestPruneByAge prunes objects of different ages. The ages differ by far less than the time between ticks (18.75 s
// by MaxIdleTime here), or by more.
func TestPruneByAge(t *testing.T) {
	for _, step := range []time.Duration{time.Microsecond, time.Millisecond, time.Second, 10 * time.Second} {
		expiring(t, pool.DefaultMaxIdleTime, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
			for _, v := range acquire(p, 10) {
				time.Sleep(step)
				p.Release(v)
			}
			// Item 9 is 0 steps old, item 0 is 9.
			if got := p.Prune(9 * step); got != 0 {
				t.Errorf("Prune of more than 9 steps: got %d, want 0", got)
			}
			if got := p.Prune(9*step - 1); got != 1 {
				t.Errorf("Prune of 9 steps: got %d, want 1", got)
			}
			wantIDs(t, "pruned", l.destroyedIDs(), 0)
			if got := p.Prune(4*step + step/2); got != 4 {
				t.Errorf("Prune of 5 steps: got %d, want 4", got)
			}
			wantIDs(t, "pruned", l.destroyedIDs(), 0, 1, 2, 3, 4)
			if got := p.Stats().Discarded; got != (pool.Discards{Pruned: 5}) {
				t.Errorf("Discarded: got %+v, want 5 Pruned", got)
			}
			l.check(t, p, 0)
		})
	}
}

func TestPruneLongestIdleFirst(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		synctest.Test(t, func(t *testing.T) {
			var l ledger
			o := l.options()
			o.LocalCache, o.MaxIdle, o.MaxIdleTime, o.MinIdle = localCache, 4096, 0, 4
			p := newPool(t, o)
			p.Clear() // 0 to 3
			held := acquire(p, 10)
			random := rand.New(rand.NewPCG(1, 2))
			random.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
			for _, v := range held {
				time.Sleep(time.Second)
				p.Release(v)
			}
			if got := p.Prune(time.Second / 2); got != 6 {
				t.Errorf("Prune down to MinIdle: got %d, want 6", got)
			}
			for i, v := range held {
				if got, want := v.destroyed.Load() != 0, i < 6; got != want {
					t.Errorf("LocalCache %d: object released as number %d of 10: pruned: got %v, want %v", localCache, i, got, want)
				}
			}
			l.check(t, p, 0)
		})
	}
}

// TestPruneWithoutLimit prunes a pool that has no MaxIdleTime and has been busy
// for hours: what was released a moment ago is young.
func TestPruneWithoutLimit(t *testing.T) {
	expiring(t, -1, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
		held := acquire(p, 10)
		p.ReleaseN(held[:5]) // stay idle: 0 to 4
		for range 10 {
			for range 200 {
				v := p.Acquire()
				p.Release(v)
			}
			time.Sleep(time.Hour)
		}
		for _, v := range held[5:] {
			p.Release(v)
		}
		time.Sleep(time.Minute)
		p.Prune(30 * time.Minute)
		for _, v := range held[5:] {
			if v.destroyed.Load() != 0 {
				t.Errorf("Prune(30m): dropped item %d, which was idle for a minute", v.id)
			}
		}
		if got := p.Prune(30 * time.Second); got != p.Stats().Idle+got || p.Len() != 0 {
			t.Errorf("Prune(30s): got %d and %d left, want all gone", got, p.Len())
		}
		l.check(t, p, 0)
	})
}

// TestPruneInABusyTick releases many objects within one tick, and not all read the clock: their idle times are
// exact to a tick.
func TestPruneInABusyTick(t *testing.T) {
	const tick = pool.DefaultMaxIdleTime / 16
	expiring(t, pool.DefaultMaxIdleTime, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
		fill(p, 2000)
		time.Sleep(tick / 2)
		fill(p, 2000)
		time.Sleep(tick)
		if got := p.Prune(2*tick + 1); got != 0 {
			t.Errorf("Prune of more than they can be: got %d, want 0", got)
		}
		if got := p.Prune(tick - 1); got != 2000 {
			t.Errorf("Prune of less than they are: got %d, want 2000", got)
		}
		l.check(t, p, 0)
	})
}
