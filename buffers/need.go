package buffers

import "math/rand/v2"

// guessed says how the room that a Buffer began with was chosen, and how it turned out.
type guessed int8

const (
	notGuessed guessed = iota // by its user
	guess                     // by the pool
	tooLittle                 // by the pool, and b has grown
)

const (
	// needStep is how much the estimate may rise at once, in addition to doubling. So one extraordinary Buffer does
	// not make all others begin with as much.
	needStep = 512

	// needFall Buffers that needed less than half of the estimate halve it, on average. So the estimate is too little
	// for about one Buffer in needFall+1.
	needFall = 16
)

// learn brings need up to date with a Buffer that held n bytes at its Release. need is the room that a Buffer begins
// with if its user does not say. Most Releases need not call learn.
func (p *Pool) learn(room guessed, n int) {
	need, ok := p.estimate(room, n)
	if !ok {
		return
	}
	k, _ := p.index(need) // which is no more than the largest tier
	p.open(k)
	p.quotas.mu.Lock()
	defer p.quotas.mu.Unlock()
	p.aim()
}

// estimate changes need, or reports false. A caller that would have to wait leaves it to the others.
func (p *Pool) estimate(room guessed, n int) (need int, changed bool) {
	if !p.quotas.mu.TryLock() {
		return 0, false
	}
	defer p.quotas.mu.Unlock()
	switch {
	case room == tooLittle && n > p.need:
		p.need = min(n, 2*p.need+needStep, p.largest())
	case n < p.need/2 && rand.Uint32()%needFall == 0:
		p.need = max(n, p.need/2)
	default:
		return 0, false
	}
	p.enough.Store(int32(p.need / 2))
	return p.need, true
}

// aim has Buffers begin in the tier of need, if that is open. quotas.mu is held.
func (p *Pool) aim() {
	if k, _ := p.index(p.need); p.tiers[k].pool.Load() != nil && !guarded {
		p.start.Store(p.tiers[k].class)
	}
}
