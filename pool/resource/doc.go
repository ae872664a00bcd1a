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
//	make.go     New, and what becomes of its failures (C1, M1)
//	hooks.go    how hooks are called (H1): Check, Reset, Close
//	age.go      limits of age, by one timer (A1, T1)
//	close.go    Close and Drain (E1)
//	handle.go   Handle
//	trace.go    stacks of holders, leaks, the profile plunge_held (P1, P2)
//	stats.go    Stats; list.go for pool.All
//	seam.go     what the explorer of schedules replaces

// Design. A slot is a place for one resource; there are as many as were ever alive at a time. A slot's word says whose it is. Three
// things decide who gets what:
//
//   - The stack of idle slots, one word that is changed by CAS. While nothing else is the matter Acquire pops and Release pushes, and that is all.
//   - The bit slow in that same word. It is set while somebody waits, the pool is closed or drained, or too much is alive; then the stack is
//     empty, and whoever has or wants something takes the lock.
//   - Under the lock: the queue of waiters, the counts, the failures. Each section ends in unlock, which starts as many News as are missing.
//
// The invariants, each where it is kept:
//
//	L1  live <= max, counting from before New until after Close            places.go, occupy
//	S1  every slot has one owner, who passes it on: none is lost            slot.go
//	S2  a waiter leaves the queue, or passes on what it was given           queue.go, wait
//	G1  slow means an empty stack; one word decides between waiter and push stack.go
//	W1  what comes free goes to the oldest waiter                           pool.go, place
//	W2  who got something unfit keeps its place in the order                pool.go, acquireSlow
//	C1  for whoever waits something is under way                            make.go, grow
//	M1  New belongs to the pool                                             make.go, make
//	H1  a hook ends once, in time or overdue                                hooks.go, call
//	R1  what is retired is never lent                                       slot.go, lend
//	A1  not more than a quarter at a time                                   age.go, sweep
//	T1  one timer, weak, and only while something is due                    age.go, wake
//	E1  Close and Drain retire everything there is, News included           close.go, evict
//	P1  no record keeps a pool or a resource alive                          trace.go, record
//	P2  a loan that has a record ends by way of it                          trace.go, sampleHeld
//
// What others do, and what went wrong there, is told where it mattered. jackc/puddle puts a semaphore in front of a mutex: the semaphore is FIFO, and
// each operation takes both twice. database/sql hands over to a waiter through its channel, and answers one of those that wait with each failure of the driver.
// vitess' smartconnpool has lock-free stacks beside a list of waiters. HikariCP lets whoever comes steal from the hand-over, so that a
// waiter can starve (brettwooldridge/HikariCP 1909). commons-pool checks in the caller's thread, and under a lock in old versions.
