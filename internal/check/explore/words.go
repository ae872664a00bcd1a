package explore

import "unsafe"

// word is what is known of a word that atomic operations are done on.
type word struct {
	addr      unsafe.Pointer // keeps it alive, so that an address is one word throughout a run
	run       uint32         // in which the entry is of use
	published uint32         // words.published when it was found private
	owner     *thread        // the only one that has touched it; nil: shared
	constant  bool
}

// words is a hash table of words that is emptied in no time.
type words struct {
	table     []word // a power of two of them; linear probing
	n         int
	run       uint32
	published uint32
}

func (w *words) reset() {
	w.run++
	w.n, w.published = 0, 0
}

// at returns the entry of a word, a new one for one that is new.
func (w *words) at(addr unsafe.Pointer) *word {
	if w.n >= len(w.table)/2 {
		w.grow()
	}
	mask := len(w.table) - 1
	i := int(uint64(uintptr(addr))>>3*0x9e3779b97f4a7c15>>32) & mask
	for ; ; i = (i + 1) & mask {
		switch e := &w.table[i]; {
		case e.run != w.run:
			*e = word{addr: addr, run: w.run}
			w.n++
			return e
		case e.addr == addr:
			return e
		}
	}
}

// touched returns the entry likewise. A new entry belongs to t, or to none if t is nil.
func (w *words) touched(addr unsafe.Pointer, t *thread) *word {
	before := w.n
	e := w.at(addr)
	if w.n != before {
		e.owner, e.published = t, w.published
	}
	return e
}

func (w *words) grow() {
	old := w.table
	w.table = make([]word, max(256, 2*len(old)))
	w.n = 0
	for _, e := range old {
		if e.run == w.run && e.addr != nil {
			*w.at(e.addr) = e
		}
	}
}
