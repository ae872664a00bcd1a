// Get and Put, from the load of Bag.lanes to the end of the section: shard/slow.go,
// lane.go and store.go. Included by seize.pml, which has the store and the ghost. me is
// the caller's number, s the store that it found, m a magazine in its hands, v a value.

#define LOADED   store[s].loaded[me]
#define SPARE    store[s].spare[me]
#define FULL(m)  (m != NONE && store[s].cell[m] != 0)
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
		:: m < MAGAZINES && (SHARDS > 1 || !HAS(store[s].fulls, m) ||
		                     store[s].fulls >> (m + 1) != 0) -> m++
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
