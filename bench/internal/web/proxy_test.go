package web

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// TestProxies shows that every proxy passes the files on, repeatedly through the same pool.
func TestProxies(t *testing.T) {
	mux, err := newMux(backend, setup{})
	if err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewServer(mux)
	defer behind.Close()
	bodies := files()
	for _, mode := range proxyModes() {
		mux, err := newMux(mode, setup{Backend: strings.TrimPrefix(behind.URL, "http://")})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 * Variants {
			i %= Variants
			w := get(mux, fmt.Sprintf("/doc/%d", i))
			if w.Code != http.StatusOK || !bytes.Equal(w.Body.Bytes(), bodies[i]) {
				t.Errorf("%s: file %d: got status %d and %d bytes, want %d", mode, i, w.Code, w.Body.Len(), len(bodies[i]))
			}
		}
		if w := get(mux, "/doc/16"); w.Code != http.StatusNotFound {
			t.Errorf("%s: a file that is none: got %d", mode, w.Code)
		}
	}
	if got, want := len(bodies[0]), 1<<10; got != want {
		t.Errorf("the smallest file has %d bytes, want %d", got, want)
	}
	if got, want := len(bodies[Variants-1]), 128<<10; got != want {
		t.Errorf("the largest file has %d bytes, want %d", got, want)
	}
	if _, err := newMux("nonsense", setup{Backend: "127.0.0.1:9"}); err == nil {
		t.Error("a proxy of no mode: got no error")
	}
	if _, err := newMux("plunge", setup{Backend: "127.0.0.1:9", Env: work.Env{Shards: -1}}); err == nil {
		t.Error("bad options: got no error")
	}
}

// TestRunProxy runs the whole workload with its processes.
func TestRunProxy(t *testing.T) {
	w := Workloads()[2]
	if !w.Proxy {
		t.Fatalf("%s is no proxy", w.Name)
	}
	r, err := Run(context.Background(), Options{Workload: w, Rounds: 2, Sample: 100 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, 1))})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rounds) != 2 || len(r.Impls) != len(proxyModes()) {
		t.Fatalf("got %d rounds of %v", len(r.Rounds), r.Impls)
	}
	perOp := map[string]float64{}
	for i, mode := range r.Impls {
		p := r.Rounds[1][i]
		if p.Iters < 1 || p.Values[0] <= 0 || p.Values[2] < p.Values[1] {
			t.Errorf("%s: got %+v", mode, p)
		}
		perOp[mode] = p.Values[4]
	}
	if perOp["no-pool"] < copySize {
		t.Errorf("no pool: %.0f B a request, want a buffer of %d at least", perOp["no-pool"], copySize)
	}
	if perOp["plunge"] > perOp["no-pool"]-copySize/2 {
		t.Errorf("plunge allocates %.0f B a request, no pool %.0f", perOp["plunge"], perOp["no-pool"])
	}
}

// TestWrongFile shows that the client compares the files, and that a file must arrive unchanged.
func TestWrongFile(t *testing.T) {
	bodies := files()
	for name, change := range map[string]func(w http.ResponseWriter, body []byte){
		"byte": func(w http.ResponseWriter, body []byte) {
			body = bytes.Clone(body)
			body[len(body)-1]++
			_, _ = w.Write(body)
		},
		"encoding": func(w http.ResponseWriter, body []byte) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(body)
		},
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { change(w, bodies[1]) }))
		j := job{Addr: strings.TrimPrefix(s.URL, "http://"), Files: true}
		var b bytes.Buffer
		if err := j.request(context.Background(), newClient(1), 1, bodies, &b); err == nil {
			t.Errorf("wrong %s: got no error", name)
		}
		s.Close()
	}
}
