// Bag, shard/: what Ps have to themselves, the rings behind it, and housekeeping that takes from both.
// Goroutines get and put in pinned sections, in lanes of their P's or through the rings. Beside them
// lanes are gathered, and the store is rebuilt (Clear, Compaction, Close), swept, and given lanes.
//
// Checked, of package shard:
//
//   - No value is lost or doubled: it is held, idle in the store in force, or destroyed.
//   - B1: never more are in the bag than it has room for. B2: each magazine is in one place. B4: private
//     is how many are in lanes.
//   - S1, S2: no section touches lanes or a store that it has not found itself, or that are a
//     housekeeper's, after the grace period.
//   - S3: a TryGet misses only if each value that was in the bag when it was called has gone through a
//     goroutine's hands since. A TryPut overflows only if the bag was full, or closed, or
//     others had the room in their hands.
//   - What was idle when Clear was called is not handed out after it has returned. A closed bag stays empty.
//   - COUNTS: the counters agree with what is held whenever nobody is at work.
//   - Nothing deadlocks.
//
// A step is one access to what others look at: the pointer Bag.lanes, a ring, private, busy, kept, the
// mutex. What a section does with its lane and with a magazine in its hands is plain in the code, and here part
// of the step before or after; TOUCH asserts that nobody else's can come between them. A section begins
// with the load of Bag.lanes and ends with the last step: were it longer, a grace period would be, too.
//
// What is abstracted away, and why nothing is missed by it:
//
//   - grace.Wait is its contract, as in grace.pml: it returns when every section that had begun has ended.
//   - A ring is a set that is changed in one step, for Handles is linearizable (handles.pml). A pop takes any of
//     them, but the first of the empty ones, which are alike. A search looks at one ring after the other, at
//     each shard's, for hints.pml shows what becomes of hints. It does so once: handTries make a miss rarer.
//   - Which value of a magazine is taken: the lowest, for values differ by name only.
//   - Time. When a lane is to grow (E1), to give back (E2), or to be gathered (E3) is any choice, and a TryGet may
//     always gather (E4: Policy.MayStop).
//   - What counters say, but with COUNTS: how many values the bag and its lanes have. A step tells at
//     once; while a housekeeper has values in hand it may be wrong, and then more than the capacity: CLAIM_COUNTS.
//   - The halves that a lane below its full size trades are one value here, and what it gives back of its oldest
//     (lane.give) is such a half.
//   - kept is loaded with Bag.lanes. Were it loaded before, a call would look again more often.
//   - That the world may not be stopped (Policy.MayStop), for which a call then misses or overflows. GetN and PutN,
//     which are a Get or a Put of more at once. Many bags in one Gather: each is for itself but for the grace period.
//   - Goroutines change Ps between sections: a value that is held may be put by any, and with more of them than
//     Ps one runs while another waits for the mutex.
//   - Resize is Clear or Compaction with another number; LIFO has one magazine, and a lock for it.

#ifndef USERS
#define USERS 2      // goroutines that get and put; the P of each is its number modulo PS
#endif
#ifndef PS
#define PS 2
#endif
#ifndef LANES
#define LANES PS     // lanes at first: fewer than Ps, and GROW makes the others; 0, and MAKE does
#endif
#ifndef OPS
#define OPS 1        // calls of each goroutine
#endif
#ifndef GATHERS
#define GATHERS 0    // calls of Gather
#endif
#ifndef CLEARS
#define CLEARS 0     // of Clear
#endif
#ifndef COMPACTS
#define COMPACTS 0   // of Gather for a Compaction
#endif
#ifndef CLOSES
#define CLOSES 0     // of Close
#endif
#ifndef SWEEPS
#define SWEEPS 0     // visits, each with any values dropped
#endif
#ifndef GROWS
#define GROWS 0      // goroutines of growLanes
#endif
#ifndef MAKES
#define MAKES 0      // calls of makeLanes
#endif
#ifndef SHARDS
#define SHARDS 1
#endif
#ifndef BEGUN
#define BEGUN SHARDS // shards at first
#endif
#ifndef MAGS
#define MAGS 2       // magazines of a store
#endif
#ifndef SIZE
#define SIZE 2       // values of a magazine
#endif
#ifndef VALUES
#define VALUES 3     // at most 4
#endif
#ifndef LIMIT
#define LIMIT SIZE   // of the first lane, at first
#endif
#ifndef ROOM
#define ROOM 2       // store.room: magazines that may be in lanes
#endif
#ifndef TRIES
#define TRIES 1      // handTries of giveMore
#endif
#ifndef LOOK
#define LOOK 0       // 1: lanes may give back what they have, as after a tick
#endif
#ifndef COUNTS
#define COUNTS 0     // 1: with the counters
#endif

