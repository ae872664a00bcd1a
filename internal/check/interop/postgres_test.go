//go:build unix

package interop

import (
	"context"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/plungepool/plunge/pool/resource"
)

// TestPostgres has 64 goroutines share a resource.Pool of 8 connections to a PostgreSQL server, with faults. The
// server never counts more than 8, no call outlasts its context, all go on in the end, and nothing is left over.
func TestPostgres(t *testing.T) {
	s := startPostgres(t)
	t.Run("limit", s.testLimit)
	t.Run("beside pgxpool", s.testBeside)
	t.Run("immediate shutdown", s.testShutdown)
	t.Run("kill", s.testKill)
	t.Run("cuts", s.testCuts)
	t.Run("hanging dials", s.testHang)
}

// connections are the options for a pool of connections.
func connections(c *census, conn string) resource.Options[*pgconn.PgConn] {
	return counted(c, resource.Options[*pgconn.PgConn]{
		New:         func(ctx context.Context) (*pgconn.PgConn, error) { return pgconn.Connect(ctx, conn) },
		Check:       func(ctx context.Context, c *pgconn.PgConn) error { return c.Ping(ctx) },
		Close:       closePostgres,
		CheckIdle:   time.Second, // as pgxpool
		HookTimeout: 5 * time.Second,
		Name:        "postgres",
	})
}

// The server never counts more connections than Max, though they are closed and made all the time. Each answer is the
// one to its question.
func (s *postgres) testLimit(t *testing.T) {
	defer goroutines(t)()
	var c census
	o := connections(&c, s.conn("limit"))
	o.MaxUses = 25
	p := open(t, o)
	w := s.watch("limit")
	crowd := gather(t, p, patience, func(ctx context.Context, rnd *rand.Rand, conn *pgconn.PgConn) error {
		return ask(ctx, conn, rnd.IntN(1e9))
	})
	time.Sleep(lasting(time.Second))
	crowd.goOn("under load", 1)
	crowd.stop()
	if crowd.refused.Load()+crowd.broken.Load() != 0 {
		t.Errorf("got %d Acquires and %d uses that failed, want none", crowd.refused.Load(), crowd.broken.Load())
	}
	finish(t, p, &c)
	w.check(t, s)
	if n := p.Stats().ClosedBy.Uses; n < places {
		t.Errorf("closed after MaxUses: got %d, want %d at least", n, places)
	}
}

// round is what a pool did in a moment.
type round struct {
	rate        float64 // uses in a second
	median, p99 time.Duration
}

// The same load on a pgxpool.Pool with the same limit, in turns. The figures depend on the machine: not checked.
func (s *postgres) testBeside(t *testing.T) {
	defer goroutines(t)()
	var c census
	o := connections(&c, s.conn("ours"))
	o.Stacks = false // as in normal use
	ours := open(t, o)
	config, err := pgxpool.ParseConfig(s.conn("pgxpool"))
	if err != nil {
		t.Fatal(err)
	}
	config.MaxConns = places
	theirs, err := pgxpool.NewWithConfig(context.Background(), config)
	if err != nil {
		t.Fatal(err)
	}
	w := s.watch("ours")
	ourUse := func(ctx context.Context, i int) (time.Duration, error) {
		began := time.Now()
		h, err := ours.Acquire(ctx)
		if err != nil {
			return 0, err
		}
		waited := time.Since(began)
		if err := ask(ctx, h.Value(), i); err != nil {
			h.Discard(err)
			return 0, err
		}
		h.Release()
		return waited, nil
	}
	theirUse := func(ctx context.Context, i int) (time.Duration, error) {
		began := time.Now()
		h, err := theirs.Acquire(ctx)
		if err != nil {
			return 0, err
		}
		defer h.Release()
		waited := time.Since(began)
		return waited, ask(ctx, h.Conn().PgConn(), i)
	}
	const rounds = 7
	var a, b []round
	for i := range rounds + 1 {
		x, y := measure(t, ourUse), measure(t, theirUse)
		if i > 0 { // the first makes the connections
			a, b = append(a, x), append(b, y)
		}
	}
	ar, am, ap := medians(a)
	br, bm, bp := medians(b)
	t.Logf("resource.Pool: %.0f uses a second, waits of %v in the median and %v in the 99th percentile", ar, am, ap)
	t.Logf("pgxpool.Pool:  %.0f uses a second, waits of %v in the median and %v in the 99th percentile", br, bm, bp)
	t.Logf("ratio of the medians of %d rounds: %.3f times the uses, %.3f times the median wait, %.3f times the 99th percentile",
		rounds, ar/br, float64(am)/float64(bm), float64(ap)/float64(bp))
	theirs.Close()
	finish(t, ours, &c)
	w.check(t, s)
}

// measure has users call use for a while.
func measure(t *testing.T, use func(context.Context, int) (time.Duration, error)) round {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var (
		wg      sync.WaitGroup
		barrier = make(chan struct{})
		length  = lasting(100 * time.Millisecond)
		waits   [users][]time.Duration
	)
	for i := range users {
		wg.Go(func() {
			<-barrier
			for end := time.Now().Add(length); time.Now().Before(end); {
				waited, err := use(ctx, i)
				if err != nil {
					t.Error(err)
					return
				}
				waits[i] = append(waits[i], waited)
			}
		})
	}
	began := time.Now()
	close(barrier)
	wg.Wait()
	took := time.Since(began)
	all := slices.Concat(waits[:]...)
	if len(all) == 0 {
		t.Fatal("no uses")
	}
	slices.Sort(all)
	return round{float64(len(all)) / took.Seconds(), all[len(all)/2], all[len(all)*99/100]}
}

// medians returns the median of each figure.
func medians(rounds []round) (rate float64, median, p99 time.Duration) {
	var (
		rates       []float64
		mid, at99th []time.Duration
	)
	for _, r := range rounds {
		rates, mid, at99th = append(rates, r.rate), append(mid, r.median), append(at99th, r.p99)
	}
	slices.Sort(rates)
	slices.Sort(mid)
	slices.Sort(at99th)
	n := len(rounds) / 2
	return rates[n], mid[n].Round(time.Microsecond), at99th[n].Round(time.Microsecond)
}
