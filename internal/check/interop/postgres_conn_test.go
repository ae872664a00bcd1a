//go:build unix

package interop

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// conn is how to connect to the socket, under a name that the server counts by.
func (s *postgres) conn(name string) string {
	return fmt.Sprintf("host=%s port=5432 user=plunge dbname=postgres sslmode=disable application_name=%s", s.dir, name)
}

// connVia is conn by way of a proxy.
func (s *postgres) connVia(x *proxy, name string) string {
	return fmt.Sprintf("host=127.0.0.1 port=%d user=plunge dbname=postgres sslmode=disable application_name=%s", x.port(), name)
}

// watch asks the server all the time, on a connection of its own, how many connections of that name it has.
type watch struct {
	name  string
	conn  *pgconn.PgConn
	stop  chan struct{}
	ended chan struct{}

	looks, most atomic.Int64
}

func (s *postgres) watch(name string) *watch {
	w := &watch{name: name, stop: make(chan struct{}), ended: make(chan struct{})}
	go func() {
		defer close(w.ended)
		for !closed(w.stop) {
			if n, err := w.count(s); err == nil {
				w.looks.Add(1)
				raise(&w.most, int64(n))
			}
			time.Sleep(time.Millisecond)
		}
		if w.conn != nil {
			_ = w.conn.Close(context.Background())
		}
	}()
	return w
}

// count returns how many there are now. It connects again if it has to.
func (w *watch) count(s *postgres) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if w.conn == nil || w.conn.IsClosed() {
		var err error
		if w.conn, err = pgconn.Connect(ctx, s.conn("watch")); err != nil {
			return 0, err
		}
	}
	r := w.conn.ExecParams(ctx, "select count(*) from pg_stat_activity where application_name = $1", [][]byte{[]byte(w.name)}, nil, nil, nil).Read()
	if r.Err != nil {
		return 0, r.Err
	}
	return strconv.Atoi(string(r.Rows[0][0]))
}

// check ends the watch. The server never counted more than a pool's places, and in the end it counts none.
func (w *watch) check(t *testing.T, s *postgres) {
	t.Helper()
	close(w.stop)
	<-w.ended
	t.Logf("the server counted %d connections at most, in %d looks", w.most.Load(), w.looks.Load())
	if n := w.most.Load(); n > places || n == 0 {
		t.Errorf("the server counted %d connections, want 1 to %d", n, places)
	}
	if w.looks.Load() < 20 {
		t.Errorf("got %d looks, want 20 at least", w.looks.Load())
	}
	w.conn = nil
	n, err := w.count(s)
	if err != nil || n != 0 {
		t.Errorf("after the pool was closed the server counts %d connections, error %v; want 0 and none", n, err)
	}
	if w.conn != nil {
		_ = w.conn.Close(context.Background())
	}
}

// closePostgres closes a connection, and waits until the server has ended what served it. So the server no longer
// counts it when its place in the pool is free. (*pgconn.PgConn).Close does not wait for that.
func closePostgres(ctx context.Context, c *pgconn.PgConn) error {
	if !c.IsClosed() && !c.IsBusy() {
		h, err := c.Hijack()
		if err != nil {
			return err
		}
		defer h.Conn.Close()
		if _, err := h.Conn.Write([]byte{'X', 0, 0, 0, 4}); err == nil { // Terminate
			_ = drained(ctx, h.Conn) // what was broken fails
		}
		return context.Cause(ctx)
	}
	if err := c.Close(ctx); err != nil {
		return err
	}
	select {
	case <-c.CleanupDone():
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ask has the server compute something of i's, and checks it.
func ask(ctx context.Context, c *pgconn.PgConn, i int) error {
	r := c.ExecParams(ctx, "select $1::int8 * 3 + 1", [][]byte{strconv.AppendInt(nil, int64(i), 10)}, nil, nil, nil).Read()
	return answer(r, strconv.Itoa(i*3+1))
}

// doze is ask with a pause at the server, so that something can happen meanwhile.
func doze(ctx context.Context, c *pgconn.PgConn, i int) error {
	r := c.ExecParams(ctx, "select $1::int8 * 3 + 1 from pg_sleep(0.004)", [][]byte{strconv.AppendInt(nil, int64(i), 10)}, nil, nil, nil).Read()
	return answer(r, strconv.Itoa(i*3+1))
}

func answer(r *pgconn.Result, want string) error {
	switch {
	case r.Err != nil:
		return r.Err
	case len(r.Rows) != 1 || !bytes.Equal(r.Rows[0][0], []byte(want)):
		return fmt.Errorf("%w: got %q, want %s", errWrong, r.Rows, want)
	}
	return nil
}
