// The grace period, internal/grace and internal/pin: a Wait returns only after
// every section that had begun when it was called has ended. That is the contract
// which seize.pml builds upon. Checked with both barriers: the stop of the world,
// and (PORTABLE) the counters of pin.Quiesce.
//
// One d_step or plain statement is one operation on memory that is shared. What is
// abstracted away, and why nothing is missed by it:
//
//   - The memory is sequentially consistent, as sync/atomic is. What a section
//     writes plainly is visible after Wait because all it passes is synchronization:
//     the stop of the world, or the slot's counter.
//   - sync.Mutex is a bit that is tested and set.
//   - The runtime's stop of the world: it asks all Ps to stop and waits for each; a P
//     stops anywhere but in a section, and none starts before all have stopped.
//     That a section does delay it is what grace_test.go and pin's direct_test.go
//     show; here it is assumed.
//   - What a section does. It only has a beginning and an end. The beginning is the
//     instant at which Pin has returned, or, in a nosplit function, the load of m.p.
//   - The wrap of begun: 2^64 grace periods.
//   - The portable slots: SLOTS of 64, and the hash takes any of them.

#ifndef WAITERS
#define WAITERS 3    // goroutines that call Wait
#endif
#ifndef WAITS
#define WAITS 1      // calls of each
#endif
#ifndef RUNNERS
#define RUNNERS 2    // Ps; portable: goroutines that have sections
#endif
#ifndef SECTIONS
#define SECTIONS 2   // of each runner
#endif
#ifndef SLOTS
#define SLOTS 2      // internal/pin/pin_portable.go: slots, there 64
#endif

bit mu;              // grace.mu
byte begun;          // grace.begun

bit phase;           // pin.phase & 1
byte running[SLOTS * 2]; // pin.sections, active: of slot i and phase ph, at i*2+ph

// A P is halted from when the stop of the world has it until the world is started.
bit halted[RUNNERS];

// The ghost.
bit inside[RUNNERS];      // runner is in a section
byte owed[WAITERS];       // the runners whose sections this Wait has to outlast, as bits
byte periods;             // barriers passed
byte ended;               // waiters

inline begin_section() {
	inside[me] = 1
}

// A section that ends is owed to nobody any more.
inline end_section(i) {
	inside[me] = 0;
	i = 0;
	do
	:: i < WAITERS -> owed[i] = owed[i] & (255 - (1 << me)); i++
	:: else        -> break
	od;
	i = 0
}

proctype runner(byte me) {
	byte n, i;
#ifdef PORTABLE
	byte slot;
	bit ph;
#endif
	do
	:: n == SECTIONS -> break
	:: n < SECTIONS ->
		n++;
#ifdef PORTABLE
		// pin.Pin: the phase is loaded, and may have moved on before it is used.
		atomic {
			if
			:: slot = 0
			:: SLOTS > 1 -> slot = 1
			fi;
			ph = phase
		}
		d_step { running[slot * 2 + ph]++; begin_section() }
		d_step { running[slot * 2 + ph]--; end_section(i) }    // pin.Unpin
#else
		d_step { !halted[me] -> begin_section() }
		d_step { end_section(i) }
#endif
	od
}

#ifdef PORTABLE
// pin.Quiesce
inline barrier() {
	round = 0;
	do
#ifdef BROKEN_ROUND
	:: round == 1 -> break               // one round is enough?
#endif
	:: round == 2 -> break
	:: round < 2 ->
		d_step { old = phase; phase = 1 - phase }
		k = 0;
		do
		:: k < SLOTS  -> running[k * 2 + old] == 0; k++
		:: k == SLOTS -> break
		od;
		round++
	od
}
#else
// runtime.Stack or runtime.ReadMemStats: stopTheWorld, startTheWorld. The Ps stop in
// any order.
inline barrier() {
	k = 0;
	do
	:: atomic { k < RUNNERS && !halted[0] && !inside[0] -> halted[0] = 1; k++ }
	:: atomic { k < RUNNERS && !halted[1] && !inside[1] -> halted[1] = 1; k++ }
	:: k == RUNNERS -> break
	od;
	atomic { halted[0] = 0; halted[1] = 0; k = 0 }
}
#endif

proctype waiter(byte me) {
	byte n, before, i, k;
#ifdef PORTABLE
	byte round;
	bit old;
#endif
again:
	if
	:: n == WAITS -> goto stop
	:: n < WAITS  -> n++
	fi;
	// before := begun.Load(). The call begins here at the latest.
	d_step {
		before = begun;
		i = 0;
		do
		:: i < RUNNERS -> owed[me] = owed[me] | (inside[i] << i); i++
		:: else        -> break
		od;
		i = 0
	}
#ifdef BROKEN_UNLOCKED
	if
	:: begun > before -> goto done       // without mu a period that began need not have ended
	:: else
	fi;
#endif
	d_step { mu == 0 -> mu = 1 }         // mu.Lock
	if
#ifdef BROKEN_EQUAL
	:: begun >= before -> goto unlock
#else
	:: begun > before -> goto unlock
#endif
	:: else
	fi;
#ifdef BROKEN_ENDED
	barrier();
	begun++;                             // counts periods that have ended
#else
	begun++;
	barrier();
#endif
	periods++;
unlock:
	mu = 0;
done:
	assert(owed[me] == 0);               // the contract
	before = 0;
	goto again;
stop:
	ended++
}

init {
	byte me;
	atomic {
		do
		:: me < RUNNERS -> run runner(me); me++
		:: me == RUNNERS -> break
		od;
		me = 0;
		do
		:: me < WAITERS -> run waiter(me); me++
		:: me == WAITERS -> break
		od
	}
	ended == WAITERS;
#ifdef CLAIM_ALONE
	assert(periods == WAITERS * WAITS)   // nobody returns with another's period?
#endif
}
