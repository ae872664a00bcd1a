// Housekeeping: shard/seize.go, sweep.go and grow.go. Included by seize.pml, which has the bag and the
// ghost. mu is held in all of it.

// S2, after the grace period: no section has the lanes ln, and what is in them is in no ring.
inline check_lanes(seen) {
#ifndef VALUES_ONLY
	do
	:: i < PS ->
		assert(uses[i] != seen + 1);
		assert(lanes[seen].loaded[i] == NONE || !HAS(RINGS(lanes[seen].store), lanes[seen].loaded[i]));
		assert(lanes[seen].spare[i] == NONE || !HAS(RINGS(lanes[seen].store), lanes[seen].spare[i]));
		i++
	:: else -> break
	od;
	i = 0;
#endif
	retired = WITH(retired, seen)
}

// B2 and B4, where no section is in the store: each magazine is in one of these lanes or in a ring, and private
// counts the lanes'.
inline check_magazines(seen) {
	x = RINGS(lanes[seen].store);
	m = 0;
	do
	:: i < PS ->
		if
		:: lanes[seen].loaded[i] != NONE -> x = x + BIT(lanes[seen].loaded[i]); m++
		:: else
		fi;
		if
		:: lanes[seen].spare[i] != NONE -> x = x + BIT(lanes[seen].spare[i]); m++
		:: else
		fi;
		i++
	:: else -> break
	od;
	assert(m == store[lanes[seen].store].private);
	assert(x == (store[lanes[seen].store].shards > 0 -> SHARD(0) : 0) + (store[lanes[seen].store].shards > 1 -> SHARD(1) : 0));
	i = 0; m = 0; x = 0
}

// The load of the old header, Bag.use of a new one, and grace.Wait until it waits.
inline replace(count_of, next) {
	o = current;
	current = 1 - o;
	retired = WITHOUT(retired, current);
	new_lanes(current, count_of, next);
	owed = inside
}

inline retire() {            // Bag.retire, for what the lanes o have counted
	gone = gone + NET(o);
	net[2 * o] = 0; net[2 * o + 1] = 0
}

#ifdef BROKEN_GRACE
#define GRACE true
#else
#define GRACE owed == 0
#endif
#ifdef BROKEN_DOUBLE
#define TWICE c == 1
#else
#define TWICE true
#endif

// What the lanes o have comes in this order: the spare of each, then the loaded.
#define SLOT (i % 2 == 0 -> lanes[o].spare[i / 2] : lanes[o].loaded[i / 2])

inline next_slot() {
	do
	:: i < 2 * lanes[o].n && SLOT == NONE -> i++
	:: else -> break
	od
}

// gathering.swap, grace.Wait, gathering.finish. busy is 1 already. Then number lanes are in force.
inline gather(enough) {
	d_step {
		st = lanes[current].store;
		replace(enough, st);
#ifdef BROKEN_COUNT
		retire()
#endif
	}
	atomic {
		GRACE;
		check_lanes(o);
#ifndef BROKEN_COUNT
		retire();
#endif
		next_slot()
	}
	do
	:: i < 2 * lanes[o].n ->                             // lane.giveBack
		store[st].private--;
		atomic {
			m = SLOT;
			push(st, m);
			m = NONE;
			if
#ifdef BROKEN_DOUBLE
			:: c == 0 -> c = 1                   // once more
#endif
			:: TWICE && i % 2 == 0 -> lanes[o].spare[i / 2] = NONE; c = 0
			:: TWICE && i % 2 == 1 -> lanes[o].loaded[i / 2] = NONE; c = 0
			fi;
			next_slot()
		}
	:: atomic { i >= 2 * lanes[o].n -> end_kept(); i = 0; o = 0; st = 0; break }
	od
}

inline end_kept() {          // the first half of Bag.end
	atomic {
#ifndef BROKEN_KEPT
	kept++;
#endif
	unsure = 0 }
}

inline drain_rings() {
	do
	:: i < MAGS ->
		if
		:: HAS(store[st].ring[PARTIAL] | store[st].ring[FULL], i) ->
			seized = seized | store[st].has[i];
			store[st].ring[PARTIAL] = WITHOUT(store[st].ring[PARTIAL], i);
			store[st].ring[FULL] = WITHOUT(store[st].ring[FULL], i);
			store[st].has[i] = 0;
			store[st].ring[EMPTY] = WITH(store[st].ring[EMPTY], i)
		:: else
		fi;
		i++
	:: else -> break
	od;
	i = 0
}

// Bag.drained: what the lanes o and their store st hold. Then these are garbage, and cleared to be used again.
inline drain() {
	check_lanes(o);
#ifndef VALUES_ONLY
	check_magazines(o);
#endif
	drained = WITH(drained, st);
	gone = gone + NET(o) + net[4 + st];
	do
	:: i < lanes[o].n ->
		seized = seized | store[st].has[lanes[o].loaded[i]];
#ifndef BROKEN_SPARE
		seized = seized | store[st].has[lanes[o].spare[i]];
#endif
		i++
	:: else -> break
	od;
	i = 0;
#ifndef BROKEN_RINGS
	drain_rings();
#endif
	do
	:: i < MAGS -> store[st].has[i] = 0; i++
	:: else     -> break
	od;
	store[st].shards = 0; store[st].private = 0; net[4 + st] = 0;
	store[st].ring[EMPTY] = 0; store[st].ring[PARTIAL] = 0; store[st].ring[FULL] = 0;
	new_lanes(o, 0, NOWHERE);
	i = 0
}

