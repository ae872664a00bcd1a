package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

func TestMain(m *testing.M) {
	if code, is := Child(os.Args[1:]); is {
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// TestHandlers shows that every server answers with the right JSON, repeatedly from the same pools.
func TestHandlers(t *testing.T) {
	docs := documents()
	for _, mode := range Modes() {
		mux, err := newMux(mode, setup{Garbage: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 2 * Variants {
			i %= Variants
			w := get(mux, fmt.Sprintf("/doc/%d", i))
			z, err := gzip.NewReader(w.Body)
			if err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			var got document
			if err := json.NewDecoder(z).Decode(&got); err != nil {
				t.Fatalf("%s: %v", mode, err)
			}
			if !reflect.DeepEqual(got, docs[i]) {
				t.Errorf("%s: a wrong document %d", mode, i)
			}
		}
		for _, path := range []string{"/doc/-1", "/doc/16", "/doc/x"} {
			if w := get(mux, path); w.Code != http.StatusNotFound {
				t.Errorf("%s: %s: got %d", mode, path, w.Code)
			}
		}
	}
	if _, err := NewHandler("nonsense", work.Env{}); err == nil {
		t.Error("a handler of no mode: got no error")
	}
	if _, err := NewHandler("plunge", work.Env{MaxIdle: -1}); err == nil {
		t.Error("bad options: got no error")
	}
}

// get returns h's answer to a request.
func get(h http.Handler, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
	return w
}

// TestWrongAnswer shows that the client compares the contents.
func TestWrongAnswer(t *testing.T) {
	bodies, err := answers()
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(w http.ResponseWriter, body []byte){
		"bytes": func(w http.ResponseWriter, body []byte) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = w.Write(append(bytes.Clone(body[:len(body)-1]), 0xff))
		},
		"encoding": func(w http.ResponseWriter, body []byte) { _, _ = w.Write(body) },
		"status":   func(w http.ResponseWriter, _ []byte) { w.WriteHeader(http.StatusTeapot) },
	} {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/counters" {
				_, _ = w.Write([]byte("{}"))
				return
			}
			change(w, bodies[1])
		}))
		j := job{Addr: strings.TrimPrefix(s.URL, "http://"), Connections: 1, Duration: time.Second}
		if _, err := j.run(context.Background(), newClient(1), bodies); err == nil {
			t.Errorf("wrong %s: got no error", name)
		}
		s.Close()
	}
}

// TestRun runs the whole workload with its processes.
func TestRun(t *testing.T) {
	o := Options{Workload: Workloads()[0], Rounds: 2, Sample: 50 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, 1))}
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rounds) != 2 {
		t.Fatalf("got %d rounds, want 2", len(r.Rounds))
	}
	for i, mode := range Modes() {
		p := r.Rounds[1][i]
		if p.Iters < 1 || p.Values[0] <= 0 || p.Values[1] <= 0 || p.Values[2] < p.Values[1] || p.Values[4] <= 0 {
			t.Errorf("%s: got %+v", mode, p)
		}
	}
	if ours, none := r.Rounds[1][0].Values[4], r.Rounds[1][2].Values[4]; ours > none/2 {
		t.Errorf("plunge allocates %.0f B a request, no pool %.0f", ours, none)
	}
}

// TestGarbage shows that Garbage puts pressure on the collector.
func TestGarbage(t *testing.T) {
	o := Options{Workload: Workloads()[1], Rounds: 1, Sample: 100 * time.Millisecond, Rand: rand.New(rand.NewPCG(1, 1))}
	r, err := Run(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range r.Rounds[0] {
		if got, want := p.Values[4], float64(o.Workload.Garbage); got < want {
			t.Errorf("%s: %.0f B a request, want %.0f at least", r.Impls[i], got, want)
		}
		if p.Values[5] <= 0 {
			t.Errorf("%s: no collection in %d requests", r.Impls[i], p.Iters)
		}
	}
}

// TestCancel shows that the end of the context ends the processes.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(300*time.Millisecond, cancel)
	started := time.Now()
	r, err := Run(ctx, Options{Workload: Workloads()[1], Rounds: 1000, Sample: time.Second, Rand: rand.New(rand.NewPCG(1, 1))})
	if len(r.Rounds) > 0 || err == nil && ctx.Err() == nil {
		t.Errorf("got %d rounds, %v", len(r.Rounds), err)
	}
	if took := time.Since(started); took > 5*time.Second {
		t.Errorf("took %v to end", took)
	}
}

func TestChildArguments(t *testing.T) {
	if _, is := Child(nil); is {
		t.Error("no arguments: is a child")
	}
	if _, is := Child([]string{"-quick"}); is {
		t.Error("-quick: is a child")
	}
}
