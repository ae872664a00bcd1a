// Get and Put: shard/slow.go, lane.go, store.go and earn.go. Included by seize.pml, which has the bag and
// the ghost. l, s and n are the lanes, the store and the number of lanes that the section has found, m a
// magazine in its hands.

#define P      (me % PS)
#define LOADED lanes[l].loaded[P]
#define SPARE  lanes[l].spare[P]
#define LIM    lanes[l].limit[P]
#define VALUESOF(mag) store[s].has[mag]
#define READY  (put -> SIZEOF(VALUESOF(LOADED)) < LIM : VALUESOF(LOADED) != 0)   // loaded has what the call wants
#define TURN   (put -> SPARE != NONE && SIZEOF(VALUESOF(SPARE)) < SIZE : VALUESOF(SPARE) != 0)   // spare has

#ifdef VALUES_ONLY           // leaves it to what becomes of the values
#define TOUCH_LANE  skip
#define TOUCH_STORE skip
#else
#define TOUCH_LANE  assert(HAS(inside, P) && uses[P] == l + 1 && P < n && !HAS(retired, l))
#define TOUCH_STORE assert(HAS(inside, P) && uses[P] == l + 1 && !HAS(drained, s))
#endif

// What a section looks for in the rings.
#define FOR_LANE   0         // an empty magazine for a lane that has none
#define FOR_SPARE  1         // an empty one, to trade whole ones
#define FOR_HALF   2         // room for some of what the lane has
#define FOR_PUT    3         // room for the value
#define FOR_GET    4         // a value, or some for the lane
#define FOR_WHOLE  5         // a full magazine for the lane, or any with values
#define UNDECIDED  6
#define FOR_ONE    7         // store.vacate: one magazine with room,
#define FOR_OTHER  8         // another,
#define FOR_BOTH   9         // and both in hands
#define KINDOF(i)  (way <= FOR_PUT -> i % 2 : (way == FOR_WHOLE -> FULL - i % 2 : PARTIAL + i % 2))

// Calls that have not found what they wanted.
#define ONCE   1             // a Put, again
#define LOCKED 2             // with mu
#define LAST   3             // after gathering

// What a Get that has found nothing looks at, in this order.
#define PRIVATE store[lanes[current].store].private != 0
#define BUSY    busy
#define AGAIN   kept != k0
#if defined(BROKEN_BUSY)
#define FIRST  PRIVATE
#define SECOND AGAIN
#define THIRD  BUSY
#elif defined(BROKEN_PRIVATE)
#define FIRST  BUSY
#define SECOND AGAIN
#define THIRD  PRIVATE
#else
#define FIRST  PRIVATE
#define SECOND BUSY
#define THIRD  AGAIN
#endif

#ifdef BROKEN_REOPEN
#define OPEN true
#else
#define OPEN !closed
#endif

inline find() {              // the load of Bag.lanes
	l = current;
	s = lanes[l].store;
	n = lanes[l].n
}

inline begin() {             // pin.Pin, and the load
	inside = WITH(inside, P);
#ifdef BROKEN_STALE
	if
	:: phase != 0 -> find()
	:: else
	fi;
#else
	find();
#endif
	uses[P] = l + 1;
	if
	:: me != 0 -> alone = 0
	:: else
	fi
}

inline leave() {             // pin.Unpin
	inside = WITHOUT(inside, P);
	owed = WITHOUT(owed, P);
	uses[P] = 0;
	l = 0; s = 0; n = 0; q = 0; way = 0; m = NONE; h = 0
}

inline returns() {           // the call
	if
	:: phase >= LOCKED -> mu = 0
	:: else
	fi;
	if
	:: me == 0 -> steady = 0; alone = 0
	:: else
	fi;
	phase = 0; put = 0; v = 0; k0 = 0; tries = 0
}

#define COUNTER net[(P < n -> 2 * l + P : 4 + s)]

// A value is put into a magazine, or taken out of it.
inline enter(served) {
	assert(SIZEOF(VALUESOF(served)) < SIZE && (putting & v) != 0);
	VALUESOF(served) = VALUESOF(served) | v;
	putting = MINUS(putting, v);
	assert(SIZEOF(INBAG) <= CAP);                        // B1
	COUNTER = COUNTER + COUNTS
}

inline serve(served) {
	if
	:: put -> enter(served)
	:: else ->
		x = LOWEST(VALUESOF(served));
		assert(x != 0 && MINUS(x, INBAG) == 0);
		VALUESOF(served) = MINUS(VALUESOF(served), x);
		held = held | x;
		doomed = MINUS(doomed, x);
		steady = MINUS(steady, x);
		COUNTER = COUNTER + 255 * COUNTS;
		x = 0
	fi
}

inline touched(set) {        // these values are in a goroutine's hands
#ifndef CLAIM_HANDS
	steady = MINUS(steady, set)
#else
	skip
#endif
}

