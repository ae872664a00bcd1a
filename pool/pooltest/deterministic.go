package pooltest

import "github.com/plungepool/plunge/pool"

// Deterministic returns the options for a pool whose behaviour depends only on the order of its calls, not on
// GOMAXPROCS or on goroutines. Acquire returns the object that was released last, and calls New only if none is
// idle. Release drops an object only if MaxIdle are idle. AcquireN and ReleaseN do the same one object after the
// other.
//
// A MaxIdle of 0 becomes pool.DefaultMaxIdlePerP. A MaxIdleTime of 0 becomes no limit; with another one, objects
// expire by the clock. Other options stay as they are.
func Deterministic[T any](o pool.Options[T]) pool.Options[T] {
	o.LIFO = true
	o.Shards = 1
	o.LocalCache = -1
	if o.MaxIdle == 0 {
		o.MaxIdle = max(pool.DefaultMaxIdlePerP, o.MinIdle)
	}
	if o.MaxIdleTime == 0 {
		o.MaxIdleTime = -1
	}
	return o
}
