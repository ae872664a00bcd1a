// The keeper, internal/keeper/keeper.go, and how a pool goes to sleep and is woken: pool/clock.go,
// pool/house.go. One pool of which objects are released and acquired, another that is called now and then
// for reasons of its own, one timer.
//
// Checked:
//
//   - P1 of keeper: while a member is in the queue a timer is armed that fires when the first is due, or Interval
//     after the last round if that is later, or a round is under way.
//   - A pool is in the queue no later than each Call that has returned wants to have it called.
//   - C1 of pool: while objects more than MinIdle are in it, or it has lanes, the pool is in the queue or in
//     the hands of a round, once nobody is in the midst of a Release, or of making lanes.
//   - Rounds are at least Interval apart.
//   - When nothing can happen any more all is asleep, and no object is left.
//
// A step is what is done under Keeper.mu, or one operation of sync/atomic. What is abstracted away, and why
// nothing is missed by it:
//
//   - Time. Each moment is how many units are left until it, 0 if it is now or has been. A unit may pass between
//     any two steps; a timer fires at any time after its moment.
//   - A timer that was replaced fires and does nothing.
//   - What the pool drops: all above MinIdle, which is 0, that was there when the window began. What the bag's counters
//     say is exact in a step: a Put that they miss looks at due later than Tick has set it.
//   - Pools that were collected or closed, and bubbles, whose times have nothing to do with others'.

#ifndef RELEASES
#define RELEASES 2   // goroutines that release one object each
#endif
#ifndef ACQUIRES
#define ACQUIRES 0   // and that acquire one
#endif
#ifndef CALLS
#define CALLS 1      // of Member.Call for the other pool
#endif
#ifndef LANES
#define LANES 0      // 1: the pool has lanes, and so is awake, at first
#endif
#ifndef EARNS
#define EARNS 0      // calls of makeLanes
#endif
#ifndef CLEARS
#define CLEARS 0     // calls of Clear, after which there are no lanes
#endif

#define INTERVAL 2   // keeper.Interval
#define WINDOW   3   // clock.windowLength
#define TICK     2   // clock.tick
#define OUT      9   // not in the queue

#define POOL  0      // the members
#define OTHER 1

// keeper.Keeper
byte queue[2] = OUT;         // when each member is due
bit set;                     // at != 0
byte at;                     // when the armed timer fires
bit pending;                 // it has not fired yet
byte rest;                   // until Interval after the last round began
bit round;

// The pool.
bit cmu;                     // clock.mu
bit awake;                   // clock.due != 0
bit stamp;                   // the bag's stamp != 0: Puts do not ask
bit lanes;
byte idle;
byte old;                    // of these, idle since the window began

// The ghost.
bit ticking;                 // a round has taken the pool out of the queue
byte flying;                 // Releases, and others, that may wake the pool
byte wanted[2] = OUT;        // when each is to be called at the latest
byte ended;

#define LESS(a, b) ((a) < (b) -> (a) : (b))
#define MORE(a, b) ((a) > (b) -> (a) : (b))
#define FIRST      LESS(queue[POOL], queue[OTHER])

inline check() {             // whenever Keeper.mu is free
	assert(round || FIRST == OUT || (pending && at <= MORE(FIRST, rest)));
	assert(queue[POOL] <= wanted[POOL] && queue[OTHER] <= wanted[OTHER]);
	assert(flying > 0 || ticking || !(idle > 0 || lanes) || queue[POOL] != OUT)
}

inline enqueue(member, due) {
	if
	:: queue[member] == OUT -> queue[member] = due
#ifndef BROKEN_EARLIER
	:: queue[member] != OUT && due < queue[member] -> queue[member] = due
#endif
	:: else
	fi;
	wanted[member] = LESS(wanted[member], due)
}

inline arm() {
	if
#ifdef BROKEN_ROUND
	:: FIRST != OUT && !(set && at <= MORE(FIRST, rest)) ->
#else
	:: !round && FIRST != OUT && !(set && at <= MORE(FIRST, rest)) ->
#endif
		set = 1; pending = 1; at = MORE(FIRST, rest)
	:: else
	fi
}

inline call(member, due) {   // Member.Call
	d_step {
		enqueue(member, due);
		arm();
		check()
	}
}

// pool.wake
inline wake(due) {
	atomic { !cmu -> cmu = 1 }
	awake = 1
	call(POOL, due);
	cmu = 0
}

// Pool.next: lanes, or objects.
#define NEXT (lanes -> TICK : (idle > 0 -> WINDOW : 0))

// house.Tick. next is when the pool wants to be called again.
inline tick() {
	atomic { !cmu -> cmu = 1 }
	stamp = 0;
	// surplus
	d_step {
		idle = idle - LESS(old, idle);
		old = idle
	}
	next[POOL] = NEXT;
#ifndef BROKEN_LOOK
	awake = 0;
#endif
	if
	:: next[POOL] == 0 -> next[POOL] = NEXT          // C1
	:: else
	fi;
#ifdef BROKEN_LOOK
	awake = 0;
#endif
	atomic {
		awake = (next[POOL] > 0);
		cmu = 0
	}
}

