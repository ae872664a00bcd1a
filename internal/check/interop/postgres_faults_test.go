//go:build unix

package interop

import (
	"context"
	"math/bits"
	"math/rand/v2"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

func (s *postgres) testShutdown(t *testing.T) { s.testOutage(t, syscall.SIGQUIT) }
func (s *postgres) testKill(t *testing.T)     { s.testOutage(t, syscall.SIGKILL) }

// The server ends under load, is away for a while, and comes back.
func (s *postgres) testOutage(t *testing.T, sig syscall.Signal) {
	defer goroutines(t)()
	var c census
	p := open(t, connections(&c, s.conn("outage")))
	w := s.watch("outage")
	crowd := gather(t, p, 300*time.Millisecond, func(ctx context.Context, rnd *rand.Rand, conn *pgconn.PgConn) error {
		return doze(ctx, conn, rnd.IntN(1e9))
	})
	crowd.goOn("before the outage", 2)

	s.stop(sig)
	began, dials, tries := time.Now(), c.dials.Load(), crowd.tries.Load()
	time.Sleep(600 * time.Millisecond)
	if n := p.Stats().Live; n > places {
		t.Errorf("Live in the outage: got %d, want %d at most", n, places)
	}
	dials, tries = c.dials.Load()-dials, crowd.tries.Load()-tries
	away := time.Since(began)
	s.start()

	// Dials of one moment fail together. Then there is one dial at a time, after 12.5 ms at least, 25 ms, and so on.
	limit := int64(places + bits.Len64(uint64(away/(12500*time.Microsecond))) + 1)
	t.Logf("%d dials in an outage of %v, in which the goroutines tried %d times", dials, away.Round(time.Millisecond), tries)
	if dials > limit || c.failed.Load() == 0 {
		t.Errorf("in the outage: got %d dials, %d failed so far; want %d at most, and some", dials, c.failed.Load(), limit)
	}
	if tries < users {
		t.Errorf("got %d tries in the outage, want %d at least: the test has to be one", tries, users)
	}
	crowd.goOn("after the outage", 2)
	crowd.stop()
	finish(t, p, &c)
	if n := p.Stats().ClosedBy.Broken; n == 0 {
		t.Error("closed because they were broken: got none, want some")
	}
	w.check(t, s)
}

// A proxy cuts connections: in the middle of queries, of the handshake, and while they are idle.
func (s *postgres) testCuts(t *testing.T) {
	defer goroutines(t)()
	x := newProxy(t, "unix", s.socket())
	defer x.close()
	var c census
	o := connections(&c, s.connVia(x, "cuts"))
	o.CheckIdle = 20 * time.Millisecond
	p := open(t, o)
	w := s.watch("cuts")
	use := func(ctx context.Context, rnd *rand.Rand, conn *pgconn.PgConn) error {
		if rnd.IntN(2) == 0 {
			return doze(ctx, conn, rnd.IntN(1e9))
		}
		return ask(ctx, conn, rnd.IntN(1e9))
	}
	crowd := gather(t, p, time.Second, use)
	crowd.goOn("before the cuts", 2)
	rnd, cut := rand.New(rand.NewPCG(rand.Uint64(), 0)), 0
	for end := time.Now().Add(lasting(time.Second)); time.Now().Before(end); {
		time.Sleep(time.Duration(rnd.IntN(int(40 * time.Millisecond))))
		cut += x.cutSome(rnd, 4)
	}
	t.Logf("%d connections cut under load", cut)
	crowd.goOn("after the cuts", 2)
	crowd.stop()
	if crowd.broken.Load() == 0 {
		t.Error("got no use that failed, want some: the test has to be one")
	}

	// Now it cuts idle connections. Check finds out, and nobody gets one that is cut.
	eventually(t, "all is idle", func() bool { s := p.Stats(); return s.Idle == s.Live })
	time.Sleep(2 * o.CheckIdle)
	idle := p.Stats().Idle
	unhealthy := p.Stats().ClosedBy.Unhealthy
	x.cutAll(false)
	eventually(t, "the cut connections end", func() bool { return x.open() == 0 })
	crowd = gather(t, p, patience, use)
	crowd.goOn("after cuts of what was idle", 2)
	crowd.stop()
	if crowd.refused.Load()+crowd.broken.Load() != 0 {
		t.Errorf("after cuts of what was idle: got %d Acquires and %d uses that failed, want none", crowd.refused.Load(), crowd.broken.Load())
	}
	if n := p.Stats().ClosedBy.Unhealthy - unhealthy; idle == 0 || n != uint64(idle) {
		t.Errorf("of %d that were cut while idle Check found %d, want all", idle, n)
	}
	finish(t, p, &c)
	w.check(t, s)
}

// Dials hang: something accepts the connection and says nothing. Callers get their context's error in time, the dial
// ends after HookTimeout, and no more hang at a time than there are places.
func (s *postgres) testHang(t *testing.T) {
	defer goroutines(t)()
	x := newProxy(t, "unix", s.socket())
	defer x.close()
	var c census
	o := connections(&c, s.connVia(x, "hang"))
	o.HookTimeout = 700 * time.Millisecond
	p := open(t, o)
	w := s.watch("hang")
	crowd := gather(t, p, 100*time.Millisecond, func(ctx context.Context, rnd *rand.Rand, conn *pgconn.PgConn) error {
		return ask(ctx, conn, rnd.IntN(1e9))
	})
	crowd.goOn("before the hang", 2)

	x.hang.Store(true)
	x.cutAll(true)
	eventually(t, "the pool has no connection left", func() bool { return c.alive.Load() == c.dialing.Load() })
	refused, failed, dials, accepted := crowd.refused.Load(), c.failed.Load(), c.dials.Load(), x.accepted.Load()
	began, total := time.Now(), crowd.total()
	time.Sleep(1200 * time.Millisecond)
	refused, failed, dials, accepted = crowd.refused.Load()-refused, c.failed.Load()-failed, c.dials.Load()-dials, x.accepted.Load()-accepted
	t.Logf("while dials hung, for %v: %d dials, %d connections, %d dials that ended, %d Acquires that ended",
		time.Since(began).Round(time.Millisecond), dials, accepted, failed, refused)
	if n := crowd.total() - total; n != 0 {
		t.Errorf("got %d uses that went well while dials hung, want none: the test has to be one", n)
	}
	if refused < 2*users {
		t.Errorf("got %d Acquires that ended while dials hung, want %d at least", refused, 2*users)
	}
	if failed == 0 {
		t.Error("got no dial that ended while dials hung, want some after HookTimeout")
	}
	if n := c.storm.Load(); n > places || dials > 2*places {
		t.Errorf("got %d dials at a time and %d more, want %d and %d at most", n, dials, places, 2*places)
	}
	if s := p.Stats(); s.Overdue != 0 || s.Idle != 0 {
		t.Errorf("while dials hang: got %v and %d overdue, want none idle and none overdue", s, s.Overdue)
	}

	x.hang.Store(false)
	crowd.goOn("after the hang", 2)
	crowd.stop()
	finish(t, p, &c)
	w.check(t, s)
}
