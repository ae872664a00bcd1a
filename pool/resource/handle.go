package resource

import "runtime"

// Handle is an acquired resource. Each Acquire returns a new Handle. After Release, Discard or Hijack it refers
// to nothing. A Handle that does not leave the function that acquired it allocates nothing.
//
// Its methods may be called from any goroutine. Of several calls of Release, Discard and Hijack only the first
// has an effect.
//
// A Handle that is dropped without one of these calls keeps its resource out of the pool for ever.
// Options.Stacks finds such Handles.
type Handle[T any] struct {
	slot  *slot[T]
	word  uint64 // the slot's, while this is its holder
	token *token // dies with the Handle; nil unless stacks are recorded
}

// Value returns the resource. It panics after Release, Discard or Hijack.
func (h *Handle[T]) Value() T {
	if s := h.slot; s != nil && s.word.Load()&^retired == h.word {
		return s.value
	}
	panic("resource: Value of a Handle after Release, Discard or Hijack")
}

// Release returns the resource to the pool. It goes to the caller that has waited longest, or becomes idle.
// Release waits for the Reset hook, if there is one, for at most HookTimeout. After Release, Discard or Hijack
// it does nothing.
func (h *Handle[T]) Release() {
	h.slot.release(h.word)
	runtime.KeepAlive(h.token) // until the loan has ended
}

// Discard closes the resource, because it is broken. It does not wait for the Close hook. The place in Max is
// free when that has returned. The cause decides the reason that is counted: see Closes. After Release, Discard
// or Hijack it does nothing.
func (h *Handle[T]) Discard(cause error) {
	h.slot.discard(h.word, cause)
	runtime.KeepAlive(h.token)
}

// Hijack takes the resource out of the pool and returns it. The pool will not close it, and its place in Max is
// free. Hijack panics after Release, Discard or Hijack.
func (h *Handle[T]) Hijack() T {
	defer runtime.KeepAlive(h.token)
	return h.slot.hijack(h.word)
}

func (s *slot[T]) release(word uint64) {
	if s == nil {
		return
	}
	p := s.pool
	if p.ways.Load()&plain == 0 || !s.word.CompareAndSwap(word, word-(held-idle)) {
		p.releaseSlow(s, word)
		return
	}
	p.put(s)
}

// releaseSlow is release if there is more to do, if the slot is retired, or if it is not the Handle's.
func (p *Pool[T]) releaseSlow(s *slot[T], word uint64) {
	if !s.own(word) {
		return
	}
	s.untrace()
	switch w := s.word.Load(); {
	case w&retired != 0:
		p.shut(s, s.why())
		return
	case p.o.MaxUses > 0 && w/lentOne-s.born >= uint64(p.o.MaxUses):
		p.shut(s, usedUp)
		return
	case p.o.Reset != nil:
		p.reset(s)
		return
	}
	p.ready(s)
}

// ready makes a busy slot of the caller's idle.
func (p *Pool[T]) ready(s *slot[T]) {
	if p.stamped {
		s.since = p.now()
	}
	s.become(idle)
	p.put(s)
}

func (s *slot[T]) discard(word uint64, cause error) {
	if s == nil || !s.own(word) {
		return
	}
	s.untrace()
	s.pool.shut(s, reasonOf(cause))
}

func (s *slot[T]) hijack(word uint64) T {
	if s == nil || !s.own(word) {
		panic("resource: Hijack of a Handle after Release, Discard or Hijack")
	}
	s.untrace()
	v, p := s.value, s.pool
	p.mu.Lock()
	p.count.hijacked++
	p.vacate(s)
	p.unlock()
	return v
}

// why returns the reason for which the slot is retired.
func (s *slot[T]) why() reason {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	return s.reason
}