#define NONE   MAGS  // no magazine
#define NOWHERE 2    // the store without shards that rebuild has in force meanwhile, and Close for good
#define CAP    (MAGS * SIZE)
#define OWNER  (LANES > 0 -> LANES - 1 : 0)   // whose lane has a value at first
#define ALL    (BIT(VALUES) - 1)
#define KEEPERS (GATHERS + CLEARS + COMPACTS + CLOSES + SWEEPS + GROWS + MAKES)

#define BIT(i)          (1 << (i))
#define HAS(set, i)     ((set) >> (i) & 1)
#define WITH(set, i)    ((set) | BIT(i))
#define WITHOUT(set, i) ((set) & (255 - BIT(i)))
#define MINUS(set, sub) ((set) & (255 - (sub)))
#define LOWEST(set)     ((set) & (0 - (set)))
#define SIZEOF(set)     (((set) & 1) + ((set) >> 1 & 1) + ((set) >> 2 & 1) + ((set) >> 3 & 1))

#define EMPTY   0    // the rings of a shard
#define PARTIAL 1
#define FULL    2
#define SHARD(i)   ((SHARDS == 1 -> 255 : 85 << ((i) % SHARDS)) & (BIT(MAGS) - 1))   // its magazines: each second one

typedef Store {
	byte shards;             // that there are
	byte private;
	byte ring[3];            // of all shards, as sets of magazines
	byte has[MAGS + 1]       // the values of each magazine; of NONE, none
}

typedef Lanes {              // Bag.lanes points to one of these
	byte n;                  // how many there are
	byte store;
	byte loaded[PS];         // a magazine or NONE
	byte spare[PS];
	byte limit[PS]           // len(loaded.cells)
}

Store store[3];              // one in force, one to be the next, NOWHERE
Lanes lanes[2];              // those in force, and those before, which become the next: by S2 nobody has them any more
byte current;                // Bag.lanes
byte net[7];                 // COUNTS: puts less gets in the lanes, of P 0 and 1, and without one in each store
bit mu, busy, closed;        // Bag's
byte kept;
byte gone;                   // COUNTS: minus totals.gone
byte owed;                   // grace.Wait: the Ps whose sections it waits for

// The ghost. A value that is in none of these sets is in the bag.
byte held, putting, dead;    // by a goroutine; by one that has called Put; by nobody, for good
byte inside;                 // Ps that are in a section
byte uses[PS];               // 1 + the lanes that the section has found
byte retired, drained;       // lanes and stores that are a housekeeper's
byte visited = NONE;         // the magazine that a housekeeper has in hand
byte seized;                 // the values that it has
byte steady;                 // of the TryGet of goroutine 0: what it has to find
bit unsure;                  // the counters may be wrong: a housekeeper has values in hand
bit alone;                   // of the TryPut of goroutine 0: it has to find room
byte doomed;                 // what was idle when Clear was called
byte ended;

#define INBAG      MINUS(ALL, held | putting | dead)
#define RINGS(st)  (store[st].ring[EMPTY] | store[st].ring[PARTIAL] | store[st].ring[FULL])

