package shard

import "github.com/plungepool/plunge/ring"

// checkLayout looks for each magazine in the lanes and rings: B1, B2, B3, B4, L2, N1, and the counters of
// what the shards hold.
func (b *Bag[T]) checkLayout(capacity int, fail func(format string, args ...any)) {
	s := b.current()
	where := map[*parked[T]]string{}
	note := func(p *parked[T], at string) {
		if where[p] != "" {
			fail("magazine %d of shard %d is in %s and in %s", p.h, p.home.index, where[p], at)
		}
		where[p] = at
	}
	private := 0
	for l := range b.header().all {
		if p := l.loaded.p; p != nil {
			note(p, "a lane")
			private++
			if n := len(l.loaded.cells); n > int(p.size) || int(l.loaded.n) > n || l.limit() != n {
				fail("a lane has %d values, limit %d, known as %d, in a magazine of %d", l.loaded.n, n, l.limit(), p.size)
			}
		} else if l.loaded.cells != nil || l.loaded.n != 0 || l.limit() != 0 {
			fail("a lane without a magazine has %d values, %d cells, limit %d", l.loaded.n, len(l.loaded.cells), l.limit())
		}
		if l.spare != nil {
			note(l.spare, "a lane, spare")
			private++
			if !l.full() {
				fail("a lane has a spare and trades by halves")
			}
		}
	}
	if got := int(s.private.Load()); got != private || got > int(s.room) {
		fail("%d magazines are counted as private, %d are, %d may be", got, private, s.room)
	}
	room, held := 0, 0
	for i, sh := range s.all() {
		var some, free bool
		values := 0
		for name, q := range map[string]*ring.Handles{"empty": &sh.empty, "partial": &sh.partial, "full": &sh.full} {
			for range q.Len() {
				h, _ := q.TryPop()
				q.TryPush(h)
				p := &sh.parked[h]
				note(p, "ring "+name)
				if p.home != sh || p.h != h || (p.n == 0) != (name == "empty") || (p.n == p.size) != (name == "full") {
					fail("magazine %d of shard %d with %d values of %d is in ring %s of shard %d", p.h, p.home.index, p.n, p.size, name, i)
				}
				values += int(p.n)
				some, free = some || p.n > 0, free || p.n < p.size
			}
		}
		if some && s.hints.some[i/64].Load()>>(i%64)&1 == 0 || free && s.hints.room[i/64].Load()>>(i%64)&1 == 0 {
			fail("shard %d has values %t, room %t, and the hints do not say so", i, some, free)
		}
		if sh.held() != int64(values) || sh.low.Load() > sh.held() {
			fail("shard %d has %d values, counts %d, the least %d", i, values, sh.held(), sh.low.Load())
		}
		held += values
		for h := range sh.parked {
			p := &sh.parked[h]
			room += int(p.size)
			if where[p] == "" {
				fail("magazine %d of shard %d is nowhere", h, i)
			}
		}
	}
	if room != s.total || room > capacity {
		fail("room for %d, known as %d, capacity %d", room, s.total, capacity)
	}
	if s.held() != held {
		fail("held() = %d, the rings hold %d", s.held(), held)
	}
}
