package pooltest

import "github.com/plungepool/plunge/pool"

// Deterministic returns the options with what makes a pool's behaviour a matter of
// the order of its calls alone, whatever GOMAXPROCS and the goroutines that make
// them: one shard, and strictly last in, first out. An Acquire calls New only if
// none is idle, and a Release discards only if MaxIdle are. AcquireN takes, and
// ReleaseN puts, one after the other.
//
// Where they are 0, MaxIdle becomes pool.DefaultMaxIdlePerP and MaxIdleTime becomes
// no limit; objects of which a limit is given expire as the clock says. All else
// is left as it is, Check too.
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
