// Package resource is a pool of limited resources, such as connections. It creates,
// lends, checks and closes them. At most Max are alive at any time.
//
//	conns, err := resource.New(resource.Options[net.Conn]{
//		New:   func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", addr) },
//		Close: func(_ context.Context, c net.Conn) error { return c.Close() },
//		Max:   8,
//	})
//	if err != nil {
//		return err
//	}
//	h, err := conns.Acquire(ctx)
//	if err != nil {
//		return err
//	}
//	defer h.Release()
//	if _, err := h.Value().Write(request); err != nil {
//		h.Discard(err) // Release does nothing then
//		return err
//	}
//
// Use package pool for objects that only cost memory: nothing waits there, and a call
// takes a fifth of the time.
//
//   - Max counts resources that are being created, checked or closed, too.
//   - Callers that wait are served in the order in which they came.
//   - When a waiting caller's context ends, its turn goes to the next caller.
//   - If the caller of Acquire gives up, New continues, and the next caller gets the resource.
//   - While New fails it is called again, one call at a time, after longer and longer delays. Callers get its error.
//   - A hook that fails, panics or hangs costs one resource. Nobody waits for a hook
//     longer than HookTimeout, but one that hangs keeps its place until it returns.
//   - MaxIdleTime and MaxLifetime hold without traffic. MaxLifetime never closes more than a quarter at a time.
//   - Close and Drain wait until their context ends, and then tell who holds what.
//   - Pools with a Name are in pool.All, on the page of pooldebug and in the metrics of poolprom and poolotel, with waits and failures.
//
// While a resource is idle, Acquire and Release take no lock and allocate nothing, unless
// they call a hook or record stacks: Options.Stacks, pool.SampleHeld. A pool that is dropped without Close is garbage
// collected. Its idle resources are not closed.
package resource

// # Map
//
//	options.go  Options and their check
//	pool.go     Pool: Acquire, and how a slot is passed on (W1, W2)
//	places.go   how many slots there are, Resize (L1)
//	slot.go     a place for a resource, and who owns it (S1, R1)
//	stack.go    the idle ones, lock-free (G1)
//	queue.go    the waiters (S2)
//	make.go     New, and what happens when it fails (C1, M1)
//	hooks.go    how hooks are called (H1): Check, Reset, Close
//	age.go      limits of age, by one timer (A1, T1)
//	close.go    Close and Drain (E1)
//	handle.go   Handle
//	trace.go    stacks of holders, leaks, the profile plunge_held (P1, P2)
//	stats.go    Stats; list.go for pool.All
//	seam.go     what package explore, which tries schedules, replaces

// Design. A slot is a place for one resource. There are as many slots as resources were ever alive at a time. A
// slot's word says who owns it. Three things decide who gets what:
//
//   - The stack of idle slots, one word that is changed by CAS. Normally Acquire only pops and Release only pushes.
//   - The bit slow in that same word. It is set while somebody waits, the pool is closed or drained, or too many
//     resources are alive. Then the stack is empty, and every Acquire and Release takes the lock.
//   - Under the lock: the queue of waiters, the counts, the failures. Each section ends with unlock, which calls New
//     for every resource that is missing.
//
// The invariants, each where it is kept:
//
//	L1  live <= max, counting from before New until after Close            places.go, occupy
//	S1  every slot has one owner, who passes it on: none is lost            slot.go
//	S2  a waiter leaves the queue, or passes on what it was given           queue.go, wait
//	G1  slow means an empty stack; one word decides between waiter and push stack.go
//	W1  a slot that comes free goes to the oldest waiter                    pool.go, place
//	W2  a caller that got an unfit resource keeps its place in the order    pool.go, acquireSlow
//	C1  something is under way for every waiter                             make.go, grow
//	M1  New belongs to the pool                                             make.go, make
//	H1  a hook ends once, in time or overdue                                hooks.go, call
//	R1  a retired slot is never lent                                        slot.go, lend
//	A1  at most a quarter are closed for their age at a time                age.go, sweep
//	T1  one timer, weak, and only while something is due                    age.go, wake
//	E1  Close and Drain retire everything there is, News included           close.go, evict
//	P1  no record keeps a pool or a resource alive                          trace.go, record
//	P2  the end of a recorded loan removes its record                       trace.go, sampleHeld
//
// Other pools. The comments in the code name their bugs where these matter. jackc/puddle puts a FIFO semaphore in
// front of a mutex, and each operation takes both twice. database/sql hands a connection over through the waiter's
// channel, and each failure of the driver goes to one waiter. vitess' smartconnpool has lock-free stacks beside a
// list of waiters. In HikariCP any caller can steal during a hand-over, so a waiter can starve
// (brettwooldridge/HikariCP 1909). commons-pool checks in the caller's thread, and under a lock in old versions.
