package interop

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// proxy passes TCP connections on to a server, cuts them, or lets them hang.
type proxy struct {
	ln      net.Listener
	network string // of the server
	addr    string
	wg      sync.WaitGroup

	hang     atomic.Bool  // say nothing to whoever comes
	accepted atomic.Int64 // connections

	mu    sync.Mutex
	pairs map[*pair]struct{}
}

// pair is a connection and its other half.
type pair struct {
	client, server net.Conn // server is nil where the client is left to hang
	cut, reset     atomic.Bool
}

// halfCloser is what a connection can do besides.
type halfCloser interface {
	net.Conn
	CloseWrite() error
}

// newProxy starts one on a port of loopback. It ends with the test.
func newProxy(t *testing.T, network, addr string) *proxy {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	x := &proxy{ln: ln, network: network, addr: addr, pairs: make(map[*pair]struct{})}
	x.wg.Go(func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			x.accepted.Add(1)
			x.wg.Go(func() { x.pass(c) })
		}
	})
	return x
}

// port is where the proxy listens.
func (x *proxy) port() int { return x.ln.Addr().(*net.TCPAddr).Port }

// close ends the proxy and its connections.
func (x *proxy) close() {
	_ = x.ln.Close()
	x.cutAll(false)
	x.wg.Wait()
}

// pass serves one connection until either end has closed it, or it is cut.
func (x *proxy) pass(client net.Conn) {
	defer client.Close()
	q := &pair{client: client}
	if x.hang.Load() {
		x.add(q)
		defer x.remove(q)
		_, _ = io.Copy(io.Discard, client)
		return
	}
	server, err := net.Dial(x.network, x.addr)
	if err != nil {
		return
	}
	defer server.Close()
	q.server = server
	x.add(q)
	defer x.remove(q)
	var sent sync.WaitGroup
	sent.Go(func() {
		_, _ = io.Copy(server, client)
		_ = server.(halfCloser).CloseWrite()
	})
	buf := make([]byte, 4096)
	for {
		n, err := server.Read(buf)
		if n > 0 && !q.cut.Load() {
			_, _ = client.Write(buf[:n]) // if the client has gone, the server is told by the other direction
		}
		if err != nil {
			break
		}
	}
	if q.reset.Load() {
		_ = client.(*net.TCPConn).SetLinger(0)
	}
	_ = client.Close()
	sent.Wait()
}

func (x *proxy) add(q *pair) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.pairs[q] = struct{}{}
}

func (x *proxy) remove(q *pair) {
	x.mu.Lock()
	defer x.mu.Unlock()
	delete(x.pairs, q)
}

// cutOff ends a connection: the server's end and, once the server has closed it, the client's. Otherwise a client
// could have one more connection while the server still has this one.
func (q *pair) cutOff(reset bool) {
	q.reset.Store(reset)
	q.cut.Store(true)
	if q.server == nil {
		_ = q.client.Close()
		return
	}
	_ = q.server.(halfCloser).CloseWrite()
}

// cutSome cuts each connection with probability 1/n, half of them with a reset, and returns how many.
func (x *proxy) cutSome(rnd *rand.Rand, n int) (cut int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for q := range x.pairs {
		if rnd.IntN(n) == 0 {
			q.cutOff(rnd.IntN(2) == 0)
			cut++
		}
	}
	return cut
}

// cutAll cuts them all, and returns how many.
func (x *proxy) cutAll(reset bool) (cut int) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for q := range x.pairs {
		q.cutOff(reset)
	}
	return len(x.pairs)
}

// open is how many connections there are.
func (x *proxy) open() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.pairs)
}

// drained reads from a connection, whose writing half is closed, until its other end has closed it too. Then the
// server no longer counts it.
func drained(ctx context.Context, c net.Conn) error {
	_ = c.SetDeadline(time.Time{}) // the use before may have left one
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	_, err := io.Copy(io.Discard, c)
	return err
}
