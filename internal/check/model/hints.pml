// Hints, shard/hints.go: N1. Goroutines without lanes get and put, each with a home among two shards, and
// find the other by its bit; a housekeeper brings what a lane had, and visits.
//
// Checked, N1: whenever a shard has values in its rings its bit in some is set, and whenever it has room its bit
// in room is, but while somebody is between a push and its set, or between a clear and the set after it. So a
// value that is behind a cleared bit is found as soon as nobody is at it, and none is lost there. A Get that comes
// in such a moment may miss what was there before it: CLAIM_ALWAYS.
//
// A step is one operation on a ring or one of sync/atomic on the word of a bitmap. What is abstracted
// away, and why nothing is missed by it:
//
//   - Rings are counts of magazines, for Handles is linearizable (handles.pml). Magazines of as many values
//     are alike. With two values each the partial ring has those with one.
//   - What shard.held says, by which a search that found nothing leaves the bit alone: that is any choice.
//   - A search looks at the other shard once, and not again for values in hands (handTries). A scan reads a word
//     and goes to the shards after; here it reads the bit when it comes to it, so it misses a bit for the same moments.
//   - Bitmaps of more than one word: each word is for itself.
//   - Lanes: what they take and bring is a magazine's way out of a ring and into one, as a Get's and a Put's.

#ifndef CALLERS
#define CALLERS 3    // goroutines; the home of each is its number modulo 2
#endif
#ifndef OPS
#define OPS 1        // calls of each
#endif
#ifndef GIVES
#define GIVES 1      // magazines that lanes give back, to shard 0, with one value
#endif
#ifndef VISITS
#define VISITS 0     // visits of a housekeeper to shard 0, each with any values dropped
#endif
#ifndef EMPTIES
#define EMPTIES 1    // of each shard's magazines at first, these have no value,
#endif
#ifndef FULLS
#define FULLS 0      // and these have two
#endif

#define SIZE 2
#define EMPTY   0
#define PARTIAL 1
#define FULL    2
#define SOME 0       // hints.some
#define ROOM 1       // hints.room

#define BIT(i)          (1 << (i))
#define HAS(set, i)     ((set) >> (i) & 1)
#define WITHOUT(set, i) ((set) & (255 - BIT(i)))

#define MOMENT(map, which) (2 * (map) + (which))

typedef Shard {
	byte ring[SIZE + 1]      // how many magazines are in it; they have as many values as its number says
}

Shard shard[2];
byte word[2];                // the bitmaps: bit i is shard i's
byte ended;

// The ghost.
byte moment[4];              // how many are in what N1 calls a moment, by MOMENT
byte still;                  // shards that had values in their rings ever since the last call of goroutine 0

#define MAYBE(map, which) (shard[which].ring[PARTIAL] + shard[which].ring[((map) == SOME -> FULL : EMPTY)] > 0)

inline check(map, which) {   // N1
	assert(!MAYBE(map, which) || HAS(word[map], which) || moment[MOMENT(map, which)] > 0)
}

// bitmap.set and clear
inline set_bit(map, index) {
	do
	:: HAS(word[map], index) -> break
	:: d_step { !HAS(word[map], index) -> old = word[map] }
		atomic {
			if
			:: word[map] == old -> word[map] = old | BIT(index); old = 0; break
			:: else -> old = 0
			fi
		}
	od
}

inline clear_bit(map, index) {
	do
	:: !HAS(word[map], index) -> break
	:: d_step { HAS(word[map], index) -> old = word[map] }
		atomic {
			if
			:: word[map] == old -> word[map] = WITHOUT(old, index); old = 0; break
			:: else -> old = 0
			fi
		}
	od
}

// shard.pop of one ring: n is what the magazine has, NONE if there is none.
#define NONE 7

inline pop(which, kind) {
	if
	:: shard[which].ring[kind] > 0 -> shard[which].ring[kind]--; n = kind; seen(which)
	:: else -> n = NONE
	fi
}

inline seen(which) {
	if
	:: shard[which].ring[PARTIAL] + shard[which].ring[FULL] == 0 -> still = WITHOUT(still, which)
	:: else
	fi
}

// shard.popSome, popRoom: one ring after the other.
inline look(which, map) {
	d_step { pop(which, PARTIAL - map) }
	if
	:: d_step { n == NONE -> pop(which, FULL - map) }
	:: else
	fi
}

