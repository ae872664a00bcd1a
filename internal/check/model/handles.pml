// The handle ring, ring/handles.go: every interleaving of the atomic operations
// of TryPush and TryPop, for a small ring and a few processes. run.sh has the
// sizes that are checked. The invariants H1 to H4 and the instants at which calls
// take effect are those of ring/doc.go; here they are asserted.
//
// One d_step is one operation of sync/atomic, together with what the goroutine
// then does to its own variables, and with the ghost: variables that the ring does
// not have, that no decision looks at, and that say what a queue would hold.
//
// What is abstracted away, and why nothing is missed by it:
//
//   - The memory is sequentially consistent. So is sync/atomic (go.dev/ref/mem),
//     and the ring has no other shared memory that changes.
//   - Where a slot lies (Handles.slot). The map from positions modulo Cap to words
//     is a bijection, which TestSlots in layout_test.go checks.
//   - backoff: it touches nothing.
//   - The sizes. A window of 16 takes more processes to fill than can be enumerated;
//     2 and 4 have the same code run with windows longer than, as long as and
//     shorter than the ring. Laps are counted modulo LAPS, and begin just
//     below the wrap.
//   - The handles. Those that are popped are pushed again, by others too, so that a
//     word can come back with another lap.
//
// That all calls end however the others are delayed, for ever included, is checked
// as the absence of cycles (pan -l, no progress label): a process takes OPS calls, so
// an infinite run is one in which, from some point on, no call succeeds or returns.

#ifndef CAP
#define CAP 2        // slots, a power of two
#endif
#ifndef GROUP
#define GROUP 1      // ring/handles.go: group, there 8
#endif
#ifndef LAPS
#define LAPS 16      // there 2^36
#endif
#ifndef PUSHERS
#define PUSHERS 1    // processes that only push
#endif
#ifndef POPPERS
#define POPPERS 1    // processes that only pop
#endif
#ifndef BOTH
#define BOTH 1       // processes that choose at each call
#endif
#ifndef FILLED
#define FILLED 0     // positions filled at the start
#endif
#ifndef OPS
#define OPS 2        // calls of each process
#endif
#ifndef HANDLES
#define HANDLES 1    // handles that each process that pushes owns at the start
#endif

#define WINDOW    (2 * GROUP)
#define PROCS     (PUSHERS + POPPERS + BOTH)
#define OWNED     (HANDLES * (PUSHERS + BOTH))        // handles in hands at the start
#define LAST      PROCS                               // who drains the ring at the end

// A word is lap | handle, as in ring/doc.go, with HANDLE bits for the handle.
#define HANDLE    8
#define NONE      7
#define WORDS     (LAPS * HANDLE)
#define POSITIONS (LAPS * CAP)
#define FIRST     (POSITIONS - CAP)                   // newHandlesAt: the last lap before the wrap

#define SLOT(p)      ((p) % CAP)                      // Handles.slot
#define LAP(p)       ((p) / CAP * HANDLE)             // Handles.lap
#define PLUS(p, n)   (((p) + (n)) % POSITIONS)        // of positions
#define MINUS(w, l)  (((w) + WORDS - (l)) % WORDS)    // of words, unsigned
#define NEGATIVE(d)  ((d) >= WORDS / 2)               // the same read as signed

byte word[CAP];      // Handles.slots
byte tail = FIRST;   // the hints
byte head = FIRST;

// The ghost. The k-th push or pop since the beginning is at position FIRST + k.
byte T, H;           // positions filled and emptied so far
byte queue[CAP];     // what a queue would hold, the oldest at H % CAP
byte hand[PROCS + 1]; // the handles that each process owns, as bits
bit begun[PROCS];    // processes that have called
byte ended;          // processes that have done all their calls

#define HAS(set, h)  ((set) >> (h) & 1)
#define TRUE_TAIL    PLUS(FIRST, T)
#define TRUE_HEAD    PLUS(FIRST, H)
#define LAG(end, hint) (((end) + POSITIONS - (hint)) % POSITIONS)

// H2: each word is what T and H say; with H1, which the two CASes below keep.
inline check_words(i) {
	assert(H <= T && T <= H + CAP);
	i = H;
	do
	:: i < T       -> assert(word[SLOT(PLUS(FIRST, i))] == LAP(PLUS(FIRST, i)) + queue[i % CAP]); i++
	:: i >= T && i < H + CAP ->
	                  assert(word[SLOT(PLUS(FIRST, i))] == LAP(PLUS(FIRST, i)) + NONE); i++
	:: i == H + CAP -> break
	od;
	i = 0
}

// H3: a hint is not above its end. H4: nor more than a window below.
inline check_hints() {
	assert(LAG(TRUE_TAIL, tail) < POSITIONS / 2 && LAG(TRUE_HEAD, head) < POSITIONS / 2);
	assert(LAG(TRUE_TAIL, tail) <= WINDOW && LAG(TRUE_HEAD, head) <= WINDOW)
}

#include "handles_calls.pml"

// A process makes OPS calls. Those of one kind begin their first in the order of
// their numbers; that is no loss, for they are alike but for the names of their
// handles, and a run in another order is this one with other names.
proctype caller(byte me; bool pushes, pops) {
	byte ops, h, t, p, w, d, i;
	bit won;
again:
	atomic {
		begun[me] || (me == 0 || me == PUSHERS || me == PUSHERS + BOTH) || begun[me - 1];
		begun[me] = 1;
		if
		:: ops == OPS || (!pops && hand[me] == 0) -> ended++; goto stop
		:: ops < OPS && pushes && hand[me] != 0   -> ops++; lowest(h); load(tail); goto pushes_one
		:: ops < OPS && pops                      -> ops++; load(head); goto pops_one
		fi
	}
pushes_one:
	push(h);
pops_one:
	pop();
done:
	atomic { h = 0; t = 0; p = 0; w = 0; d = 0; won = 0 }   // dead: fewer states
	goto again;
stop:
	skip
}

init {
	byte me, i, t, p, w, d, held;
	bit won;
	d_step {
		do
		:: T < FILLED ->
			word[T] = LAP(FIRST) + OWNED + T;
			queue[T] = OWNED + T;
			T++
		:: T == FILLED && i < CAP - FILLED ->
			word[T + i] = LAP(FIRST) + NONE;
			i++
		:: else -> break
		od;
		tail = TRUE_TAIL;
		check_words(i);
		do
		:: i < PUSHERS + BOTH ->
			hand[i] = ((1 << HANDLES) - 1) << (i * HANDLES);
			i++
		:: else -> break
		od
	}
	atomic {
		me = 0;
		do
		:: me < PUSHERS ->           run caller(me, true, false); me++
		:: me >= PUSHERS && me < PUSHERS + BOTH ->
		                             run caller(me, true, true);  me++
		:: me >= PUSHERS + BOTH && me < PROCS ->
		                             run caller(me, false, true); me++
		:: me == PROCS -> break
		od;
		i = 0
	}
	ended == PROCS;
	d_step {
		me = 0;
		held = (1 << (OWNED + FILLED)) - 1;   // all that there are
		do
		:: me < LAST -> held = held - hand[me]; me++
		:: else      -> break
		od
	}
	// A last popper drains the ring: nothing is lost.
again:
	load(head);
	pop();
done:
	if
	:: won  -> won = 0; goto again
	:: else -> assert(hand[me] == held)
	fi
}
