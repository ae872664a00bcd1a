// Lincheck records what concurrent calls on the library's structures returned, and when, and has
// porcupine, a linearizability checker, search for an order of them that the structure's contract
// allows. It runs until its time is over or a history has no such order:
//
//	make lincheck TIME=10m
//	cd internal/check/lincheck && go run . -time 10m -only ring -seed 42
//
// For a history that has none it prints the parameters, the seed and the calls, writes porcupine's
// picture of it to a temporary HTML file, and exits with 1. The seed fixes the parameters and what
// each goroutine calls; what the calls meet is up to the scheduler.
//
// # Contracts
//
// A contract is a sequential model: a state, and which call with which result may happen in it.
// The tests try each on structures that are broken, which it has to find out, on right ones, and on
// histories made by hand.
//
//   - handles (model_handles.go): ring.Handles is a bounded FIFO. Full and empty are exact.
//
//   - ring (model_ring.go): a call on a ring.Ring takes effect in two instants, its claim and its
//     end, both while it runs. The FIFO is that of the claims. A call may report full or empty while the very
//     slot that it wants is between the two.
//
//   - pool (model_object.go): each object of a pool.Pool on its own, with every Clear, Prune and
//     Close, is idle before it is handed out, and destroyed once and only when nobody has it.
//     Besides, no more than MaxIdle objects are certainly idle at the same time (bound.go).
//
//   - bag (model_bag.go): a pool.Pool of one shard that keeps nothing private, as a whole. It is a FIFO. A miss
//     is exact, and full is exact except for Releases and Acquires that are half done.
//
//   - resource (model_resource.go): a resource.Pool whose resources are made is a counted semaphore that is first
//     come, first served. An Acquire takes effect in two instants: it gets its place in the order, and a resource.
//     Each resource has one holder. TryAcquire fails only if none is free or others wait, or if some Acquire of this
//     history gave up: that one may have had a resource in its hands.
//
// # Histories
//
// Most have a few goroutines with a few calls each. There the search is quick, and a start at one barrier makes
// nearly all calls overlap. One in 16 is long, and GOMAXPROCS changes while it runs, which suspends goroutines in the
// middle of a call. At the end one goroutine empties the queue or closes the pool, so that what was lost or doubled
// shows.
//
// Calls are stamped by a shared counter or, in every fourth history, by the monotonic clock: the
// counter orders everything, but is a full fence before and after each call.
//
// # Files
//
//	main.go      flags, the loop, the table
//	check.go     porcupine's search within a limit, and the report
//	history.go   clock, barrier, parameters
//	queue.go     histories of queues; model_handles.go and model_ring.go have their contracts
//	pool.go      what goroutines do with a pool
//	play_pool.go histories of pools; model_object.go, model_bag.go and bound.go have their contracts
//	resource.go  histories of pools of resources; model_resource.go has their contract
package main