// store.someOf, roomOf
inline look_at(which, map) {
	look(which, map);
	if
	:: n == NONE                                     // held tells of values in hands
	:: d_step { n == NONE -> moment[MOMENT(map, which)]++ }
#ifdef BROKEN_FIRST
		look(which, map);                            // and then clears
		clear_bit(map, which);
#else
		clear_bit(map, which);
#ifndef BROKEN_LOOK
		look(which, map);
#endif
#endif
#ifndef BROKEN_SET
		if
		:: n != NONE -> set_bit(map, which)
		:: else
		fi;
#endif
		atomic { moment[MOMENT(map, which)]--; check(map, which) }
	:: n != NONE
	fi
}

// store.push of a magazine with n values.
inline push(which) {
#ifdef BROKEN_BEFORE
	set_bits(which);
	atomic { moments(which); shard[which].ring[n]++ }
#else
	d_step { moments(which); shard[which].ring[n]++ }
	set_bits(which);
#endif
	atomic {
		if
		:: n > 0 -> moment[MOMENT(SOME, which)]--
		:: else
		fi;
		if
		:: n < SIZE -> moment[MOMENT(ROOM, which)]--
		:: else
		fi;
		check(SOME, which);
		check(ROOM, which);
		n = 0
	}
}

inline moments(which) {
	if
	:: n > 0 -> moment[MOMENT(SOME, which)]++
	:: else
	fi;
	if
	:: n < SIZE -> moment[MOMENT(ROOM, which)]++
	:: else
	fi
}

inline set_bits(which) {
	if
	:: n > 0 -> set_bit(SOME, which)
	:: else
	fi;
	if
	:: n < SIZE -> set_bit(ROOM, which)
	:: else
	fi
}

proctype caller(byte me) {
	byte ops, n, old, at;
	bit want;
again:
	if
	:: ops == OPS -> goto stop
	:: ops < OPS  -> d_step {
			want = SOME; ops++; at = me % 2;
			if
			:: me == 0 ->
				still = (shard[0].ring[PARTIAL] + shard[0].ring[FULL] > 0 -> 1 : 0) +
				        (shard[1].ring[PARTIAL] + shard[1].ring[FULL] > 0 -> 2 : 0)
			:: else
			fi
		}
	:: ops < OPS  -> d_step { want = ROOM; ops++; at = me % 2 }
	fi;
	look_at(at, want);
	if
	:: n == NONE ->
		at = 1 - at;
		if
		:: HAS(word[want], at) -> look_at(at, want)
		:: else
		fi
	:: else
	fi;
	if
	:: n == NONE ->
#ifdef CLAIM_ALWAYS
		assert(me != 0 || want == ROOM || still == 0);
#endif
		n = 0
	:: else ->
		n = (want == SOME -> n - 1 : n + 1);
		push(at)
	fi;
	d_step { at = 0; want = 0 }
	goto again;
stop:
	atomic { ops = 0; ended++ }
}

// Bag.visit, and what a gathering gives back: they do not look at hints.
proctype keeper(byte visits) {
	byte n, old;
	if
	:: visits ->
		if
		:: d_step { shard[0].ring[PARTIAL] > 0 -> pop(0, PARTIAL) }
		:: d_step { shard[0].ring[FULL] > 0 -> pop(0, FULL) }
		:: shard[0].ring[PARTIAL] + shard[0].ring[FULL] == 0 -> goto stop
		fi;
		do
		:: n > 0 -> n--
		:: break
		od
	:: !visits -> n = 1
	fi;
	push(0);
stop:
	atomic { ended++; n = 0 }
}

init {
	byte i, n;
	atomic {
		do
		:: i < 2 ->
			shard[i].ring[EMPTY] = EMPTIES;
			shard[i].ring[FULL] = FULLS;
			i++
		:: else -> break
		od;
		// store.extend sets the bits of what has nothing yet, too.
		word[SOME] = 3;
		word[ROOM] = 3;
		i = 0;
		do
		:: i < CALLERS -> run caller(i); i++
		:: i >= CALLERS && i < CALLERS + GIVES -> run keeper(0); i++
		:: i >= CALLERS + GIVES && i < CALLERS + GIVES + VISITS -> run keeper(1); i++
		:: i == CALLERS + GIVES + VISITS -> break
		od;
		i = 0
	}
	ended == CALLERS + GIVES + VISITS;
	d_step {
		do
		:: i < 2 ->
			assert(moment[i] + moment[2 + i] == 0);
			check(SOME, i);
			check(ROOM, i);
			i++
		:: else -> break
		od
	}
}
