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
//     is a bijection, which TestSlotsAreDistinct and layout_test.go look after.
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

// hint.CompareAndSwap(t, to).
inline move(hint, t, to) {
	d_step {
#ifdef BROKEN_ADD
		hint = PLUS(hint, LAG(to, t));   // an Add: what the scan saw was below t, not below hint
#else
		if
		:: hint == t -> assert(LAG(to, hint) < POSITIONS / 2); hint = to   // H3: never back
		:: else
		fi;
#endif
		check_hints()
	}
}

// s.CompareAndSwap(lap+none, lap+h) in push, at position p.
#ifdef BROKEN_LAP
#define IS(s, w) (word[s] % HANDLE == (w) % HANDLE)   // the lap is not compared
#else
#define IS(s, w) (word[s] == (w))
#endif

inline fill(p, h, won, i) {
	d_step {
		if
		:: IS(SLOT(p), LAP(p) + NONE) ->
			word[SLOT(p)] = LAP(p) + h;
			won = 1;
			// The push takes effect.
			assert(p == TRUE_TAIL && T - H < CAP);
			assert(HAS(hand[me], h));
			queue[T % CAP] = h;
			T++;
			hand[me] = hand[me] - (1 << h);
			check_words(i);
			check_hints()
		:: else -> won = 0
		fi
	}
}

// s.CompareAndSwap(w, lap+(nextLap+none)) in TryPop, at position p.
inline clear(p, w, won, i) {
	d_step {
		if
		:: IS(SLOT(p), w) ->
			word[SLOT(p)] = (LAP(p) + HANDLE + NONE) % WORDS;
			won = 1;
			// The pop takes effect. First in, first out; and nobody has it yet.
			assert(p == TRUE_HEAD && H < T);
			assert(w % HANDLE == queue[H % CAP]);
			i = 0;
			do
			:: i <= LAST -> assert(!HAS(hand[i], w % HANDLE)); i++
			:: else      -> break
			od;
			H++;
			hand[me] = hand[me] + (1 << (w % HANDLE));
			check_words(i);
			check_hints()
		:: else -> won = 0
		fi
	}
}

// lowest sets h to the lowest handle of the hand. Which one is pushed makes no
// difference to the ring.
inline lowest(h) {
	h = 0;
	do
	:: HAS(hand[me], h) -> break
	:: else -> h++
	od
}

// load(tail) and load(head) are the first step of a call, with which it begins.
inline load(hint) {
	t = hint; p = t
}

// Handles.push(h) after the load of tail.
inline push(h) {
	d_step { w = word[SLOT(p)] }
	if
	:: w == LAP(p) + NONE ->
		fill(p, h, won, i);
		if
		:: won -> move(tail, t, PLUS(t, 1)); goto done
		:: else
		fi
	:: else
	fi;
push_scan:
	if
	:: p != PLUS(t, WINDOW) ->
		d_step {
			d = MINUS(word[SLOT(p)], LAP(p));
#ifdef BROKEN_FULL
			d = (LAG(tail, head) == CAP -> WORDS - 1 : d);   // the hints are believed
#endif
			if
			:: NEGATIVE(d) ->
				// The push that reports full takes effect.
				assert(T - H == CAP);
				assert(p == TRUE_TAIL)
			:: else
			fi
		}
		if
		:: NEGATIVE(d) -> goto done
		:: d == NONE ->
			fill(p, h, won, i);
			if
			:: won ->
				if
				:: p % GROUP == GROUP - 1 -> move(tail, t, PLUS(p, 1))
				:: else
				fi;
				goto done
			:: else
			fi
		:: else
		fi;
#ifdef BROKEN_WAIT
		d_step { load(tail) }               // for the one that filled it to move the hint
#else
		p = PLUS(p, 1);
#endif
		goto push_scan
	:: else ->
#ifndef BROKEN_JUMP
		move(tail, t, PLUS(t, WINDOW));
#endif
		d_step { load(tail) }
		goto push_scan
	fi
}

// Handles.TryPop after the load of head.
inline pop() {
	d_step { w = word[SLOT(p)] }
	if
	:: MINUS(w, LAP(p)) < NONE ->
		clear(p, w, won, i);
		if
		:: won -> move(head, t, PLUS(t, 1)); goto done
		:: else
		fi
	:: else
	fi;
pop_scan:
	if
	:: p != PLUS(t, WINDOW) ->
		d_step {
			w = word[SLOT(p)];
			d = MINUS(w, LAP(p));
			if
			:: d == NONE ->
				// The pop that reports empty takes effect.
				assert(T == H);
				assert(p == TRUE_HEAD)
			:: else -> assert(!NEGATIVE(d))  // "it cannot be of an earlier one"
			fi
		}
		if
		:: d == NONE -> goto done
		:: d < NONE ->
			clear(p, w, won, i);
			if
			:: won ->
				if
				:: p % GROUP == GROUP - 1 -> move(head, t, PLUS(p, 1))
				:: else
				fi;
				goto done
			:: else
			fi
		:: else
		fi;
#ifdef BROKEN_WAIT
		d_step { load(head) }
#else
		p = PLUS(p, 1);
#endif
		goto pop_scan
	:: else ->
#ifndef BROKEN_JUMP
		move(head, t, PLUS(t, WINDOW));
#endif
		d_step { load(head) }
		goto pop_scan
	fi
}

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
