// TryPush and TryPop of the handle ring, step by step as in ring/handles.go. Included
// by handles.pml, which has the ring and the ghost.

// hint.CompareAndSwap(t, to).
inline move(hint, t, to) {
	d_step {
#ifdef BROKEN_ADD
		hint = PLUS(hint, LAG(to, t));   // an Add: what the scan saw was below t, not below hint
#else
		if
		:: hint == t -> assert(LAG(to, hint) < POSITIONS / 2); hint = to   // H3: never back
		:: else
		fi;
#endif
		check_hints()
	}
}

// s.CompareAndSwap(lap+none, lap+h) in push, at position p.
#ifdef BROKEN_LAP
#define IS(s, w) (word[s] % HANDLE == (w) % HANDLE)   // the lap is not compared
#else
#define IS(s, w) (word[s] == (w))
#endif

inline fill(p, h, won, i) {
	d_step {
		if
		:: IS(SLOT(p), LAP(p) + NONE) ->
			word[SLOT(p)] = LAP(p) + h;
			won = 1;
			// The push takes effect.
			assert(p == TRUE_TAIL && T - H < CAP);
			assert(HAS(hand[me], h));
			queue[T % CAP] = h;
			T++;
			hand[me] = hand[me] - (1 << h);
			check_words(i);
			check_hints()
		:: else -> won = 0
		fi
	}
}

// s.CompareAndSwap(w, lap+(nextLap+none)) in TryPop, at position p.
inline clear(p, w, won, i) {
	d_step {
		if
		:: IS(SLOT(p), w) ->
			word[SLOT(p)] = (LAP(p) + HANDLE + NONE) % WORDS;
			won = 1;
			// The pop takes effect. First in, first out; and nobody has it yet.
			assert(p == TRUE_HEAD && H < T);
			assert(w % HANDLE == queue[H % CAP]);
			i = 0;
			do
			:: i <= LAST -> assert(!HAS(hand[i], w % HANDLE)); i++
			:: else      -> break
			od;
			H++;
			hand[me] = hand[me] + (1 << (w % HANDLE));
			check_words(i);
			check_hints()
		:: else -> won = 0
		fi
	}
}

// lowest sets h to the lowest handle of the hand. Which one is pushed makes no
// difference to the ring.
inline lowest(h) {
	h = 0;
	do
	:: HAS(hand[me], h) -> break
	:: else -> h++
	od
}

// load(tail) and load(head) are the first step of a call, with which it begins.
inline load(hint) {
	t = hint; p = t
}

// Handles.push(h) after the load of tail.
inline push(h) {
	d_step { w = word[SLOT(p)] }
	if
	:: w == LAP(p) + NONE ->
		fill(p, h, won, i);
		if
		:: won -> move(tail, t, PLUS(t, 1)); goto done
		:: else
		fi
	:: else
	fi;
push_scan:
	if
	:: p != PLUS(t, WINDOW) ->
		d_step {
			d = MINUS(word[SLOT(p)], LAP(p));
#ifdef BROKEN_FULL
			d = (LAG(tail, head) == CAP -> WORDS - 1 : d);   // the hints are believed
#endif
			if
			:: NEGATIVE(d) ->
				// The push that reports full takes effect.
				assert(T - H == CAP);
				assert(p == TRUE_TAIL)
			:: else
			fi
		}
		if
		:: NEGATIVE(d) -> goto done
		:: d == NONE ->
			fill(p, h, won, i);
			if
			:: won ->
				if
				:: p % GROUP == GROUP - 1 -> move(tail, t, PLUS(p, 1))
				:: else
				fi;
				goto done
			:: else
			fi
		:: else
		fi;
#ifdef BROKEN_WAIT
		d_step { load(tail) }               // for the one that filled it to move the hint
#else
		p = PLUS(p, 1);
#endif
		goto push_scan
	:: else ->
#ifndef BROKEN_JUMP
		move(tail, t, PLUS(t, WINDOW));
#endif
		d_step { load(tail) }
		goto push_scan
	fi
}

// Handles.TryPop after the load of head.
inline pop() {
	d_step { w = word[SLOT(p)] }
	if
	:: MINUS(w, LAP(p)) < NONE ->
		clear(p, w, won, i);
		if
		:: won -> move(head, t, PLUS(t, 1)); goto done
		:: else
		fi
	:: else
	fi;
pop_scan:
	if
	:: p != PLUS(t, WINDOW) ->
		d_step {
			w = word[SLOT(p)];
			d = MINUS(w, LAP(p));
			if
			:: d == NONE ->
				// The pop that reports empty takes effect.
				assert(T == H);
				assert(p == TRUE_HEAD)
			:: else -> assert(!NEGATIVE(d))  // "it cannot be of an earlier one"
			fi
		}
		if
		:: d == NONE -> goto done
		:: d < NONE ->
			clear(p, w, won, i);
			if
			:: won ->
				if
				:: p % GROUP == GROUP - 1 -> move(head, t, PLUS(p, 1))
				:: else
				fi;
				goto done
			:: else
			fi
		:: else
		fi;
#ifdef BROKEN_WAIT
		d_step { load(head) }
#else
		p = PLUS(p, 1);
#endif
		goto pop_scan
	:: else ->
#ifndef BROKEN_JUMP
		move(head, t, PLUS(t, WINDOW));
#endif
		d_step { load(head) }
		goto pop_scan
	fi
}
