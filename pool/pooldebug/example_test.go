package pooldebug_test

import (
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"

	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/pooldebug"
)

func ExampleHandler() {
	conns := pool.Must(pool.New(pool.Options[*[]byte]{
		New:     func() *[]byte { return new([]byte) },
		MaxIdle: 1000,
		Name:    "conns",
	}))
	defer conns.Close()
	conns.Release(conns.Acquire())

	mux := http.NewServeMux()
	mux.Handle("/debug/pools", pooldebug.Handler()) // not where the public has access

	// curl localhost:6060/debug/pools
	w := httptest.NewRecorder()
	mux.ServeHTTP(w, httptest.NewRequest("GET", "/debug/pools", nil))
	_, _ = w.Body.WriteTo(os.Stdout)
	// Output:
	//   IDLE  MAX IDLE  IN USE  HIT RATE  CREATED  DISCARDED  IDLE BYTES  POOL
	//      1     1,000       0      0.0%        1          0           -  conns
}

func ExamplePublish() {
	conns := pool.Must(pool.New(pool.Options[*[]byte]{
		New:  func() *[]byte { return new([]byte) },
		Name: "conns",
	}))
	defer conns.Close()
	conns.Release(conns.Acquire())

	pooldebug.Publish("pools") // once, as with every expvar variable

	var all []pool.Info // as a program reads it from /debug/vars
	_ = json.Unmarshal([]byte(expvar.Get("pools").String()), &all)
	fmt.Println(len(all), all[0].Name, all[0].Stats.Idle)
	// Output: 1 conns 1
}
