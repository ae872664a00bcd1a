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
// TOUCH asserts that nobody else's can come between them.
//
// What is abstracted away, and why nothing is missed by it:
//
//   - grace.Wait is its contract: it returns when every section that had begun has
//     ended, and holds nobody up. grace.pml shows that the code does at least that;
//     the stop of the world does more.
//   - The rings are sets that are changed in one step, for Handles is linearizable
//     (handles.pml); a pop returns any element, which includes the oldest. A search
//     for a magazine may fail although there is one, as one over several shards can,
//     since it looks at one ring after the other. So one shard stands for all.
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

Store store[2];              // the one in force, and the one before or the next
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

#define LOADED   store[s].loaded[me]
#define SPARE    store[s].spare[me]
#define FULL(m)  (m != NONE && store[s].cell[m] != 0)   // the second is read only if the first is true
#define EMPTY(m) (m != NONE && store[s].cell[m] == 0)

// S1, S2: the caller is in a section, has found the store in it, and no seizer has it.
#ifdef VALUES_ONLY
#define TOUCH skip           // leaves it to what becomes of the values
#else
#define TOUCH assert(HAS(inside, me) && uses[me] == s + 1 && !HAS(drained, s))
#endif

inline begin() {             // pin.Pin, or in a nosplit function the load of m.p
	inside = WITH(inside, me)
}

inline find() {              // LoadPointer(&b.lanes)
	s = current;
	uses[me] = s + 1
}

inline find_in_section() {
#ifndef BROKEN_STALE
	find()
#else
	skip
#endif
}

inline end() {               // pin.Unpin, or the return
	inside = WITHOUT(inside, me);
	owed = WITHOUT(owed, me);
	uses[me] = 0
}

// store.takeFull: m, or NONE. FIFO or not, m may be any.
inline take_full() {
	atomic {
		TOUCH;
		m = 0;
		do
		:: m < MAGAZINES && HAS(store[s].fulls, m) ->
			store[s].fulls = WITHOUT(store[s].fulls, m);
			break
		:: m < MAGAZINES && (SHARDS > 1 || !HAS(store[s].fulls, m) || store[s].fulls >> (m + 1) != 0) -> m++
		:: m == MAGAZINES -> break       // NONE
		od
	}
}

// store.takeEmpty. All empty ones are alike, so the first will do.
inline take_empty() {
	atomic {
		TOUCH;
		m = 0;
		do
		:: m < MAGAZINES && HAS(store[s].empties, m) ->
			store[s].empties = WITHOUT(store[s].empties, m);
			break
		:: m < MAGAZINES && !HAS(store[s].empties, m) -> m++
		:: m == MAGAZINES || SHARDS > 1 -> m = NONE; break
		od
	}
}

inline park(mag) {           // store.park
	d_step {
		TOUCH;
		assert(!HAS(store[s].fulls | store[s].empties, mag));
		if
		:: store[s].cell[mag] == 0 -> store[s].empties = WITH(store[s].empties, mag)
		:: else                    -> store[s].fulls = WITH(store[s].fulls, mag)
		fi
	}
}

// magazine.pop: Get takes what magazine m holds.
inline pop_value() {
	d_step {
		TOUCH;
		v = store[s].cell[m];
		assert(v != 0 && where[v] == idle);
		store[s].cell[m] = 0;
		where[v] = held;
		i = 0;
		do
		:: i < CLEARERS -> doomed[i] = WITHOUT(doomed[i], v); i++
		:: else         -> break
		od;
		i = 0; v = 0
	}
}

// magazine.push: v goes into magazine m.
inline push_value(from) {
	d_step {
		TOUCH;
		assert(store[s].cell[m] == 0 && where[v] == from);
		store[s].cell[m] = v;
		where[v] = idle
	}
}

inline swap_loaded() {       // l.loaded, l.spare = l.spare, l.loaded
	d_step {
		TOUCH;
		m = SPARE;
		SPARE = LOADED;
		LOADED = m
	}
}

