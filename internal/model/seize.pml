// Seizing, shard/seize.go: the store is replaced, a grace period waited for, the
// old store drained with plain code, what is to stay put into the new one. Run
// against Ps that get and put in pinned sections, with their own lanes or, while
// GOMAXPROCS is higher than the store knows, through the rings.
//
// Checked: S1 to S3 and B2 of shard; that each value is in one place, is never
// handed out after a Clear (Sweep of all) that began when it was idle has returned,
// is destroyed at most once, and is not lost: in the end it is held, idle in the
// store in force, or destroyed. And that nothing deadlocks.
//
// A step is one access to the pointer Bag.lanes, to a ring or to the mutex, or one
// look at, or one change of, a lane or a magazine. These last are plain in the code;
// TOUCH asserts that nobody else's can come between them, so that it does not matter
// how finely they are divided.
//
// What is abstracted away, and why nothing is missed by it:
//
//   - grace.Wait is its contract: it returns when every section that had begun has
//     ended, and holds nobody up. grace.pml shows that the code does at least that;
//     the stop of the world does more.
//   - The rings are sets that are changed in one step, for Handles is linearizable
//     (handles.pml); a pop of a full magazine returns any, which includes the oldest.
//     With SHARDS > 1 a search may fail although there is a magazine, as one over
//     several shards can, since it looks at one ring after the other. In which shard's
//     ring a magazine is then makes no difference.
//   - Magazines have one value. What is done inside one is sequential code.
//   - Get and Put stand for all their kinds. A hit is the first branch of take and
//     give; a hit that fails is a section that changes nothing.
//   - Goroutines change Ps between sections, so a value that is held may be put by any
//     P, and a P is a process.
//   - Stamps. Which values a Sweep lets stay is any choice. Counters, hooks and the
//     policy: no step depends on them.

#ifndef PS
#define PS 2         // Ps that run
#endif
#ifndef LANES
#define LANES 1      // Ps that the first store has lanes for
#endif
#ifndef OPS
#define OPS 2        // calls of Get and Put on each P
#endif
#ifndef CLEARERS
#define CLEARERS 1   // calls of Sweep that let nothing stay
#endif
#ifndef PRUNERS
#define PRUNERS 1    // calls of Sweep that let any of them stay
#endif
#ifndef CLOSERS
#define CLOSERS 0    // calls of Close
#endif
#ifndef SHARDS
#define SHARDS 1     // more than one: a search may fail although there is something
#endif
#ifndef VALUES
#define VALUES 3
#endif
#ifndef MAGAZINES
#define MAGAZINES 3
#endif

#define SEIZERS  (CLEARERS + PRUNERS + CLOSERS + 1)   // the last one is grow
#define PRUNER   (PS + CLEARERS)                      // the number of the first; Ps come first,
#define CLOSER   (PRUNER + PRUNERS)                   // then those that Clear
#define GROW     (PS + SEIZERS - 1)                   // its number
#define SECTIONS (PS + SEIZERS)                       // who can be in a section
#define NONE     MAGAZINES                            // no magazine

#define BIT(i)      (1 << (i))
#define HAS(set, i) ((set) >> (i) & 1)
#define WITH(set, i)    ((set) | BIT(i))
#define WITHOUT(set, i) ((set) & (255 - BIT(i)))

// shard/store.go. Magazine m holds the value cell[m], none if that is 0.
typedef Store {
	byte lanes;              // geometry.lanes; 0 in that of a closed bag, which has no rings
	byte loaded[PS];         // lane.loaded, lane.spare: a magazine or NONE
	byte spare[PS];
	byte fulls, empties;     // the rings, as sets of magazines
	byte cell[MAGAZINES]
}

Store store[2];              // the one in force, and the one before, which is reused as the
                             // next; by S2 nobody has it any more
byte current;                // Bag.lanes: the store in force
bit mu;                      // Bag.mu
bit closed;                  // Bag.closed
bit growing;                 // Bag.growing
byte owed;                   // grace.Wait: the sections that it waits for, as bits

// The ghost. Where a value is:
mtype = {
	held,                    // with a goroutine
	putting,                 // with one that has called Put
	idle,                    // in the bag
	seized,                  // with a seizer, which may put it back
	swept,                   // with a seizer, which will destroy it
	destroyed
};
mtype where[VALUES + 1];     // of values 1 to VALUES
byte inside;                 // who is in a section, as bits
byte uses[SECTIONS];         // 1 + the store that the section has found, or 0
byte drained;                // the stores that belong to a seizer, as bits
byte doomed[CLEARERS + 1];   // the values that were idle when this Clear was called, as bits
byte ended;                  // Ps and seizers

#include "seize_calls.pml"

// A P. It may stop for good at any time: run no other call.
proctype p(byte me) {
	byte ops, s, m, h, v, i;
	bit c, ask;
again:
	atomic {
		if
		:: ended++; ops = 0; goto stop
		:: ops < OPS -> ops++
		:: ops < OPS ->
			v = 1;
			do
			:: v <= VALUES && where[v] != held -> v++
			:: v <= VALUES && where[v] == held -> where[v] = putting; ops++; break
			:: v > VALUES -> ended++; ops = 0; v = 0; goto stop   // none to put
			od
		fi;
#ifdef BROKEN_STALE
	}
	d_step { find() }                                // the pointer is older than the section
	atomic {
#endif
		begin()
	}
	if
	:: v == 0 -> get()
	:: else   -> put()
	fi;
	d_step {
		end();
		if
		:: v != 0 -> assert(where[v] == putting); where[v] = destroyed   // Overflow
		:: else
		fi
	}
	if
	:: ask -> growing = 1                            // growFor. The goroutine that it starts is grow.
	:: else
	fi;
	atomic { s = 0; m = 0; h = 0; v = 0; c = 0; ask = 0 }
	goto again;
stop:
	skip
}

#include "seize_seizer.pml"

init {
	byte me, s, m, v, i, set, found;
	atomic {
		// Value 1 in a lane, 2 in a ring, the others in hands.
		store[0].lanes = LANES;
		do
		:: me < PS -> store[0].loaded[me] = NONE; store[0].spare[me] = NONE; me++
		:: else    -> break
		od;
		store[0].loaded[0] = 0;
		store[0].cell[0] = 1;
		store[0].fulls = BIT(1);
		store[0].cell[1] = 2;
		store[0].empties = BIT(MAGAZINES) - 1 - BIT(0) - BIT(1);
		v = 1;
		do
		:: v <= VALUES -> where[v] = (v <= 2 -> idle : held); v++
		:: else        -> break
		od;
		me = 0;
		do
		:: me < PS -> run p(me); me++
		:: me >= PS && me < PS + SEIZERS -> run seizer(me); me++
		:: me == PS + SEIZERS -> break
		od
	}
	ended == PS + SEIZERS;
	d_step {
		s = current;
		check_magazines();
		assert(!mu && !inside && (closed || !HAS(drained, s)));
		// Nothing is lost: what is idle is in the store in force, once.
		m = 0;
		do
		:: m < MAGAZINES ->
			v = store[s].cell[m];
			if
			:: v != 0 -> assert(where[v] == idle && !HAS(found, v)); found = WITH(found, v)
			:: else
			fi;
			m++
		:: else -> break
		od;
		v = 1;
		do
		:: v <= VALUES ->
			assert(where[v] == held || where[v] == destroyed || (where[v] == idle && HAS(found, v)));
			v++
		:: else -> break
		od
	}
}