// Keeper.fire. Timers are many, but two at a time are enough for one to fire while another's round is under way.
proctype timer() {
	byte next[2];
	bit due[2];
again:
end:
	atomic {
		pending && at == 0 ->
		pending = 0;
		if
		:: round -> goto again
		:: else
		fi;
		assert(rest == 0);
		set = 0; rest = INTERVAL; round = 1;
		if
		:: queue[POOL] == 0 -> queue[POOL] = OUT; wanted[POOL] = OUT; due[POOL] = 1; ticking = 1
		:: else
		fi;
		if
		:: queue[OTHER] == 0 -> queue[OTHER] = OUT; wanted[OTHER] = OUT; due[OTHER] = 1
		:: else
		fi
	}
	if
	:: due[POOL] -> tick()
	:: else
	fi;
	if
	:: due[POOL] && lanes -> lanes = 0               // a Compaction, for the lanes are quiet
	:: true
	fi;
	d_step {
		if
		:: due[POOL] && next[POOL] > 0 -> enqueue(POOL, next[POOL])
		:: else
		fi;
		round = 0; ticking = 0;
#ifndef BROKEN_ARM
		arm();
#endif
		due[POOL] = 0; due[OTHER] = 0; next[POOL] = 0;
		check()
	}
	goto again
}

// A unit passes.
proctype time() {
end:
	do
	:: d_step {
		(queue[POOL] != 0 && queue[POOL] != OUT) || (queue[OTHER] != 0 && queue[OTHER] != OUT) ||
		(pending && at > 0) || rest > 0 ->
		queue[POOL] = (queue[POOL] == OUT || queue[POOL] == 0 -> queue[POOL] : queue[POOL] - 1);
		queue[OTHER] = (queue[OTHER] == OUT || queue[OTHER] == 0 -> queue[OTHER] : queue[OTHER] - 1);
		wanted[POOL] = (wanted[POOL] == OUT || wanted[POOL] == 0 -> wanted[POOL] : wanted[POOL] - 1);
		wanted[OTHER] = (wanted[OTHER] == OUT || wanted[OTHER] == 0 -> wanted[OTHER] : wanted[OTHER] - 1);
		at = (at > 0 -> at - 1 : 0);
		rest = (rest > 0 -> rest - 1 : 0)
	   }
	od
}

proctype release() {
	bit asked;
	if
	:: d_step { lanes && stamp -> idle++ } goto stop // a hit
	:: d_step { asked = !stamp; flying++ }           // Bag.stampNow
	fi;
	// house.Stamp
	if
	:: asked && lanes ->
		if
		:: d_step { !cmu && awake -> stamp = 1 }
		:: true
		fi
	:: true
	fi;
	idle++;
	// house.Stamped
	if
#ifdef BROKEN_UNASKED
	:: asked && !awake -> wake(WINDOW)
#else
	:: (asked || !lanes) && !awake -> wake(WINDOW)           // Bag.stamped
#endif
	:: else
	fi;
	flying--;
stop:
	atomic { asked = 0; ended++; check() }
}

proctype acquire() {
end:
	d_step { idle > 0 -> idle--; old = LESS(old, idle) }
}

proctype other() {
	if
	:: call(OTHER, 0)
	:: call(OTHER, 1)
	:: call(OTHER, 3)
	fi;
	ended++
}

proctype earn() {            // Bag.makeLanes and house.Earned
	d_step { lanes = 1; flying++ }
	wake(TICK);
	atomic { flying--; ended++; check() }
}

proctype clearing() {
	d_step { lanes = 0; idle = 0; old = 0; ended++ }
}

init {
	byte i;
	atomic {
		if
		:: LANES -> lanes = 1; stamp = 1; awake = 1; queue[POOL] = TICK; wanted[POOL] = TICK; arm()
		:: else
		fi;
		run timer(); run timer(); run time();
		do
		:: i < RELEASES -> run release(); i++
		:: i >= RELEASES -> break
		od;
		i = 0;
		do
		:: i < ACQUIRES -> run acquire(); i++
		:: i >= ACQUIRES -> break
		od;
		i = 0;
		do
		:: i < CALLS -> run other(); i++
		:: i >= CALLS -> break
		od;
		i = 0;
		do
		:: i < EARNS -> run earn(); i++
		:: i >= EARNS -> break
		od;
		i = 0;
		do
		:: i < CLEARS -> run clearing(); i++
		:: i >= CLEARS -> break
		od
	}
	timeout;
	assert(ended == RELEASES + CALLS + EARNS + CLEARS);
	assert(!round && !pending && FIRST == OUT && idle == 0 && !awake && !cmu)
}
