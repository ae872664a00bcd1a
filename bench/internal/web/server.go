package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"runtime"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// counters are what the server's runtime counts.
type counters struct {
	Mallocs, Bytes uint64
	GCs            uint32
}

// newMux returns the routes of a server.
func newMux(mode string, env work.Env) (*http.ServeMux, error) {
	h, err := NewHandler(mode, env)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	mux.Handle("GET /doc/{variant}", h)
	mux.HandleFunc("GET /counters", func(w http.ResponseWriter, _ *http.Request) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		_ = json.NewEncoder(w).Encode(counters{m.Mallocs, m.TotalAlloc, m.NumGC})
	})
	return mux, nil
}

// serve is the process of a server: it prints its address and answers until in
// ends.
func serve(in io.Reader, out io.Writer, mode string, env work.Env) error {
	mux, err := newMux(mode, env)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- s.Serve(l) }()
	if _, err := fmt.Fprintln(out, l.Addr()); err != nil {
		return err
	}
	go func() {
		_, _ = io.Copy(io.Discard, in)
		failed <- s.Close()
	}()
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
