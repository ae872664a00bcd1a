// Package pool is a bounded, typed pool of idle objects: faster than sync.Pool
// and, unlike it, exact about what it holds, for how long, and what became of
// each object.
//
//	var writers = pool.Must(pool.New(pool.Options[*gzip.Writer]{
//		New:   func() *gzip.Writer { return gzip.NewWriter(io.Discard) },
//		Reset: func(w *gzip.Writer) { w.Reset(io.Discard) },
//	}))
//
//	w := writers.Acquire()
//	defer writers.Release(w)
//
// # Differences with sync.Pool
//
//   - Objects are of one type, stored by value: a []byte needs no pointer and no
//     allocation.
//   - The garbage collector does not empty the pool. MaxIdle bounds it, and
//     MaxIdleTime drops what nobody needs.
//   - Every object that is dropped is counted by reason, and handed to Destroy
//     exactly once.
//   - Clear, Prune and Close reach every idle object, on whatever P it is.
//   - An object must not be used after Release, as there. Releasing one twice is
//     a bug that is not detected.
//
// # Map
//
//	options.go  Options and their check
//	pool.go     Pool and its methods
//	lease.go    Lease
//	policy.go   what the engine (package shard) asks of the pool
//	clock.go    stamps and expiry
//	reset.go    Resetter
//	stats.go    Stats; counts.go the counters behind it
//	shared.go   the process-wide pools of slices, maps and sets
//
// # Rules
//
// Hooks run outside every critical section, and may call the pool. One that
// panics loses one object, counted, and nothing else.
//
// Whenever no call is in flight, and as long as only the pool's own objects are
// released,
//
//	Created + Warmed == InUse + Idle + Discarded.Total()
//
// and, with a Destroy hook, Destroy ran Discarded.Total() times.
//
// After Clear or Close returns, no Acquire that starts then returns an object
// that was idle before the call.
//
// The memory of an object that was acquired and then dropped by the user is
// given back by the collector when its place in the pool is used again, at the
// latest when an idle object in that place would have expired (package shard,
// "What is kept alive").
package pool