// shard/slow.go take. What a hit in bag.go does is the branch FULL(LOADED).
inline get() {
	d_step { find_in_section() }
	if
	:: store[s].lanes == 0 -> skip                   // closed
	:: store[s].lanes > 0 && me >= store[s].lanes -> // sharedGet
		take_full();
		if
		:: m != NONE -> pop_value(); park(m)
		:: else
		fi;
		ask = 1
	:: me < store[s].lanes ->
		d_step { TOUCH; m = LOADED; c = FULL(m) }
		if
		:: c ->
#ifdef BROKEN_TWICE
			d_step { find() }                        // the pointer is read again
#endif
			pop_value()
		:: else ->                                   // lane.reload
			d_step { TOUCH; c = FULL(SPARE) }
			if
			:: c -> swap_loaded(); pop_value()
			:: else ->
				take_full();
				if
				:: m != NONE ->
					h = LOADED;
					if
					:: h != NONE -> park(h)
					:: else
					fi;
					d_step { TOUCH; LOADED = m }
					pop_value()
				:: else
				fi
			fi
		fi
	fi
}

// shard/slow.go give. v is 0 afterwards if it found room.
inline put() {
	d_step { find_in_section() }
	if
	:: store[s].lanes == 0 -> skip                   // closed
	:: store[s].lanes > 0 && me >= store[s].lanes -> // sharedPut
		take_empty();
		if
		:: m != NONE -> push_value(putting); v = 0; park(m)
		:: else
		fi;
		ask = 1
	:: me < store[s].lanes ->
		d_step { TOUCH; m = LOADED; c = EMPTY(m) }
		if
		:: c ->
#ifdef BROKEN_TWICE
			d_step { find() }
#endif
			push_value(putting); v = 0
		:: else ->                                   // lane.unload
			d_step { TOUCH; c = EMPTY(SPARE) }
			if
			:: c -> swap_loaded(); push_value(putting); v = 0
			:: else ->
				take_empty();
				if
				:: m != NONE ->
					h = SPARE;
					if
					:: h != NONE -> park(h)
					:: else
					fi;
					d_step { TOUCH; SPARE = LOADED; LOADED = m }
					push_value(putting); v = 0
				:: else
				fi
			fi
		fi
	fi
}

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

// Bag.fresh, and the swap in Bag.seize: nobody sees the new store before.
inline replace() {
	atomic {
		s = current;
		m = 1 - s;                                   // S2: nobody remembers what was there
		drained = WITHOUT(drained, m);
		if
		:: me >= CLOSER && me < GROW -> closed = 1   // Close: newStore(geometry{})
		:: me == GROW -> store[m].lanes = PS
		:: me < CLOSER -> store[m].lanes = store[s].lanes
		:: me < CLOSER -> store[m].lanes = PS        // so high is GOMAXPROCS now
		fi;
		if
		:: store[m].lanes > 0 -> store[m].empties = BIT(MAGAZINES) - 1
		:: else
		fi;
		i = 0;
		do
		:: i < PS -> store[m].loaded[i] = NONE; store[m].spare[i] = NONE; i++
		:: else   -> break
		od;
		i = 0;
		current = m;
		m = 0
	}
}

// S2 after the grace period, and B2: every magazine is in a lane or in a ring.
inline check_seized() {
#ifndef VALUES_ONLY
	i = 0;
	do
	:: i < SECTIONS -> assert(uses[i] != s + 1); i++
	:: else         -> break
	od;
	check_magazines()
#endif
}

inline check_magazines() {
	assert((store[s].fulls & store[s].empties) == 0);
	set = store[s].fulls | store[s].empties;
	i = 0;
	do
	:: i < store[s].lanes * 2 ->
		m = (i % 2 == 0 -> store[s].loaded[i / 2] : store[s].spare[i / 2]);
		if
		:: m != NONE -> assert(!HAS(set, m)); set = WITH(set, m)
		:: else
		fi;
		i++
	:: else -> break
	od;
	assert(store[s].lanes == 0 || set == BIT(MAGAZINES) - 1);
	i = 0; m = 0; set = 0
}

// What magazine mag of the seized store holds.
inline collect(mag) {
	if
	:: FULL(mag) ->
		v = store[s].cell[mag];
		assert(where[v] == idle);
		store[s].cell[mag] = 0;
		where[v] = seized;
		got = WITH(got, v)
	:: else
	fi
}

