// Package pool is a bounded, typed pool of idle objects for concurrent use.
//
//	var writers = pool.Must(pool.New(pool.Options[*gzip.Writer]{
//		New: func() *gzip.Writer { return gzip.NewWriter(nil) },
//	}))
//
//	w := writers.Acquire()
//	defer writers.Release(w)
//	w.Reset(dst)
//
// Package syncpool has the same names and contract as sync.Pool. Pool differs:
//
//   - Objects have a type and are stored by value. A []byte costs no allocation.
//   - The garbage collector does not empty a pool. Options.MaxIdle bounds what is
//     idle, and Options.MaxIdleTime drops what nobody needs.
//   - Every object that is dropped is counted by reason, and passed to
//     Options.Destroy exactly once. Clear, Prune and Close reach every idle object.
//   - If T has a method Reset, Release calls it.
//
// As with sync.Pool, an object must not be used after its Release, nor released
// twice. Options.Check detects both. Hooks may call the pool. A hook that panics
// costs one object, which is counted.
package pool

// # Map
//
//	options.go     Options and their check
//	pool.go        Pool and its methods
//	zero.go        Init, and the zero Pool: Z2
//	lease.go       Lease
//	policy.go      what the engine (package shard) asks of the pool
//	clock.go       stamps and expiry
//	house.go       what the keeper of all pools (internal/keeper) makes a pool do
//	background.go  Destroy for what housekeeping drops
//	reset.go       Resetter
//	stats.go       Stats; counts.go the counters behind it
//	check.go       checked mode; tracker.go and identity.go what it knows of objects (K1, K2),
//	               seal.go of idle ones (U1), foreign.go of other pools', misuse.go and stack.go
//	               what it reports
//	sample.go      SampleHeld: which objects are recorded; holds.go the profile of objects in use: P1, P2
//	nil.go         what happens to nil
//	shared.go      the process-wide pools of slices, maps and sets
//	slices.go      which slices they retain; arrays.go which array a slice has: A1 to A3
//	maps.go        which maps they retain; recent.go what recent uses needed
//
// # Rules
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
// # Memory
//
// A pool takes 1 KiB, and 3 KiB once it has been used. A P that uses the pool in a loop earns private memory, and
// gives it back when it stops. Without private memory an operation costs some 80 ns instead of 7.
//
// An object that the pool drops can be collected at once, or within 0.4 seconds if the world was stopped 10 times
// in the last second. An object that was acquired and forgotten can be collected after a second.
//
// # Housekeeping
//
// One timer serves all pools of the process, and runs only while one of them has something to
// expire or private memory. Its work stops the world at most 10 times per second for all pools together. Two calls
// share that limit: a Release that finds the pool full, and an Acquire that finds nothing while Ps have more than a
// tenth of the objects in use in private memory. Beyond the limit that Acquire creates an object, and that Release
// drops one, although neither is necessary.
//
// # Who holds objects
//
// The profile plunge_held of runtime/pprof shows the objects in use, by the stack that acquired them. It has all
// objects of checked pools, and a sample of the other pools' objects: see Options.SampleHeld and [SampleHeld].
// Options.LogHeld logs objects that are in use for too long.
//
// # Tools that rewrite sources
//
// Build with -tags plunge_portable if a tool inserts calls into dependencies, as for fault injection, schedule
// fuzzing or tracing. Without the tag the process crashes if an inserted call yields while the goroutine is pinned.
// Calls inserted into Acquire and Release themselves are detected, and only make them slower.
//
// # testing/synctest
//
// A pool that was created outside a bubble, such as a global one, can be used inside it. Objects that become idle
// in the bubble expire by the bubble's time. Objects that were idle before count as just released. Objects left
// when the bubble ends are dropped soon. If the pool is also in use outside, they may be dropped before that.
