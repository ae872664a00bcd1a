package web

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"sync"

	"github.com/bytedance/gopkg/lang/mcache"

	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/buffers"
)

const (
	// copySize is the size of the buffers that a proxy copies through. It is what httputil.ReverseProxy allocates
	// without a pool.
	copySize = 32 << 10

	fileLeast = 1 << 10 // the files are 1 KiB to 128 KiB, two of each power of two

	// backend is the mode of the server behind the proxies.
	backend = "backend"
)

// proxyModes are the proxies by name, the subject first.
func proxyModes() []string { return []string{"plunge", "sync.Pool", "mcache", "no-pool"} }

// newProxy returns the proxy of a mode before the server at s.Backend.
func newProxy(mode string, s setup) (http.Handler, error) {
	pool, err := proxyPool(mode, s.Env)
	if err != nil {
		return nil, err
	}
	target := &url.URL{Scheme: "http", Host: s.Backend}
	return &httputil.ReverseProxy{
		Rewrite:    func(r *httputil.ProxyRequest) { r.SetURL(target) },
		Transport:  &http.Transport{MaxIdleConnsPerHost: connections, DisableCompression: true},
		BufferPool: pool,
	}, nil
}

// proxyPool returns the pool of a mode; nil is none.
func proxyPool(mode string, env work.Env) (httputil.BufferPool, error) {
	switch mode {
	case "plunge":
		p, err := buffers.New(buffers.Options{MaxIdlePerTier: env.MaxIdle, Shards: env.Shards})
		if err != nil {
			return nil, err
		}
		return p.HTTP(copySize), nil
	case "sync.Pool":
		return &syncCopies{sync.Pool{New: func() any {
			b := make([]byte, copySize)
			return &b
		}}}, nil
	case "mcache":
		return mcacheCopies{}, nil
	case "no-pool":
		return nil, nil
	}
	return nil, fmt.Errorf("no proxy %q", mode)
}

// syncCopies is a sync.Pool of *[]byte behind an interface that takes slices. So each Put allocates 24 bytes for a
// new slice header.
type syncCopies struct{ p sync.Pool }

// Get implements httputil.BufferPool.
func (s *syncCopies) Get() []byte { return *s.p.Get().(*[]byte) }

// Put implements httputil.BufferPool.
func (s *syncCopies) Put(b []byte) { s.p.Put(&b) }

// mcacheCopies is mcache behind the same interface.
type mcacheCopies struct{}

// Get implements httputil.BufferPool.
func (mcacheCopies) Get() []byte { return mcache.Malloc(copySize) }

// Put implements httputil.BufferPool.
func (mcacheCopies) Put(b []byte) { mcache.Free(b) }

// files returns the bodies behind the proxies, the same in every process.
func files() [][]byte {
	rng := rand.NewChaCha8([32]byte{5})
	bodies := make([][]byte, Variants)
	for i := range bodies {
		bodies[i] = make([]byte, fileLeast<<(i/2))
		_, _ = rng.Read(bodies[i]) // never fails
	}
	return bodies
}

// newBackend returns the server of the files.
func newBackend() http.Handler {
	bodies := files()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		i, err := strconv.Atoi(r.PathValue("variant"))
		if err != nil || i < 0 || i >= len(bodies) {
			http.NotFound(w, r)
			return
		}
		h := w.Header()
		h.Set("Content-Type", "application/octet-stream")
		h.Set("Content-Length", strconv.Itoa(len(bodies[i])))
		_, _ = w.Write(bodies[i]) // fails only if the proxy is gone
	})
}
