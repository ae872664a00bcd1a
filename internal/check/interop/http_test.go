package interop

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/plungepool/plunge/buffers"
)

var _ httputil.BufferPool = (*buffers.HTTPPool)(nil)

// A ReverseProxy copies every response body with a buffer of the pool's.
func TestReverseProxy(t *testing.T) {
	p := buffers.Must(buffers.New(buffers.Options{}))
	soil(p)

	// The whole body is read before any of it is written: HTTP/1 is not duplex.
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("backend: %v", err)
			return
		}
		if r.URL.Path == "/chunked" {
			w.(http.Flusher).Flush() // the proxy does not know the length then
		}
		_, _ = w.Write(b) // the client tells
	}))
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: workers}
	defer transport.CloseIdleConnections()
	reverse := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:  transport,
		BufferPool: p.HTTP(32 << 10),
	}
	// The request's body, too, is read before the proxy writes. The server closes it at the first write, and then a
	// transport that still looks for its end may give up.
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err != nil {
			t.Errorf("proxy: %v", err)
			return
		}
		r.Body = io.NopCloser(bytes.NewReader(b))
		reverse.ServeHTTP(w, r)
	}))
	defer proxy.Close()
	front := &http.Transport{MaxIdleConnsPerHost: workers}
	defer front.CloseIdleConnections()
	client := &http.Client{Transport: front}

	n := times(2000)
	parallel(t, n, func(i int, rnd *rand.Rand) error {
		want := body(rnd, 256<<10)
		path := proxy.URL + [...]string{"/", "/chunked"}[i%2]
		resp, err := client.Post(path, "application/octet-stream", bytes.NewReader(want))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		got, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		if resp.StatusCode != http.StatusOK || !bytes.Equal(got, want) {
			return fmt.Errorf("got %s and %d bytes, want %d as they were sent", resp.Status, len(got), len(want))
		}
		return nil
	})
	settled(t, p, n)
}
