package buffers

import "sync"

var process = sync.OnceValue(func() *Pool { return Must(New(Options{Name: "buffers"})) })

// Default returns the process-wide pool, which has the default Options. It is created at the first call. The
// whole program shares it: do not close it.
func Default() *Pool { return process() }

// Acquire is Default().Acquire(n).
func Acquire(n int) []byte { return process().Acquire(n) }

// Release is Default().Release(b).
func Release(b []byte) { process().Release(b) }
