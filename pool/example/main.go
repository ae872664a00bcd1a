// Command example is a server that takes its memory from plunge's pools: HTTP with gzip and JSON, and gRPC. The
// address admin serves Prometheus metrics, the page of package pooldebug, and profiles.
//
//	go run . -addr localhost:8080 -grpc localhost:8081 -admin localhost:8082
//	curl --compressed localhost:8080/items?n=1000
//	curl localhost:8082/debug/pools
//	go tool pprof localhost:8082/debug/pprof/plunge_held
package main

import (
	"context"
	"flag"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"
)

func main() {
	addr := flag.String("addr", "localhost:8080", "`address` of HTTP")
	grpcAddr := flag.String("grpc", "localhost:8081", "`address` of gRPC")
	admin := flag.String("admin", "localhost:8082", "`address` of metrics, pages and profiles: not for the public")
	flag.Parse()
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(256 << 20) // near this limit the pools shrink
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *addr, *grpcAddr, *admin); err != nil {
		slog.Error("example", "error", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, addrs ...string) error {
	var listeners []net.Listener
	for _, addr := range addrs {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			return err
		}
		listeners = append(listeners, l)
		slog.Info("listening", "address", l.Addr())
	}
	s := newServer()
	failed := s.serve(listeners[0], listeners[1], listeners[2])
	var err error
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	within, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	s.shutdown(within)
	for _, stats := range []any{s.writers.Stats(), s.buffers.Stats()} {
		slog.Info("at the end", "pool", stats)
	}
	return err
}
