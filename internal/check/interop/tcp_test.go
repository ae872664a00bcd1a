package interop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

// echo is a server that sends back what it gets, and counts its connections.
type echo struct {
	t    *testing.T
	addr string
	wg   sync.WaitGroup

	alive, most atomic.Int64

	mu    sync.Mutex
	ln    net.Listener
	conns map[net.Conn]struct{}
}

func (e *echo) start() {
	e.t.Helper()
	addr := e.addr
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		e.t.Fatal(err)
	}
	e.mu.Lock()
	e.addr, e.ln, e.conns = ln.Addr().String(), ln, make(map[net.Conn]struct{})
	e.mu.Unlock()
	e.wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			raise(&e.most, e.alive.Add(1))
			e.mu.Lock()
			e.conns[c] = struct{}{}
			ended := e.ln == nil
			e.mu.Unlock()
			if ended {
				_ = c.Close()
			}
			e.wg.Go(func() {
				_, _ = io.Copy(c, c) // until either end is closed
				e.alive.Add(-1)
				e.mu.Lock()
				delete(e.conns, c)
				e.mu.Unlock()
				_ = c.Close()
			})
		}
	})
}

// stop ends the server and its connections.
func (e *echo) stop() {
	e.mu.Lock()
	if e.ln != nil {
		_ = e.ln.Close()
		e.ln = nil
	}
	for c := range e.conns {
		_ = c.Close()
	}
	e.mu.Unlock()
	e.wg.Wait()
}

// TestTCP has a resource.Pool of TCP connections to a server that ends and comes back, by a proxy that cuts them.
func TestTCP(t *testing.T) {
	defer goroutines(t)()
	e := &echo{t: t}
	e.start()
	defer e.stop()
	x := newProxy(t, "tcp", e.addr)
	defer x.close()
	var c census
	dialer := net.Dialer{}
	p := open(t, counted(&c, resource.Options[net.Conn]{
		New: func(ctx context.Context) (net.Conn, error) {
			conn, err := dialer.DialContext(ctx, "tcp", x.ln.Addr().String())
			if err != nil {
				return nil, err
			}
			if err := send(ctx, conn, []byte("hello")); err != nil { // the proxy accepts what it cannot pass on
				return nil, errors.Join(err, closeTCP(ctx, conn))
			}
			return conn, nil
		},
		Check:       func(ctx context.Context, conn net.Conn) error { return send(ctx, conn, []byte("hello")) },
		Close:       closeTCP,
		CheckIdle:   20 * time.Millisecond,
		MaxUses:     200,
		HookTimeout: 5 * time.Second,
		Name:        "tcp",
	}))
	crowd := gather(t, p, 300*time.Millisecond, func(ctx context.Context, rnd *rand.Rand, conn net.Conn) error {
		return send(ctx, conn, append([]byte{'x'}, body(rnd, 64<<10)...))
	})
	crowd.goOn("before the cuts", 2)

	rnd := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for end := time.Now().Add(lasting(500 * time.Millisecond)); time.Now().Before(end); {
		time.Sleep(time.Duration(rnd.IntN(int(40 * time.Millisecond))))
		x.cutSome(rnd, 4)
	}
	crowd.goOn("after the cuts", 2)

	e.stop()
	dials, tries := c.dials.Load(), crowd.tries.Load()
	time.Sleep(300 * time.Millisecond)
	dials, tries = c.dials.Load()-dials, crowd.tries.Load()-tries
	e.start()
	t.Logf("%d dials in an outage, in which the goroutines tried %d times", dials, tries)
	if dials > 2*places || c.failed.Load() == 0 || tries < users {
		t.Errorf("in the outage: got %d dials, %d failed so far, and %d tries; want %d at most, some, and %d at least",
			dials, c.failed.Load(), tries, 2*places, users)
	}
	crowd.goOn("after the outage", 2)
	crowd.stop()
	finish(t, p, &c)
	t.Logf("the server counted %d connections at most", e.most.Load())
	if n := e.most.Load(); n > places || n == 0 {
		t.Errorf("the server counted %d connections, want 1 to %d", n, places)
	}
	if crowd.broken.Load() == 0 {
		t.Error("got no use that failed, want some: the test has to be one")
	}
	x.close()
	if n := e.alive.Load(); n != 0 {
		t.Errorf("after the pool was closed the server has %d connections, want 0", n)
	}
}

// closeTCP closes a connection, and waits until the server does not count it any more.
func closeTCP(ctx context.Context, conn net.Conn) error {
	defer conn.Close()
	if err := conn.(halfCloser).CloseWrite(); err == nil {
		_ = drained(ctx, conn) // what was cut fails
	}
	return context.Cause(ctx)
}

// send writes and has all of it come back.
func send(ctx context.Context, conn net.Conn, want []byte) error {
	past := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(past)
		_ = conn.SetDeadline(time.Unix(1, 0))
	})
	got := make([]byte, len(want))
	var wg sync.WaitGroup
	var wrote error
	wg.Go(func() { _, wrote = conn.Write(want) })
	_, err := io.ReadFull(conn, got)
	if err != nil {
		_ = conn.SetDeadline(time.Unix(1, 0)) // it is of no use any more
	}
	wg.Wait()
	if !stop() {
		<-past
		return context.Cause(ctx)
	}
	if err := errors.Join(err, wrote); err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%w: got %d other bytes than were sent", errWrong, len(want))
	}
	return nil
}
