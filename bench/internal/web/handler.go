package web

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/plungepool/plunge/bench/internal/work"
	"github.com/plungepool/plunge/pool"
)

// Modes returns the names of the servers that gzip, the subject first.
func Modes() []string { return []string{"plunge", "sync.Pool", "no-pool"} }

// NewHandler returns the handler of a mode. Its requests have a path value
// "variant", the number of the document.
func NewHandler(mode string, env work.Env) (http.Handler, error) {
	docs := documents()
	switch mode {
	case "plunge":
		return newPlunge(docs, env)
	case "sync.Pool":
		return newSyncPool(docs), nil
	case "no-pool":
		return noPool(docs), nil
	}
	return nil, fmt.Errorf("no server %q", mode)
}

func newPool[T any](env work.Env, create func() T) (*pool.Pool[T], error) {
	return pool.New(pool.Options[T]{New: create, MaxIdle: env.MaxIdle, Shards: env.Shards, LocalCache: env.LocalCache})
}

func newPlunge(docs []document, env work.Env) (http.Handler, error) {
	buffers, err := newPool(env, func() *bytes.Buffer { return new(bytes.Buffer) }) // a bytes.Buffer is a Resetter
	if err != nil {
		return nil, err
	}
	writers, err := newPool(env, func() *gzip.Writer { return gzip.NewWriter(nil) })
	if err != nil {
		return nil, err
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := buffers.Borrow()
		defer b.Release()
		z := writers.Borrow()
		defer z.Release()
		answer(w, r, docs, z.Value(), b.Value())
	}), nil
}

func newSyncPool(docs []document) http.Handler {
	buffers := sync.Pool{New: func() any { return new(bytes.Buffer) }}
	writers := sync.Pool{New: func() any { return gzip.NewWriter(nil) }}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b := buffers.Get().(*bytes.Buffer)
		defer func() {
			b.Reset()
			buffers.Put(b)
		}()
		z := writers.Get().(*gzip.Writer)
		defer writers.Put(z)
		answer(w, r, docs, z, b)
	})
}

func noPool(docs []document) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, r, docs, gzip.NewWriter(nil), new(bytes.Buffer))
	})
}

// answer writes the document that the path names.
func answer(w http.ResponseWriter, r *http.Request, docs []document, z *gzip.Writer, b *bytes.Buffer) {
	i, err := strconv.Atoi(r.PathValue("variant"))
	if err != nil || i < 0 || i >= len(docs) {
		http.NotFound(w, r)
		return
	}
	if err := encode(&docs[i], z, b); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Encoding", "gzip")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	_, _ = w.Write(b.Bytes()) // fails only if the client is gone
}