inline move(from, to, most) {
	do
	:: i < most && VALUESOF(from) != 0 && SIZEOF(VALUESOF(to)) < SIZE ->
		x = LOWEST(VALUESOF(from));
		touched(x);
		VALUESOF(from) = MINUS(VALUESOF(from), x);
		VALUESOF(to) = VALUESOF(to) | x;
		i++
	:: else -> break
	od;
	i = 0; x = 0
}

// shard.pop, from a shard's ring of one kind: m, or NONE.
inline pop(kind, sh) {
	TOUCH_STORE;
	c = store[s].ring[kind] & SHARD(sh);
	m = 0;
	do
	:: HAS(c, m) -> break
	:: (kind != EMPTY || !HAS(c, m)) && c >> (m + 1) != 0 -> m++
	:: c == 0 -> m = NONE; break
	od;
	if
	:: m != NONE ->
		store[s].ring[kind] = WITHOUT(store[s].ring[kind], m);
		touched(VALUESOF(m))
	:: else
	fi;
	c = 0
}

inline put_back(back) {       // store.push
	TOUCH_STORE;
	push(s, back)
}

inline give_back(slot) {     // lane.giveBack
	TOUCH_LANE;
	touched(VALUESOF(slot));
	store[s].private--;
	put_back(slot);
	slot = NONE
}

// The call of goroutine 0 begins. What a Get has to find is in a ring, in a lane, or a housekeeper's.
inline watch() {
	if
	:: me == 0 && put -> alone = (SIZEOF(INBAG) < CAP && !inside && !closed)
	:: me == 0 && !put ->
		steady = seized;
		do
		:: i < 2 ->
			m = 0;
			do
			:: m < MAGS ->
				if
				:: HAS(store[i].ring[PARTIAL] | store[i].ring[FULL], m) ||
				   (visited == m && lanes[current].store == i) -> steady = steady | store[i].has[m]
				:: else
				fi;
				m++
			:: else -> break
			od;
			in_lanes(i, m);
			steady = steady | x;
			i++
		:: else -> break
		od;
		i = 0; x = 0; m = NONE
	:: else
	fi
}

