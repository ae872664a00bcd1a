// Package resource is a pool of limited resources, such as connections: it makes, lends, checks and closes them, and no more than Max
// are ever alive.
//
//	conns, err := resource.New(resource.Options[net.Conn]{
//		New:         func(ctx context.Context) (net.Conn, error) { return dialer.DialContext(ctx, "tcp", addr) },
//		Close:       func(_ context.Context, c net.Conn) error { return c.Close() },
//		Max:         8,
//		MaxIdleTime: time.Minute,
//	})
//	…
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
// Use package pool for objects that cost memory only, such as buffers: there is no limit on what lives there, nothing waits, and an
// operation costs a fifth of one here.
//
// # Promises
//
//   - Never more than Max are alive, those included that are being made, checked or closed.
//   - Callers that wait are served in the order in which they came. What is released goes straight to the oldest.
//   - Whenever a caller's context ends, the place or the resource that it was about to get goes to the next.
//   - New runs for the pool, not for its caller: it is not cancelled when the caller leaves.
//   - While New fails it is tried once at a time, ever less often, and callers get its error instead of waiting for nothing.
//   - A hook that fails, panics or hangs costs its own resource. A hook that hangs keeps its place until it returns, for the limit holds
//     as the other side counts it, but nobody waits for it longer than HookTimeout.
//   - Limits of age hold without traffic, and never close everything at once.
//   - Close and Drain wait as long as their context says, and then tell who has what.
//   - A [Handle] is one loan. What is done with it afterwards does nothing to the next holder.
//
// While something is idle Acquire and Release take no lock and allocate nothing, unless a hook is called, Stacks is set or MinIdle is to be
// made up for.
//
// # What becomes of a pool
//
// A pool that is dropped without Close is collected, with what is idle in it; Close is not called for that. No goroutine runs
// while no hook does.
//
// A pool that is used in a testing/synctest bubble has to be created in it.
//
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
//	trace.go    stacks of holders, leaks
//	stats.go    Stats; list.go for pool.All
//	seam.go     what the explorer of schedules replaces
package resource

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
//
// What others do, and what went wrong there, is told where it mattered. jackc/puddle puts a semaphore in front of a mutex: the semaphore is FIFO, and
// each operation takes both twice. database/sql hands over to a waiter through its channel, and answers one of those that wait with each failure of the driver.
// vitess' smartconnpool has lock-free stacks beside a list of waiters. HikariCP lets whoever comes steal from the hand-over, so that a
// waiter can starve (brettwooldridge/HikariCP 1909). commons-pool checks in the caller's thread, and under a lock in old versions.
