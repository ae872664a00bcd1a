package pool_test

import (
	"bytes"
	"log"
	"log/slog"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/plungepool/plunge/pool"
)

type sampled struct {
	at   time.Time
	idle int
}

// TestExpirySchedule checks every promise of MaxIdleTime at once over a random
// history.
func TestExpirySchedule(t *testing.T) {
	const limit = time.Second
	random := seeded(t)
	expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
		since := map[*item]time.Time{} // when the idle ones were released
		var held []*item
		var samples []sampled // how many were idle, and when
		sample := func() { samples = append(samples, sampled{time.Now(), len(since)}) }
		least := func(d time.Duration) int {
			n := len(since) + len(l.items)
			for _, s := range samples {
				if time.Since(s.at) <= d {
					n = min(n, s.idle)
				}
			}
			return n
		}
		for range 400 {
			early := 0
			pass(time.Duration(random.Int64N(int64(limit / 4))))
			for v, released := range since {
				age := time.Since(released)
				switch destroyed := v.destroyed.Load() != 0; {
				case destroyed:
					if delete(since, v); age < limit*7/8 {
						early++
					}
				case age > latest(limit):
					t.Fatalf("item %d: still there after %v, want it dropped within %v", v.id, age, latest(limit))
				}
			}
			if spared := least(limit * 7 / 8); early > spared {
				t.Fatalf("%d items were dropped before %v, and the load had left idle only %d all the time", early, limit*7/8, spared)
			}
			sample()
			for range random.IntN(20) {
				v := p.Acquire()
				if released, ok := since[v]; ok && time.Since(released) > limit {
					t.Fatalf("item %d: handed out after %v, want at most %v", v.id, time.Since(released), limit)
				}
				delete(since, v)
				held = append(held, v)
			}
			for range random.IntN(len(held) + 1) {
				v := held[len(held)-1]
				held = held[:len(held)-1]
				p.Release(v)
				since[v] = time.Now()
				sample()
			}
			for v := range since { // expired at an Acquire
				if v.destroyed.Load() != 0 {
					delete(since, v)
				}
			}
			l.check(t, p, len(held))
		}
	})
}

// TestTimerSleepsWhenEmpty lets hours pass over a pool with ticks of 1 ms: with
// a timer that never stops the bubble would need minutes for that.
func TestTimerSleepsWhenEmpty(t *testing.T) {
	const limit = 10 * time.Millisecond
	expiring(t, limit, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
		for round := range 3 {
			fill(p, 300)
			pass(latest(limit))
			if got := p.Len(); got != 0 {
				t.Fatalf("round %d: Len after expiry: got %d, want 0", round, got)
			}
			pass(100 * time.Hour)
			v := p.Acquire() // emptied by Acquire rather than by expiry
			p.Release(v)
			if p.Acquire() != v {
				t.Fatalf("round %d: Acquire just after Release: got another object", round)
			}
			pass(100 * time.Hour)
			p.Release(v)
			pass(latest(limit))
			if v.destroyed.Load() != 1 {
				t.Fatalf("round %d: object released after the timer slept: destroyed %d times, want once", round, v.destroyed.Load())
			}
		}
		l.check(t, p, 0)
	})
}

// TestTimerSleepsOverIdleObjects does the same with idle objects that do not expire without traffic.
func TestTimerSleepsOverIdleObjects(t *testing.T) {
	const minIdle, surplus, day = 3, 7, 24 * time.Hour
	for name, limit := range map[string]time.Duration{"MinIdle": time.Minute, "no limit": -1} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				o := l.options()
				o.MinIdle, o.MaxIdleTime, o.LocalCache = minIdle, limit, -1
				p := newPool(t, o)
				p.Prune(16 * time.Millisecond) // ticks of 10 ms, also without a limit
				for round := range 3 {
					pass(day)
					if got := p.Len(); got != minIdle {
						t.Fatalf("round %d: Len: got %d, want %d", round, got, minIdle)
					}
					if round == 1 {
						p.Prune(time.Hour) // while the pool sleeps
					}
					held := acquire(p, minIdle)
					if got, want := p.Stats().Discarded.Expired, uint64(round*surplus); limit > 0 && got != want {
						t.Errorf("round %d: Expired after Acquire of all that were idle for a day: got %d, want %d", round, got, want)
					}
					pass(day)
					p.ReleaseN(held)
					pass(day)
					p.ReleaseN(acquire(p, minIdle+surplus))
					pass(2 * time.Minute)
					want := minIdle
					if limit < 0 {
						want += surplus
					}
					if got := p.Len(); got != want {
						t.Errorf("round %d: Len after a surplus has expired: got %d, want %d", round, got, want)
					}
					p.Prune(0)
				}
				l.check(t, p, 0)
			})
		})
	}
}

