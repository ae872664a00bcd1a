package pool_test

import (
	"bytes"
	"fmt"
	"runtime/pprof"

	"github.com/plungepool/plunge/pool"
)

// Find out who holds objects of a pool in a running program: switch the recording on, look at the profile
// plunge_held, and switch the recording off.
func ExampleSampleHeld() {
	p := pool.Must(pool.New(pool.Options[*bytes.Buffer]{
		New:     func() *bytes.Buffer { return new(bytes.Buffer) },
		Name:    "responses",
		NoCheck: true, // a checked pool always records all objects
	}))
	pool.SampleHeld(1) // 1000, say, in production
	defer pool.SampleHeld(0)
	a, b := p.Acquire(), p.Acquire()
	p.Release(a)
	recorded, _ := p.Held()
	fmt.Println(recorded, "recorded;", "in the profile:", pprof.Lookup("plunge_held").Count() > 0)
	p.Release(b)
	recorded, _ = p.Held()
	fmt.Println(recorded, "recorded")
	// Output:
	// 1 recorded; in the profile: true
	// 0 recorded
}
