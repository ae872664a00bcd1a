package shard

// With Options.Hold the only magazine has its values in the order in which they were put. The last Hold of them stay,
// but as many values as TryPut has put, and nobody has taken since, can always be taken.

// ripen reports whether a value of p may be taken, and moves it to where pop takes it. If there is none, p goes back
// into its ring. Only for p's owner.
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
