//go:build !race && !386 && !arm

// Compiling net/http would take longer than all else that the tests of this package need in these builds.

package buffers_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"

	"github.com/plungepool/plunge/buffers"
)

func ExampleHTTPPool() {
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, "hello")
	}))
	defer backend.Close()
	target, err := url.Parse(backend.URL)
	if err != nil {
		panic(err)
	}
	p := buffers.Must(buffers.New(buffers.Options{}))
	proxy := &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(target) },
		BufferPool: p.HTTP(32 << 10), // what it copies with
	}
	answer := httptest.NewRecorder()
	proxy.ServeHTTP(answer, httptest.NewRequest("GET", "/", nil))
	fmt.Println(answer.Body, p.Stats().Total().Acquired)
	// Output: hello 1
}
