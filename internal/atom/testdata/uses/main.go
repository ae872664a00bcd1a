// Uses has the compiler make the code of a pool and of both rings, for make
// atom-check to look at.
package main

import (
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/ring"
)

func main() {
	p := pool.Must(pool.New(pool.Options[*int]{New: func() *int { return new(int) }}))
	v := []*int{p.Acquire(), nil}
	p.Release(v[0])
	p.AcquireN(v)
	p.ReleaseN(v)
	if v, ok := p.TryAcquire(); ok {
		p.Release(v)
	}
	p.Prune(1)
	p.Clear()
	println(p.Stats().String())
	r := ring.New[*int](3)
	println(r.TryPush(new(int)))
	println(r.TryPop())
	println(p.Close())
}
