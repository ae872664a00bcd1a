package resource

import (
	"runtime"
	"testing"
	"testing/synctest"
	"time"
	"weak"
)

// fill creates n resources and releases them.
func fill(t *testing.T, p *Pool[*conn], n int) {
	t.Helper()
	held := make([]*Handle[*conn], n)
	for i := range held {
		held[i] = get(t, p)
	}
	for _, h := range held {
		h.Release()
	}
}

// Without traffic idle resources are closed between 1 and 1.25 times MaxIdleTime, not all at once, and MinIdle
// stay.
func TestMaxIdleTime(t *testing.T) {
	for _, minIdle := range []int{0, 3} {
		synctest.Test(t, func(t *testing.T) {
			var s server
			const limit = time.Minute
			p := s.on(t, Options[*conn]{Max: 20, MinIdle: minIdle, MaxIdleTime: limit})
			time.Sleep(13 * time.Second)
			fill(t, p, 20)
			time.Sleep(limit - 1)
			if n := p.Stats().Idle; n != 20 {
				t.Errorf("before MaxIdleTime: got %d idle, want 20", n)
			}
			least := 20
			for range 80 {
				time.Sleep(limit / 320)
				synctest.Wait()
				n := p.Stats().Idle
				if least-n > 5 {
					t.Errorf("%d of 20 were closed at once, want a quarter at most", least-n)
				}
				least = n
			}
			if least != minIdle {
				t.Errorf("after 1.25 times MaxIdleTime: got %d idle, want %d", least, minIdle)
			}
			shutDown(t, p, &s)
		})
	}
}

// Resources that the load does not need age although the pool is in use.
func TestMaxIdleTimeUnderLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 4, MaxIdleTime: time.Minute})
		fill(t, p, 4)
		for range 300 {
			fill(t, p, 1)
			time.Sleep(time.Second)
		}
		if st := p.Stats(); st.Idle != 1 || st.ClosedBy.Idle != 3 {
			t.Errorf("got %v, want the one that is used left", st)
		}
		shutDown(t, p, &s)
	})
}

// A resource is closed when its lifetime is over: an idle one without traffic, one in use when it is released.
// Resources that were created together are not closed together.
func TestMaxLifetime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		const life, jitter = time.Hour, 30 * time.Minute
		p := s.on(t, Options[*conn]{Max: 21, MaxLifetime: life, LifetimeJitter: jitter})
		h := get(t, p)
		fill(t, p, 20)
		time.Sleep(life - jitter - 1)
		if n := p.Stats().Idle; n != 20 {
			t.Errorf("before the shortest lifetime: got %d idle, want 20", n)
		}
		last := 20
		for range 30 {
			time.Sleep(time.Minute)
			n := p.Stats().Idle
			if last-n > 10 {
				t.Errorf("%d of 20 ended within a minute, want them spread over %v", last-n, jitter)
			}
			last = n
		}
		time.Sleep(time.Minute)
		if st := p.Stats(); st.Idle != 0 || st.InUse != 1 {
			t.Errorf("after the longest lifetime: got %v, want only the one in use", st)
		}
		h.Value()
		h.Release()
		synctest.Wait()
		if st := p.Stats(); st.Live != 0 || st.ClosedBy.Lifetime != 21 {
			t.Errorf("after its release: got %v, want it closed", st)
		}
		shutDown(t, p, &s)
	})
}

// Even without jitter not all resources end at once.
func TestLifetimeWithoutJitter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s server
		p := s.on(t, Options[*conn]{Max: 12, MaxLifetime: time.Hour, LifetimeJitter: -1})
		fill(t, p, 12)
		time.Sleep(time.Hour)
		synctest.Wait()
		if n := p.Stats().Idle; n != 9 {
			t.Errorf("at the end of all lifetimes: got %d idle, want a quarter closed", n)
		}
		time.Sleep(time.Hour / 4)
		if n := p.Stats().Idle; n != 0 {
			t.Errorf("a quarter of the lifetime later: got %d idle, want 0", n)
		}
		shutDown(t, p, &s)
	})
}

// A resource is closed after MaxUses.
func TestMaxUses(t *testing.T) {
	var s server
	p := s.on(t, Options[*conn]{Max: 1, MaxUses: 3})
	for i := range 9 {
		h := get(t, p)
		if want := i/3 + 1; h.Value().id != want {
			t.Errorf("use %d: got conn %d, want %d", i+1, h.Value().id, want)
		}
		h.Release()
	}
	until(t, "the last is closed", func() bool { return p.Stats().Live == 0 })
	if n := p.Stats().ClosedBy.Uses; n != 3 {
		t.Errorf("got %d closed for their uses, want 3", n)
	}
	shutDown(t, p, &s)
}

// While nothing is due there is no timer. A dropped pool is collected although its timer is armed, and no goroutine
// is left.
func TestDroppedPool(t *testing.T) {
	t.Setenv("PLUNGE_CHECK", "")
	before := runtime.NumGoroutine()
	w := func() weak.Pointer[Pool[*conn]] {
		var s server
		p := s.on(t, Options[*conn]{Max: 4, Name: "dropped"})
		fill(t, p, 4)
		p.mu.Lock()
		if p.due != 0 {
			t.Error("a timer is armed for a pool without limits of age")
		}
		p.mu.Unlock()
		aged := s.on(t, Options[*conn]{Max: 4, Name: "dropped", MaxIdleTime: time.Hour, MaxLifetime: time.Hour})
		fill(t, aged, 4)
		aged.mu.Lock()
		if aged.due == 0 {
			t.Error("no timer is armed for a pool with limits of age")
		}
		aged.mu.Unlock()
		return weak.Make(aged)
	}()
	until(t, "the pool is collected", func() bool {
		runtime.GC()
		return w.Value() == nil
	})
	until(t, "no goroutine is left", func() bool { return runtime.NumGoroutine() <= before })
}
