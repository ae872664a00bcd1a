package main

import (
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/pprof"
	"strconv"
	"strings"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/experimental"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooldebug"
	"github.com/plungepool/plunge/pool/poolprom"
)

// server has its pools as fields, so that a test can check that all objects came back.
type server struct {
	writers *pool.Pool[*gzip.Writer]
	buffers *buffers.Pool

	web, admin *http.Server
	rpc        *grpc.Server
}

func newServer() *server {
	s := &server{
		writers: pool.Must(pool.New(pool.Options[*gzip.Writer]{
			New: func() *gzip.Writer {
				w, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
				if err != nil {
					panic(err) // the level is wrong
				}
				return w
			},
			Size: func(*gzip.Writer) int64 { return 1_200_000 }, // measured once, with a heap profile
			Name: "gzip writers",
		})),
		buffers: buffers.Must(buffers.New(buffers.Options{MaxRetainedBytes: 16 << 20, Name: "http and grpc"})),
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /items", s.items)
	s.web = &http.Server{Handler: mux}

	metrics := prometheus.NewRegistry()
	metrics.MustRegister(poolprom.NewCollector())
	mux = http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.Handle("GET /debug/pools", pooldebug.Handler())
	mux.HandleFunc("GET /debug/pprof/", pprof.Index)
	s.admin = &http.Server{Handler: mux}

	s.rpc = grpc.NewServer(experimental.BufferPool(s.buffers.GRPC()))
	s.rpc.RegisterService(&echo, nil)
	return s
}

// serve returns at once. The channel yields the error of a server that fails.
func (s *server) serve(web, rpc, admin net.Listener) <-chan error {
	failed := make(chan error, 3)
	start := func(serve func(net.Listener) error, l net.Listener) {
		go func() {
			if err := serve(l); !errors.Is(err, http.ErrServerClosed) && err != nil {
				failed <- err
			}
		}()
	}
	start(s.web.Serve, web)
	start(s.rpc.Serve, rpc)
	start(s.admin.Serve, admin)
	return failed
}

// shutdown lets requests end, then closes the pools.
func (s *server) shutdown(ctx context.Context) {
	_ = s.web.Shutdown(ctx)
	s.rpc.GracefulStop()
	_ = s.admin.Shutdown(ctx)
	_ = s.writers.Close()
	_ = s.buffers.Close()
}

type item struct {
	ID   int      `json:"id"`
	Name string   `json:"name"`
	Tags []string `json:"tags"`
}

// items answers with n items as JSON, compressed if the client takes that.
func (s *server) items(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.FormValue("n"))
	if err != nil || n < 0 || n > 100_000 {
		http.Error(w, "n: give a number from 0 to 100000", http.StatusBadRequest)
		return
	}
	body := s.buffers.NewBuffer(0)
	defer body.Release()
	encoder := json.NewEncoder(body)
	for i := range n {
		if err := encoder.Encode(item{i, "item " + strconv.Itoa(i), []string{"pool", "example"}}); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	if !strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		_, _ = body.WriteTo(w) // the client is gone if this fails
		return
	}
	w.Header().Set("Content-Encoding", "gzip")
	z := s.writers.Borrow()
	defer z.Release()
	z.Value().Reset(w)
	if _, err := body.WriteTo(z.Value()); err == nil {
		_ = z.Value().Close()
	}
}