proctype user(byte me) {
	byte ops, v, l, s, n, m = NONE, h, q, way, c, i, x, k0, o, st, phase, tries;
	bit put;
again:
	atomic {
		if
		:: ops == OPS -> ended++; ops = 0; goto stop
		:: ops < OPS  -> ops++
		:: ops < OPS && held != 0 ->
			ops++; put = 1;
			v = LOWEST(held); held = MINUS(held, v); putting = putting | v
		fi;
		watch();
#ifdef BROKEN_STALE
		find()                                       // before the section begins
	}
	atomic {
#endif
		!HAS(inside, P);
		k0 = kept;
		begin()
	}
section:
	atomic {
		way = UNDECIDED;
		if
		:: P >= n -> goto trade
		:: P < n && LOOK && put && LOADED != NONE    // look
		:: P < n ->
			TOUCH_LANE;
			if
			:: !READY && TURN -> d_step { x = LOADED; LOADED = SPARE; SPARE = x; x = 0 }
			:: else
			fi;
			if
			:: READY ->                              // a hit, or as good as one
				serve(LOADED);
				leave(); returns(); goto again
			:: else
			fi
		fi
	}
	// Bag.look
	if
	:: LOOK && SPARE != NONE -> d_step { give_back(SPARE) }
	:: true
	fi;
	if
	:: LOOK && LOADED != NONE && SPARE == NONE -> d_step { give_back(LOADED); LIM = 0 }
	:: true
	fi;
	// Bag.trip, lane.grow
	atomic {
		TOUCH_LANE;
		if
		:: LOADED == NONE && store[s].private < ROOM -> store[s].private++; way = FOR_LANE
		:: LOADED != NONE && LIM < SIZE -> LIM = (2 * LIM < SIZE -> 2 * LIM : SIZE)
		:: true
		fi
	}
trade:
	do
	:: atomic {
		way == UNDECIDED ->
		if
		:: P < n && put && READY ->
			TOUCH_LANE;
			enter(LOADED);
			leave(); returns(); goto again
		:: P < n && put && !READY && LIM > 1 ->      // lane.spill
			if
			:: LIM == SIZE && SPARE != NONE -> way = FOR_SPARE
			:: LIM == SIZE && SPARE == NONE && store[s].private < ROOM -> store[s].private++; way = FOR_SPARE
			:: LIM < SIZE || (SPARE == NONE && store[s].private >= ROOM) -> way = FOR_HALF
			fi
		:: put && (P >= n || (!READY && LIM <= 1)) -> way = FOR_PUT
		:: !put -> way = (P < n && LIM == SIZE -> FOR_WHOLE : FOR_GET)
		fi
	   }
	:: atomic {
		way < UNDECIDED && m == NONE && q < 2 * SHARDS ->
		i = KINDOF(q);
		pop(i, P + q / 2);
		i = 0;
		q = q + (way <= FOR_SPARE -> 2 : 1)
	   }
	:: atomic {
		way < UNDECIDED && m == NONE && q >= 2 * SHARDS ->   // there is none
		q = 0;
		if
		:: way == FOR_LANE  -> way = FOR_ONE
		:: way == FOR_SPARE ->
			if
			:: SPARE == NONE -> store[s].private--
			:: else
			fi;
			way = FOR_HALF
		:: way == FOR_HALF  -> way = FOR_PUT
		:: way == FOR_PUT || way == FOR_GET || way == FOR_WHOLE -> leave(); goto failed
		fi
	   }
	:: atomic {
		way < UNDECIDED && m != NONE ->
		h = m;                                       // what goes back
		if
		:: way == FOR_LANE -> TOUCH_LANE; LOADED = m; LIM = 1; m = NONE; h = 0; q = 0; way = UNDECIDED; goto trade
		:: way == FOR_SPARE -> TOUCH_LANE; h = SPARE; SPARE = LOADED; LOADED = m
		:: way == FOR_HALF -> TOUCH_LANE; move(LOADED, m, LIM / 2); m = LOADED
		:: way == FOR_GET && P < n && LOADED != NONE -> TOUCH_LANE; move(m, LOADED, 1 + LIM / 2); m = LOADED
		:: way == FOR_WHOLE -> TOUCH_LANE; h = LOADED; LOADED = m
		:: way == FOR_PUT || (way == FOR_GET && (P >= n || LOADED == NONE))
		fi;
		serve(m);
#ifdef BROKEN_TWICE
		s = lanes[current].store;                    // the pointer is read again
#endif
		if
		:: h != NONE -> touched(VALUESOF(h)); put_back(h)
		:: else
		fi;
		leave(); returns(); goto again
	   }
	:: atomic { way == FOR_ONE -> pop(PARTIAL, P); h = m; way = FOR_OTHER }
	:: atomic { way == FOR_OTHER -> pop(PARTIAL, P); way = FOR_BOTH }
	:: atomic {
		way == FOR_BOTH ->
		if
		:: m != NONE && h != NONE && SIZEOF(VALUESOF(h)) + SIZEOF(VALUESOF(m)) <= SIZE ->
			TOUCH_LANE;
			move(h, m, SIZE);
			LOADED = h; LIM = 1
		:: else ->
			store[s].private--;
			if
			:: h != NONE -> put_back(h)
			:: else
			fi
		fi;
		if
		:: m != NONE -> put_back(m)
		:: else
		fi;
		m = NONE; h = 0; way = UNDECIDED
	   }
	od;

failed:
	if
	:: put && phase <= ONCE -> goto no_room
	:: !put && phase == 0 -> goto no_value
	:: phase == LOCKED ->
		// Bag.worthGathering; giveMore, which asks the counters first.
		atomic {
			in_lanes(current, i);
			if
#ifndef BROKEN_SEARCH
			:: (put -> !closed && SIZEOF(INBAG) < CAP && lanes[current].n > 0 : x != 0) -> x = 0; busy = 1; unsure = 1
#endif
			:: else -> x = 0; goto missed
			fi
		}
		gather(lanes[current].n);
		atomic { busy = 0; phase = LAST; !HAS(inside, P); begin() }
		goto section
	:: phase == LAST -> goto missed
	fi;

no_value:                                                // Bag.takeMore
#ifdef BROKEN_LATE
	k0 = kept;
#endif
	if
	:: FIRST -> goto lock
	:: else
	fi;
	if
	:: SECOND -> goto lock
	:: else
	fi;
	if
	:: THIRD -> goto lock
	:: else -> goto missed
	fi;

no_room:                                                 // Bag.giveMore
	if
	:: phase == ONCE ->
#ifdef CLAIM_COUNTS                                       // Bag.sample without mu
		d_step { x = NET(current) + net[4 + lanes[current].store] }
		d_step { x = x + gone; assert(x <= CAP || x >= 128); x = 0 }   // from 128 on it is below 0
#endif
		if
		:: SIZEOF(INBAG) >= CAP || unsure ->         // Bag.sample
#ifdef BROKEN_SAMPLE
			goto missed
#else
			if
			:: !busy ->
				if
				:: kept == k0 -> goto missed
				:: else
				fi
			:: else
			fi
#endif
		:: SIZEOF(INBAG) < CAP
		fi;
		tries++
	:: else
	fi;
	atomic {                                             // Bag.extend
		!mu ->
		if
		:: OPEN -> extend(lanes[current].store)
		:: else
		fi
	}
	if
	:: tries == TRIES -> goto lock
	:: else
	fi;
	atomic { phase = ONCE; k0 = kept; !HAS(inside, P); begin() }
	goto section;

lock:
	atomic {
		!mu ->
		mu = 1; phase = LOCKED;
#ifndef BROKEN_EXTEND
		if
		:: put && OPEN -> extend(lanes[current].store)
		:: else
		fi;
#endif
		!HAS(inside, P);
		begin()
	}
	goto section;

missed:
	atomic {
		if
		:: put -> assert(me != 0 || !alone || closed); dead = dead | v; putting = MINUS(putting, v)
		:: else -> assert(me != 0 || MINUS(steady, dead) == 0)      // S3
		fi;
		returns();
		goto again
	}
stop:
	skip
}
