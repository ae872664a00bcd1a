// Package copypool copies pools, which go vet must report.
package copypool

import (
	"github.com/plungepool/plunge/pool"
	"github.com/plungepool/plunge/pool/syncpool"
)

type server struct {
	typed  pool.Pool[*int]
	syncs  [2]syncpool.Pool
	shared *pool.Pool[*int]
}

func assigned(s *server) {
	p := s.typed // reported
	p.Clear()
	q := s.syncs // reported
	q[0].Get()
}

func passed(p pool.Pool[*int], q syncpool.Pool) { // reported twice
	p.Clear()
	q.Get()
}

func ranged(s *server) {
	for _, p := range s.syncs { // reported
		p.Get()
	}
}

func fine() *server {
	s := &server{syncs: [2]syncpool.Pool{{New: func() any { return 1 }}}}
	s.shared = &s.typed
	for i := range s.syncs {
		s.syncs[i].Put(s.shared.Acquire())
	}
	return s
}