inline push(which, mag) {    // store.push
#ifndef VALUES_ONLY
	assert(!HAS(RINGS(which), mag));
#endif
	if
	:: SIZEOF(store[which].has[mag]) == 0 -> store[which].ring[EMPTY] = WITH(store[which].ring[EMPTY], mag)
	:: SIZEOF(store[which].has[mag]) == SIZE -> store[which].ring[FULL] = WITH(store[which].ring[FULL], mag)
	:: else -> store[which].ring[PARTIAL] = WITH(store[which].ring[PARTIAL], mag)
	fi
}

// What lanes have to themselves: x.
inline in_lanes(these, k) {
	k = 0;
	do
	:: k < lanes[these].n ->
		x = x | store[lanes[these].store].has[lanes[these].loaded[k]] | store[lanes[these].store].has[lanes[these].spare[k]];
		k++
	:: else -> break
	od;
	k = 0
}

// COUNTS: what lanes have counted.
#define NET(ln) (net[2 * (ln)] + net[2 * (ln) + 1])

inline new_lanes(fresh, many, owner) {
	lanes[fresh].n = many;
	lanes[fresh].store = owner;
	i = 0;
	do
	:: i < PS ->
		lanes[fresh].loaded[i] = NONE; lanes[fresh].spare[i] = NONE; lanes[fresh].limit[i] = 0; net[2 * fresh + i] = 0;
		i++
	:: else -> break
	od;
	i = 0
}

#include "seize_seizer.pml"
#include "seize_calls.pml"

init {
	byte i, x, m;
	atomic {
		// Value 0 in a lane if there are any, 1 in a ring if its shard is there, the others in hands.
		new_lanes(0, LANES, 0);
		store[0].shards = BEGUN;
		store[0].has[0] = (BEGUN > 0 -> 1 : 0);
		store[0].has[1] = (BEGUN == SHARDS -> 2 : 0);
		m = 0;
		do
		:: m < MAGS && m == 0 && LANES > 0 ->
			lanes[0].loaded[OWNER] = 0; lanes[0].limit[OWNER] = LIMIT; store[0].private = 1;
			net[OWNER] = COUNTS;
			m++
		:: m < MAGS && !(m == 0 && LANES > 0) ->
			if
			:: m % SHARDS < BEGUN -> push(0, m)
			:: else
			fi;
			m++
		:: else -> break
		od;
		held = MINUS(ALL, store[0].has[0] | store[0].has[1]);
		net[4] = (SIZEOF(INBAG) - (LANES > 0 -> 1 : 0)) * COUNTS;
		i = 0;
		do
		:: i < USERS -> run user(i); i++
		:: i >= USERS -> break
		od;
		m = 0;
		do
		:: m < KEEPERS ->
			run keeper((m < GATHERS -> gatherer : (m < GATHERS + CLEARS -> clearer :
				(m < GATHERS + CLEARS + COMPACTS -> compacter :
				(m < KEEPERS - SWEEPS - GROWS - MAKES -> closer :
				(m < KEEPERS - GROWS - MAKES -> sweeper : (m < KEEPERS - MAKES -> grower : maker)))))));
			m++
		:: m >= KEEPERS -> break
		od;
		m = 0;
		i = 0
	}
	ended == USERS + KEEPERS;
	d_step {
		assert(!mu && !busy && !inside && !putting && !seized && visited == NONE);
#ifndef VALUES_ONLY
		check_magazines(current);
#endif
		// Nothing is lost: what is in the bag is in a magazine, once.
		do
		:: m < MAGS ->
			assert((store[lanes[current].store].has[m] & x) == 0);
			x = x | store[lanes[current].store].has[m];
			m++
		:: else -> break
		od;
		assert(x == INBAG);
		assert(!closed || x == 0);
		assert(!COUNTS || SIZEOF(x) == (NET(current) + net[4 + lanes[current].store] + gone) % 256)
	}
}
