// How package resource hands idle resources over: pool/resource/stack.go, queue.go, pool.go. Users acquire one of N
// resources, some of them with a context that may end at any moment, and release it; one may close the pool.
//
// Checked:
//
//   - G1: while slow is set nothing is on the stack, but in the hands of who has the lock.
//   - S1, S2: no resource is lost or lent twice: at any time N are idle, held, or on their way.
//   - W1: who waits is served in the order in which he came.
//   - No wake-up is lost: when nothing can happen any more nobody waits.
//
// A step is an operation on the head word, or what is done to the queue under the lock. What is abstracted away: a CAS that
// fails has its loop begin anew, so loops of CAS are one step that decides; which of the idle ones is lent; New, for each place is
// taken all the time, as with Max alive.

#ifndef N
#define N 1          // resources
#endif
#ifndef USERS
#define USERS 2      // who acquire and release, ROUNDS times each
#endif
#ifndef ROUNDS
#define ROUNDS 1
#endif
#ifndef CANCELS
#define CANCELS 1    // of them, with a context that may end
#endif
#ifndef CLOSES
#define CLOSES 0     // 1: somebody closes the pool
#endif

#define ALL (USERS + CLOSES)

// The head word.
byte idle = N;
bit slow;

bit mu;
bit closed;
byte queue[ALL];      // users, the first in front
byte n;
byte told[ALL];       // by user: NOTHING, or what it was told
#define NOTHING 0
#define GIVEN   1
#define REFUSED 2
bit asleep[ALL];      // by user: it was given something, and whoever gave it has yet to wake it

// The ghost.
byte held;
byte moving = 0;      // with somebody who passes it on, or was given
byte gone;            // closed
byte turn;            // of the next to be given something, and
byte place_of[ALL];   // of each who waits
byte places;
byte ended;

inline check() { assert(idle + held + moving + gone == N && (!slow || idle == 0)) }

inline lock() { atomic { !mu -> mu = 1 } }

// settle and unlock
inline unlock() {
	atomic {
		if
#ifdef BROKEN_SETTLE
		:: slow && !closed -> slow = 0
#else
		:: slow && n == 0 && !closed -> slow = 0
#endif
		:: else
		fi;
		mu = 0;
		check()
	}
}

// popFront gives the first in the queue something. mu is held.
inline give(what) {
	atomic {
		assert(told[queue[0]] == NOTHING);
		assert(place_of[queue[0]] >= turn);              // W1
		turn = place_of[queue[0]];
		told[queue[0]] = what;
#ifndef BROKEN_TWICE
		k = 0;
		do
		:: k + 1 < n -> queue[k] = queue[k + 1]; k++
		:: k + 1 >= n -> break
		od;
		n--;
#endif
		k = 0
	}
}

// pass: what the caller has goes to the oldest waiter, or the stack. mu is held.
inline pass() {
	if
	:: closed -> atomic { moving--; gone++ }
	:: !closed && n > 0 -> atomic { whom = queue[0]; asleep[whom] = 1 } give(GIVEN)
	:: !closed && n == 0 ->
		atomic { slow = 0; moving--; idle++ }
	fi
}

// wake wakes whom pass gave something, with or without mu.
inline wake() {
#ifndef BROKEN_WAKE
	if
	:: whom < ALL -> asleep[whom] = 0
	:: else
	fi;
#endif
	whom = ALL
}

proctype user(byte id; bit ends) {
	byte k, round, whom = ALL;
again:
	// acquire: the fast pop
	if
	:: atomic { !slow && idle > 0 -> idle--; held++; goto got }
	:: atomic { slow || idle == 0 -> skip }
	fi;
	lock();
	// obtain
	if
	:: closed -> unlock(); goto stop
	:: else
	fi;
#ifdef BROKEN_LOOK
	// Looks, and then has the others know: two words.
	if
	:: atomic { !slow && idle > 0 -> idle--; held++ } unlock(); goto got
	:: atomic { slow || idle == 0 -> skip }
	fi;
	slow = 1;
#else
	if
	:: atomic { !slow && idle > 0 -> idle--; held++ } unlock(); goto got
	:: atomic { slow -> skip }
	:: atomic { !slow && idle == 0 -> slow = 1 }     // block: a CAS that expects an empty stack
	fi;
#endif
	atomic { queue[n] = id; n++; place_of[id] = places; places++ }
	unlock();
	// wait
	if
	:: atomic { told[id] == GIVEN && !asleep[id] -> told[id] = NOTHING; moving--; held++ } goto got
	:: atomic { told[id] == REFUSED -> told[id] = NOTHING } goto stop
	:: ends -> skip                                  // the context ends
	fi;
	lock();
	if
	:: told[id] == NOTHING ->                         // still in the queue
		atomic {
			k = 0;
			do
			:: queue[k] != id -> k++
			:: queue[k] == id -> break
			od;
			do
			:: k + 1 < n -> queue[k] = queue[k + 1]; k++
			:: k + 1 >= n -> break
			od;
			n--;
			k = 0
		}
	:: told[id] == GIVEN ->
		told[id] = NOTHING;
#ifdef BROKEN_CANCEL
		moving--;
#else
		pass();
		wake();
#endif
	:: told[id] == REFUSED -> told[id] = NOTHING
	fi;
	unlock();
	goto stop;
got:
	atomic { assert(held <= N); check() }
	// release
	if
#ifdef BROKEN_PUSH
	:: atomic { held--; idle++ }
#else
	:: atomic { !slow -> held--; idle++ }
	:: atomic { slow -> held--; moving++ } lock(); pass(); unlock(); wake()
#endif
	fi;
stop:
	round++;
	if
	:: round < ROUNDS -> goto again
	:: else
	fi;
	atomic { k = 0; round = 0; whom = 0; ended++ }
}

proctype close() {
	byte k;
	lock();
	closed = 1;
	// seize
	atomic { gone = gone + idle; idle = 0; slow = 1 }
	do
	:: n > 0 -> give(REFUSED)
	:: n == 0 -> break
	od;
	unlock();
	ended++
}

init {
	byte i;
	atomic {
		do
		:: i < USERS -> run user(i, i < CANCELS); i++
		:: i >= USERS -> break
		od;
		if
		:: CLOSES -> run close()
		:: else
		fi
	}
	timeout;
	assert(ended == ALL);         // nobody waits
	assert(held == 0 && moving == 0 && n == 0 && !mu);
	assert(closed -> gone == N : idle == N && !slow)
}
