package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/plungepool/plunge/pool/pooltest"
)

// get returns the body at url; unless the status is 200 the test fails.
func get(t *testing.T, url, header, value string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	req.Header.Set(header, value)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Errorf("%s: %s, %v", url, resp.Status, err)
	}
	return string(body)
}

// The server answers under load and shows its pools in every way. At shutdown all objects are back.
func TestServer(t *testing.T) {
	var ls []net.Listener
	var urls []string
	for range 3 {
		l, err := net.Listen("tcp", "localhost:0")
		if err != nil {
			t.Fatal(err)
		}
		ls = append(ls, l)
		urls = append(urls, "http://"+l.Addr().String())
	}
	s := newServer()
	failed := s.serve(ls[0], ls[1], ls[2])
	conn, err := grpc.NewClient(ls[1].Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()

	var clients sync.WaitGroup
	end := time.Now().Add(2 * time.Second)
	for c := range 8 {
		clients.Go(func() {
			for i := 0; time.Now().Before(end); i++ {
				n := 1 + (i+c)%500
				plain := get(t, fmt.Sprintf("%s/items?n=%d", urls[0], n), "Accept-Encoding", "identity")
				if got := strings.Count(plain, "\n"); got != n {
					t.Errorf("%d items, want %d", got, n)
				}
				packed := get(t, fmt.Sprintf("%s/items?n=%d", urls[0], n), "Accept-Encoding", "gzip")
				z, err := gzip.NewReader(strings.NewReader(packed))
				if err != nil {
					t.Error(err)
					return
				}
				var b bytes.Buffer
				if _, err := b.ReadFrom(z); err != nil || b.String() != plain {
					t.Errorf("the compressed answer is another: %v", err)
				}
				if got, err := say(t.Context(), conn, plain); err != nil || got != plain {
					t.Errorf("Say: %d bytes of %d, %v", len(got), len(plain), err)
				}
			}
		})
	}
	s.writers.SampleHeld(1) // as a look into a running program does
	held := s.writers.Acquire()
	for _, c := range []struct{ path, want string }{
		{"/metrics", `pool_acquires_total{kind="pool",pool="gzip writers",result="hit"}`},
		{"/metrics", `pool_idle_bytes{kind="buffers",pool="http and grpc"}`},
		{"/debug/pools?format=text", "gzip writers"},
		{"/debug/pools", "http and grpc"},
		{"/debug/pprof/plunge_held?debug=1", "TestServer"},
	} {
		if got := get(t, urls[2]+c.path, "Accept", "text/html"); !strings.Contains(got, c.want) {
			t.Errorf("%s has no %q:\n%.2000s", c.path, c.want, got)
		}
	}
	s.writers.Release(held)
	clients.Wait()
	select {
	case err := <-failed:
		t.Fatal(err)
	default:
	}
	stats := s.writers.Stats()
	if stats.Created > 8+2 {
		t.Errorf("%d gzip.Writers were created for 8 clients and one more", stats.Created)
	}
	_ = conn.Close()
	http.DefaultClient.CloseIdleConnections()
	within, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	s.shutdown(within)
	pooltest.AssertNoLeaks(t, s.writers, s.buffers)
}