func TestTimerStopsAtClose(t *testing.T) {
	expiring(t, 10*time.Millisecond, func(t *testing.T, p *pool.Pool[*item], l *ledger) {
		fill(p, 10)
		p.Close()
		pass(100 * time.Hour)
		fill(p, 10)
		pass(100 * time.Hour)
		if got := p.Stats().Discarded; got != (pool.Discards{Closed: 20}) {
			t.Errorf("Discarded: got %+v, want 20 Closed", got)
		}
		l.check(t, p, 0)
	})
}

// TestSlowDestroyDoesNotHoldUpExpiry has a Destroy that takes ten times MaxIdleTime.
func TestSlowDestroyDoesNotHoldUpExpiry(t *testing.T) {
	const limit = 16 * time.Second
	synctest.Test(t, func(t *testing.T) {
		var l ledger
		o := l.options()
		o.MaxIdleTime = limit
		slow, begun := true, make(chan struct{})
		o.Destroy = func(v *item) {
			if l.destroy(v); slow {
				slow = false
				close(begun)
				time.Sleep(10 * limit)
			}
		}
		p := newPool(t, o)
		fill(p, 1)
		<-begun
		held := acquire(p, 2)
		p.ReleaseN(held)
		time.Sleep(limit + 1)
		if v := p.Acquire(); slices.Contains(held, v) {
			t.Errorf("Acquire %v after Release, while Destroy runs: got the object, want a new one", limit+1)
		}
		pass(latest(limit) - limit)
		if got := p.Len(); got != 0 {
			t.Errorf("Len %v after Release, while Destroy runs: got %d, want 0", latest(limit), got)
		}
		pass(10 * limit)
		l.check(t, p, 1)
	})
}

// TestDestroyInBackgroundMayCallThePool has a Destroy that calls the pool, in the background.
func TestDestroyInBackgroundMayCallThePool(t *testing.T) {
	const limit = time.Second
	calls := map[string]func(p *pool.Pool[*item]){
		"Release": func(p *pool.Pool[*item]) { p.Release(p.Acquire()) },
		"Clear":   func(p *pool.Pool[*item]) { p.Clear() },
		"Prune":   func(p *pool.Pool[*item]) { p.Prune(0) },
		"Stats":   func(p *pool.Pool[*item]) { p.Stats() },
		"Close":   func(p *pool.Pool[*item]) { p.Close() },
	}
	for name, call := range calls {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var p *pool.Pool[*item]
				var l ledger
				o := l.options()
				o.MaxIdleTime = limit
				var calls atomic.Int32 // of Destroy, several of which run at the same time
				o.Destroy = func(v *item) {
					l.destroy(v)
					if calls.Add(1) <= 5 {
						call(p)
					}
				}
				p = newPool(t, o)
				fill(p, 10)
				pass(10 * limit)
				if got := p.Len(); got != 0 {
					t.Errorf("Len after expiry: got %d, want 0", got)
				}
				l.check(t, p, 0)
			})
		})
	}
}

// captureLog returns what is logged by slog's default logger during the test.
func captureLog(t *testing.T) func() string {
	var mu sync.Mutex
	var b bytes.Buffer
	before, flags := slog.Default(), log.Flags()
	slog.SetDefault(slog.New(slog.NewTextHandler(writerFunc(func(data []byte) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		return b.Write(data)
	}), nil)))
	t.Cleanup(func() {
		slog.SetDefault(before)
		log.SetOutput(os.Stderr)
		log.SetFlags(flags)
	})
	return func() string {
		mu.Lock()
		defer mu.Unlock()
		return b.String()
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(data []byte) (int, error) { return f(data) }

// TestDestroyFailsInBackground makes Destroy fail where no caller could recover a panic: the process goes on, and
// so does expiry.
func TestDestroyFailsInBackground(t *testing.T) {
	const limit = time.Second
	for how, fail := range map[string]func(){
		"panic":  func() { panic(errFault) },
		"Goexit": runtime.Goexit,
	} {
		t.Run(how, func(t *testing.T) {
			logged := captureLog(t)
			synctest.Test(t, func(t *testing.T) {
				var l ledger
				o := l.options()
				o.MaxIdleTime, o.Name = limit, "fragile"
				var calls atomic.Int32
				o.Destroy = func(v *item) {
					l.destroy(v)
					if n := calls.Add(1); n == 2 || n == 5 {
						fail()
					}
				}
				p := newPool(t, o)
				fill(p, 6)
				pass(latest(limit))
				if got, want := p.Stats().Discarded, (pool.Discards{Expired: 6}); got != want {
					t.Errorf("Discarded: got %+v, want %+v", got, want)
				}
				l.check(t, p, 0)
				fill(p, 3)
				pass(latest(limit))
				if got, want := p.Stats().Discarded, (pool.Discards{Expired: 9}); got != want {
					t.Errorf("Discarded in the next round: got %+v, want %+v", got, want)
				}
				l.check(t, p, 0)
			})
			want := 0
			if how == "panic" {
				want = 2
			}
			if got := strings.Count(logged(), errFault); got != want || want > 0 && !strings.Contains(logged(), "fragile") {
				t.Errorf("log: got %q, want the panic %d times with the pool's name", logged(), want)
			}
		})
	}
}
