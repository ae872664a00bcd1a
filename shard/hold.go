package shard

// With Options.Hold the only magazine has its values in the order in which they were put. The last
// of them stay: those are what Put has put, but for as many as TryPut has put since and nobody took.

// ripen reports whether a value of p may be taken, and has it be the one that pop takes. Where none may be,
// p goes back into its ring. Its owner's.
func (b *Bag[T]) ripen(s *store[T], p *parked[T]) bool {
	if b.hold == 0 {
		return true
	}
	n := int32(p.n)
	b.aside = min(b.aside, n) // housekeeping drops values, too
	i := n - 1 - max(0, min(b.hold, int32(b.Cap()-1), n-b.aside))
	if i < 0 {
		s.push(p)
		return false
	}
	b.aside = max(0, b.aside-1)
	c := p.cells[i]
	copy(p.cells[i:n-1], p.cells[i+1:n])
	p.cells[n-1] = c
	return true
}
