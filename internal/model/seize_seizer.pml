// Sweep, Close and growth: shard/seize.go. Included by seize.pml, which has the store and
// the ghost.

// Bag.fresh, and the swap in Bag.seize: nobody sees the new store before.
inline replace() {
	atomic {
		s = current;
		m = 1 - s;
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
	check_magazines();
#endif
	skip
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
#ifndef BROKEN_RINGS
	drain_rings();
#endif
	store[s].lanes = 0; store[s].fulls = 0; store[s].empties = 0;
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
