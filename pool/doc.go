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
//	house.go       what the keeper of all pools (internal/keeper) has a pool do
//	background.go  Destroy for what housekeeping drops
//	reset.go       Resetter
//	stats.go       Stats; counts.go the counters behind it
//	check.go       checked mode; tracker.go and identity.go what it knows of objects (K1, K2),
//	               seal.go of idle ones (U1), foreign.go of other pools', misuse.go and stack.go
//	               what it reports
//	sample.go      SampleHeld: which objects are recorded; holds.go the profile of those that are out: P1, P2
//	nil.go         what becomes of nil
//	shared.go      the process-wide pools of slices, maps and sets
//	slices.go      what of a slice they retain; arrays.go whose array it is: A1 to A3
//	maps.go        what of a map; recent.go what uses needed of late
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
// A pool takes 1 KiB, and 3 KiB once it was used. A P that uses it in a loop earns private
// memory, and gives it back when it no longer does; then operations cost some 80 ns instead of 7.
//
// An object that the pool drops can be collected at once, or within 0.4 seconds where the world
// was stopped 10 times in the last second. One that was acquired and forgotten can be collected after a second.
//
// # Housekeeping
//
// One timer serves all pools of the process, and runs only while one of them has something to
// expire or private memory. Its work stops the world at most 10 times per second
// for all pools together. So does an Acquire that finds nothing while Ps have more than a tenth
// of the objects in use to themselves, and a Release that finds the pool full: once they were
// too often at it an Acquire creates an object that it need not have, and a Release drops one.
//
// # Who holds objects
//
// The profile plunge_held of runtime/pprof has the objects that are out, by the stack that acquired them: all of checked
// pools, and a sample of others, by Options.SampleHeld or at run time by [SampleHeld]. Options.LogHeld logs what is out for too long.
//
// # Tools that rewrite sources
//
// Build with -tags plunge_portable if a tool inserts calls into dependencies, as for fault injection, schedule
// fuzzing or tracing. Without it a call that yields in a section where the goroutine is pinned crashes the process.
// Calls in Acquire and Release themselves are detected, and only make them slower.
//
// # testing/synctest
//
// A pool that was created outside of a bubble, such as a global one, can be used in it. What becomes
// idle in the bubble expires by the bubble's time. What was idle before counts as just
// released. What is left when the bubble ends is dropped soon; if the pool was in use outside it may be dropped in the bubble already.
