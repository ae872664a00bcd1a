package wrongpool

import (
	"sync"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

type item struct{ n int }

var (
	small, large *pool.Pool[*item]
	bufs         *buffers.Pool
	std, other   sync.Pool
	many         [2]*pool.Pool[*item]
)

type server struct {
	in, out *pool.Pool[*item]
	next    *server
}

func globals() {
	v := small.Acquire()
	large.Release(v) // want `v was acquired from small on line 25, but is released into large: release it into small`
}

func tried() {
	if v, ok := small.TryAcquire(); ok {
		defer large.Release(v) // want `v was acquired from small`
	}
}

func (s *server) fields() {
	v := s.in.Acquire()
	s.out.Release(v) // want `v was acquired from s.in on line 36, but is released into s.out`
}

func locals() {
	p := pool.Must(pool.New(pool.Options[*item]{}))
	q, _ := pool.New(pool.Options[*item]{})
	v := p.Acquire()
	q.Release(v) // want `v was acquired from p`
}

func types(p *buffers.Fixed, q *buffers.Pool) {
	b := p.Acquire()
	q.Release(b) // want `b was acquired from p`
}

func lends() {
	l := large.Lend(small.Acquire()) // want `was acquired from small on line 53, but is released into large`
	l.Release()
}

// No finding from here on.

func right(s *server) {
	v := small.Acquire()
	small.Release(v)
	w := s.in.Acquire()
	s.in.Release(w)
	p := pool.Must(pool.New(pool.Options[*item]{}))
	p.Release(p.Acquire())
}

func unknown(p, q *pool.Pool[*item], s *server, i, j int) {
	v := p.Acquire()
	q.Release(v)
	w := s.in.Acquire()
	s.next.out.Release(w)
	many[i].Release(many[j].Acquire())
	large.Release(s.in.Acquire())
}

func perhaps(ok bool) {
	v := small.Acquire()
	if ok {
		v = large.Acquire()
	}
	large.Release(v)
}

// What is put into a sync.Pool may come from anywhere.
func grown() {
	v := std.Get()
	other.Put(v)
}

func process() {
	bufs.Release(buffers.Acquire(1))
	buffers.Release(bufs.Acquire(1))
}