inline drain_rings() {
	m = 0;
	do
	:: m < MAGAZINES && HAS(store[s].fulls, m) ->
		store[s].fulls = WITHOUT(store[s].fulls, m);
		collect(m);
		m++
	:: m < MAGAZINES && !HAS(store[s].fulls, m) -> m++
	:: m == MAGAZINES -> break
	od;
	m = 0; v = 0
}

// store.drain, in one step: whoever touches the store between two of its steps does
// so after the first of them, where TOUCH finds it too. Then the store is garbage.
inline drain() {
	drained = WITH(drained, s);
	i = 0;
	do
	:: i < PS ->
		if
		:: i < store[s].lanes ->
			collect(store[s].loaded[i]);
#ifndef BROKEN_SPARE
			collect(store[s].spare[i]);
#endif
		:: else
		fi;
		store[s].loaded[i] = 0;
		store[s].spare[i] = 0;
		i++
	:: else -> break
	od;
	drain_rings();
	store[s].lanes = 0; store[s].empties = 0;
	i = 0
}

// Bag.Sweep, Bag.Close, Bag.grow.
proctype seizer(byte me) {
	byte s, m, v, i, got, set;
called:
	atomic {
		if
		:: me == GROW ->
			if
			:: growing
			:: !growing && ended == PS + SEIZERS - 1 -> ended++; goto stop
			fi
		:: me < PRUNER ->
			v = 1;
			do
			:: v <= VALUES ->
				if
				:: where[v] == idle || where[v] == seized ->
					doomed[me - PS] = WITH(doomed[me - PS], v)
				:: else
				fi;
				v++
			:: else -> v = 0; break
			od
		:: else
		fi
	}
	atomic { mu == 0 -> mu = 1 }
	if
	:: closed || (me == GROW && store[current].lanes == PS) -> goto unlock
	:: else
	fi;
	replace();
#ifdef BROKEN_RINGS
	d_step { drain_rings() }                         // while magazines are in hands
#endif
	d_step { owed = inside }                         // grace.Wait
	atomic {
#ifndef BROKEN_GRACE
		owed == 0;
#endif
		check_seized();
		drain();
		// Which ones stay. None: Sweep(maxStamp, 0), Close. All: grow.
		v = 1;
		do
		:: v <= VALUES && HAS(got, v) && me >= PRUNER && (me < CLOSER || me == GROW) -> v++
		:: v <= VALUES && HAS(got, v) && me != GROW -> where[v] = swept; v++
		:: v <= VALUES && !HAS(got, v) -> v++
		:: v > VALUES -> v = 0; break
		od
	}
#ifdef BROKEN_UNLOCK
	mu = 0;                                          // S3
#endif
	// Bag.restock
	v = 1;
	do
	:: v <= VALUES && HAS(got, v) && where[v] == seized ->
		d_step { begin(); find() }
		take_empty();
		if
		:: m != NONE -> push_value(seized); park(m)
		:: else      -> where[v] = swept             // crowded, and so are the others, or not
		fi;
		d_step { end(); m = 0 }
		v++
	:: v <= VALUES && !(HAS(got, v) && where[v] == seized) -> v++
	:: v > VALUES -> v = 0; break
	od;
unlock:
	atomic {
		mu = 0;
		// What Sweep and Close return is destroyed by the owner's hooks.
		v = 1;
		do
		:: v <= VALUES ->
			if
			:: HAS(got, v) && where[v] == swept -> where[v] = destroyed
			:: else
			fi;
			v++
		:: else -> v = 0; break
		od
	}
	got = 0; s = 0;
	if
	:: me == GROW -> growing = 0; goto called
	:: me < PRUNER ->
		// Clear returns.
		d_step {
			v = 1;
			do
			:: v <= VALUES ->
				assert(!HAS(doomed[me - PS], v) || where[v] == destroyed);
				v++
			:: else -> break
			od;
			v = 0;
			doomed[me - PS] = 0
		}
	:: else
	fi;
	ended++;
stop:
	skip
}

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
