// Package ring has two bounded first-in first-out queues for many producers and
// many consumers.
//
//   - [Handles] holds 32-bit numbers, such as indices of things that live elsewhere.
//     It is linearizable and lock-free: a goroutine that stops halfway hinders nobody.
//   - [Ring] holds values of any type. Its capacity is exact. A push or a pop that
//     stops halfway can make others report full or empty.
//
// No call waits for another goroutine: TryPush reports false when the queue is full,
// TryPop when it is empty. A push and a pop take some 20 ns on one core.
//
//	q := ring.New[Job](1024)
//	if !q.TryPush(job) {
//		return errBusy
//	}
//
// A push synchronizes before the pop that takes its value (The Go Memory Model). The
// pop synchronizes before the push that uses the same place again.
package ring

// Both queues count positions: the k-th push since the beginning is at position k, and so is the pop of its value.
// Position p uses slot p mod n in lap p div n, where n is the capacity.
//
// # Handles
//
// Each slot is one 64-bit word, which is its whole state. The word says which lap the slot is in. If that lap's push
// has happened and its pop has not, it also says what was pushed:
//
//	 63                               28 27                        0
//	+-----------------------------------+---------------------------+
//	|                lap                |   handle, or none (1…1)   |
//	+-----------------------------------+---------------------------+
//
//	(0,none) --push--> (0,h) --pop--> (1,none) --push--> (1,h') --pop--> (2,none) ...
//
// Head and tail are hints: positions at or somewhat below the true ends. Every position below the
// tail hint has been filled, every position below the head hint emptied.
//
// To push h:
//
//  1. Load the tail hint; let p be what it says.
//  2. Load the word of p's slot. (lap(p), none): go on with 3. Any other word of lap(p) or a later
//     lap: p has been filled, look at p+1. A word of an earlier lap: the queue is full.
//  3. CAS the word to (lap(p), h). If that fails, p has just been filled: look at p+1.
//  4. Move the hint to p+1 by CAS, if p is the hint's own position or the last of a group of eight. It does not
//     matter whether that CAS succeeds.
//
// To pop:
//
//  1. Load the head hint; let p be what it says.
//  2. Load the word of p's slot. (lap(p), h): go on with 3. (lap(p), none): the queue is empty.
//     A word of a later lap: p has been emptied, look at p+1.
//  3. CAS the word to (lap(p)+1, none). If that fails, p has just been emptied: look at p+1.
//  4. Move the hint as a push does.
//
// A scan that has passed 16 positions moves the hint up by 16 and begins again at 1.
//
// Let T be the number of positions filled so far and H the number emptied. These hold always:
//
//   - H1: a slot's word changes only by CAS, and only along the line drawn above. So a position once
//     filled stays filled, one emptied stays emptied, and the element and its claim appear together.
//   - H2: the filled positions are exactly those below T, the emptied ones those below H, and H <= T <= H+n. A push
//     fills p only after it saw all below p filled (in its scan, or by H3), so p = T then. A pop empties p only after
//     it saw all below p emptied. The word of p is that of lap(p) only once p-n has been emptied, and (lap(p), h) only
//     once p has been filled.
//   - H3: a hint never exceeds its true end, and never moves back. It moves only by CAS from the
//     value that a scan began at to a position that this scan saw everything below filled
//     (emptied).
//   - H4: T is at most 16 above the tail hint, H at most 16 above the head hint. A call fills or empties only
//     positions less than 16 above the hint value that it has loaded, and by H3 the hint has not moved back since.
//
// Each call takes effect at one instant between its beginning and its end, so the queue is
// linearizable:
//
//   - a push or pop that succeeds, at its CAS of the slot: p is T (H) just before, and by H1 the CAS fills
//     (empties) exactly this position. Elements leave in the order of their positions, which is the order of the
//     pushes' instants.
//   - a push that reports full, at its last load of a slot's word: the word is of an earlier lap, so
//     p-n has not been emptied, H <= p-n. All below p have been filled, T >= p. By H2 both are
//     equalities and T-H = n.
//   - a pop that reports empty, at its last load of a slot's word: p has not been filled, T <= p. All
//     below p have been emptied, H >= p. By H2 T = H.
//
// It is lock-free in the strict sense. A CAS on a slot fails only because another call succeeded at that slot. A scan
// passes only positions that are already filled (emptied). By H4 it passes at most 16 of them before it reaches T
// (H), unless others succeed meanwhile. A goroutine that stops forever, at any instruction, hinders nobody. While
// others keep winning, the steps of a single call have no bound.
//
// Laps are compared by the sign of their difference modulo 2^36. That misleads a call only if the call is suspended
// between two of its instructions while the others take the ring through 2^35 laps: 2^35 times Cap pushes and as many
// pops. An ABA of the CAS takes exactly a multiple of 2^36 laps. At 10 ns for a push and a pop without any pause,
// 2^35 laps last six minutes for a ring of 1, six hours for a ring of 64, and four days for a ring of 1024.
//
// # Why hints
//
// With exact head and tail words every operation writes two contended cache lines. With hints it is little more than
// one: a goroutine that finds its slot taken goes on to the next, and under contention the hint's line is written
// about twice in eight operations.
//
// In a queue of more than 8, neighbouring positions are on different cache lines, as in SCQ (Nikolaev's cache remap).
// With exact words that makes little difference. With hints two cores are faster when neighbours share a line: all
// callers want the slot at T or H, and the next slot is then in the same line. With many cores, all of them would
// want that line at once. This could not be measured here, so a large queue keeps the layout that is known to scale.
// A queue of up to 8 keeps slots, head and tail side by side, because a program may have thousands of such queues.
// Two cores push and pop there in half the time that separate lines take. In nanoseconds per push and pop, medians
// over several runs, two cores, a ring of 1024, without backoff:
//
//	                        exact words             hints
//	                     spread  adjacent     spread  adjacent
//	both push and pop     100       90          77       54
//	one each               23       19          23       16
//	alone                   9        9           9        9
//
// Moving the hint at every second operation only, even alone, saves a quarter of the locked instructions and makes
// the scan longer. Alone on an idle core that takes 7.5 ns, against 8.7. If the core's other hardware thread is busy
// it takes 13 ns, against 11.
//
// # Ring
//
// A value of any type cannot be published with its claim in one word. So a push first claims a position by a CAS of
// tail, then fills the slot, then publishes it. A pop first claims a position by a CAS of head, then empties the
// slot, then frees it. A stamp in the slot tells its state. Head, tail and stamps have an index in their low bits and
// a lap above. So any capacity is exact, and nothing is divided:
//
//	           lap (multiples of L)            | index
//	+------------------------------------------+-------------+     L: the least power of two
//	|  p's lap                                 |  p's index  |        >= n, and at least 2
//	+------------------------------------------+-------------+
//
//	stamp of p's slot:   p  --push-->  p+1  --pop-->  p+L  --push-->  p+L+1  --pop--> ...
//	                    free           full      free, next lap
//
// A push of v, and in brackets a pop:
//
//  1. Load tail [head]; let p be what it says.
//  2. Load the stamp of p's slot. p [p+1]: go on with 3. Later: tail [head] has moved, begin again.
//     Earlier: report full [empty].
//  3. CAS tail [head] from p to the next position, which is p+1, or index 0 of the next lap. If that
//     fails another goroutine has claimed p: pause, begin again.
//  4. Store v in the slot [take the value, store the zero value].
//  5. Store the stamp: p+1 [p+L].
//
// These hold always:
//
//   - R1: between 3 and 5 the slot belongs to the claimant alone. Nobody else passes 2 for p: the stamp is p [p+1]
//     only until 5, and tail [head] is past p from 3 on.
//   - R2: a slot's stamps only grow, and are all different: p < p+1 < p+L because L >= 2, which is
//     what makes a capacity of 1 work.
//   - R3: tail passes p only while the stamp is p, hence after the pop of p-n was complete. Head passes p only while
//     the stamp is p+1, hence after the push of p was complete. So at most n positions are between head and tail.
//   - R4: a slot that is not full holds the zero value.
//
// If the stamp of p's slot is earlier, p is still the tail [head] at that load (R3). Either all n positions are
// occupied [tail is p, nothing is there], and the report is true. Or the pop that must free the slot [the push that
// must fill it] has been claimed and is not complete. Only in the second case is full [empty] reported although there
// is room [there are values]. A CAS lost to another goroutine is never a reason to fail. The values pushed and popped
// are in FIFO order of the claims. Among calls that succeed, the queue is linearizable at 3.
//
// Is Ring lock-free? By the usual definition, no. Nobody ever waits, and each call ends after finitely many steps
// unless others succeed forever. But a claimant that is never scheduled again stops the queue when its slot's turn
// comes.
//
// # Memory model
//
// For both queues the push of a value synchronizes before the return of the pop that takes it, and that pop
// synchronizes before the return of the push that reuses its slot. A call that reports full or empty synchronizes
// nothing, nor does Len.
//
// # Sources
//
// The claim-then-fill queue is Dmitry Vyukov's bounded MPMC queue; the stamps are those of crossbeam-queue's
// ArrayQueue. Tsigas and Zhang's array queue (SPAA 2001) and Nikolaev's SCQ (arXiv:1908.04511, with fetch-and-add)
// also keep lap and element in one word and help instead of waiting. The cache remap is SCQ's. Ends that may be
// stale, as long as the slots are not, are an old trick too: Michael and Scott's tail may lag by one.