inline extend(longer) {      // store.extend
	if
	:: store[longer].shards < SHARDS ->
		store[longer].ring[EMPTY] = store[longer].ring[EMPTY] | SHARD(store[longer].shards);
		store[longer].shards++
	:: else
	fi
}

// Bag.stocked, for one value and the store that is to be the next.
#define NEXT store[1 - st]

inline stock_one() {
	if
	:: (NEXT.ring[EMPTY] | NEXT.ring[PARTIAL]) == 0 ->
		assert(NEXT.shards < SHARDS);                // B1: "what was held finds no room"
		extend(1 - st)
	:: else
	fi;
	do
	:: HAS(NEXT.ring[EMPTY] | NEXT.ring[PARTIAL], i) -> break
	:: else -> i++
	od;
	NEXT.ring[EMPTY] = WITHOUT(NEXT.ring[EMPTY], i);
	NEXT.ring[PARTIAL] = WITHOUT(NEXT.ring[PARTIAL], i);
	NEXT.has[i] = NEXT.has[i] | LOWEST(seized);
	seized = MINUS(seized, LOWEST(seized));
	push(1 - st, i);
	i = 0
}

mtype = { gatherer, clearer, compacter, closer, sweeper, grower, maker };

proctype keeper(mtype kind) {
	byte st, o, m = NONE, c, i, x;
	d_step {
		if
		:: kind == clearer -> doomed = INBAG
		:: else
		fi
	}
	atomic {
		!mu ->
		st = lanes[current].store;
		if
		:: closed -> goto stop
		:: !closed && (kind == gatherer || kind == compacter) && lanes[current].n == 0 -> goto stop
		:: !closed && kind == grower && (lanes[current].n == 0 || lanes[current].n == PS) -> goto stop
		:: !closed && kind == maker ->               // makeLanes. The header that it replaces has no lanes.
			if
			:: lanes[current].n == 0 -> lanes[current].n = PS
			:: else
			fi;
			goto stop
		:: else
		fi;
		mu = 1;
		busy = 1; unsure = 1
	}
	if
	:: kind == gatherer || kind == grower ->
		gather((kind == grower -> PS : lanes[current].n));
		goto unlock
	:: kind == sweeper -> goto sweeping
	:: else
	fi;

	// Bag.rebuild; a gathering with compact.
#ifdef BROKEN_RINGS
	d_step { drain_rings() }                             // while magazines are in hands
#endif
	d_step {
		if
		:: kind == closer -> closed = 1
		:: else
		fi;
		replace(0, NOWHERE)
	}
	atomic {
		GRACE;
		drain();
		if
		:: kind != compacter ->
			gone = gone - SIZEOF(seized) * COUNTS;
			dead = dead | seized; seized = 0
		:: else
		fi;
		drained = WITHOUT(drained, 1 - st);
#ifndef BROKEN_EARLY
		do
		:: seized != 0 -> stock_one()
		:: else -> break
		od
#endif
	}
#ifdef BROKEN_UNLOCK
	mu = 0;
#endif
	if
	:: !closed -> lanes[current].store = 1 - st          // as good as a new header, for there are no lanes
	:: else
	fi;
#ifdef BROKEN_EARLY
	do
	:: d_step { seized != 0 -> stock_one() }
	:: seized == 0 -> break
	od;
#endif
	goto end;

sweeping:                                                    // Bag.visit
	atomic {
		c = store[st].ring[PARTIAL] | store[st].ring[FULL];
		m = 0;
		do
		:: HAS(c, m) -> break
		:: c >> (m + 1) != 0 -> m++
		:: c == 0 -> m = NONE; goto end
		od;
		c = 0;
		visited = m;
		store[st].ring[PARTIAL] = WITHOUT(store[st].ring[PARTIAL], m);
		store[st].ring[FULL] = WITHOUT(store[st].ring[FULL], m)
	}
	atomic {
		c = store[st].has[m];
		do
		:: c != 0 -> c = MINUS(c, LOWEST(c))
		:: c != 0 ->
			x = LOWEST(c);
			store[st].has[m] = MINUS(store[st].has[m], x);
			dead = dead | x;
			gone = gone - COUNTS;
			c = MINUS(c, x)
		:: c == 0 -> break
		od;
		x = 0;
		push(st, m);
		visited = NONE; m = NONE
	}
end:
	end_kept();
unlock:
	atomic {
		busy = 0; mu = 0;
		assert(kind != clearer || MINUS(doomed, dead) == 0)  // Clear returns
	}
stop:
	atomic {
		if
		:: kind == clearer -> doomed = 0
		:: else
		fi;
		st = 0; o = 0; m = NONE; ended++
	}
}
