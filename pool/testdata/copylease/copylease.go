// Package copylease copies leases, which go vet must report.
package copylease

import "github.com/plungepool/plunge/pool"

func assigned(p *pool.Pool[*int]) {
	l := p.Borrow()
	c := l // reported
	c.Release()
	l.Release()
}

func passed(p *pool.Pool[*int]) {
	l := p.Borrow()
	release(l) // reported
}

func release(l pool.Lease[*int]) { l.Release() } // reported

func fine(p *pool.Pool[*int]) {
	l := p.Borrow()
	defer l.Release()
	m := p.Lend(l.Value())
	r := &m
	r.Discard()
}
