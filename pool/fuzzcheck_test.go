package pool_test

import (
	"time"
)

// checkAges: at most MinIdle objects may have been idle for longer than age.
func (r *poolRun) checkAges(f *frame, age time.Duration) {
	if f.nested || len(r.frames) > 1 || r.idle() <= r.o.MinIdle {
		return
	}
	for _, x := range r.things {
		if x.at == idle && r.now()-x.last > max(age, 0) {
			r.t.Errorf("%s left object %d, idle for %v, want at most %v", f.name, x.id, r.now()-x.last, age)
		}
	}
}

// checkReach: on one P a miss means that no object is idle, and an object that finds no room means that the pool is
// full.
func (r *poolRun) checkReach(f *frame, returned bool) {
	if !r.exact || f.nested || f.failed || !returned {
		return
	}
	n := r.idle()
	switch {
	case f.made > 0 && f.takes() && f.name != "do" && f.name != "borrow" && n > 0:
		r.t.Errorf("%s made %d objects with %d idle", f.name, f.made, n)
	case f.full && !r.closed && n < r.o.MaxIdle-r.slack():
		r.t.Errorf("%s found the pool full with %d of %d idle", f.name, n, r.o.MaxIdle)
	case f.name == "warm" && !r.closed && n < r.o.MinIdle:
		r.t.Errorf("%d idle after Warm, want MinIdle, %d", n, r.o.MinIdle)
	case f.name == "close" && n > 0, f.name == "clear" && n > 0:
		r.t.Errorf("%d idle after %s", n, f.name)
	}
}

// slack is how many free places a Release may not find: those in a magazine that a Prune has left partly full.
func (r *poolRun) slack() int {
	size := r.o.LocalCache
	if size == 0 {
		size = 64
	}
	return max(min(size, r.o.MaxIdle/4)-1, 0)
}

// checkStats compares the statistics with the model, exactly.
func (r *poolRun) checkStats() {
	s := r.p.Stats()
	if s.Discarded != r.want {
		r.t.Errorf("Discarded: got %+v, want %+v", s.Discarded, r.want)
	}
	for _, c := range []struct {
		what      string
		got, want int
	}{
		{"Created + Warmed, the objects made", int(s.Created + s.Warmed), r.made},
		{"InUse, the objects held", s.InUse, len(r.held)},
		{"Idle, the objects idle", s.Idle, r.idle()},
		{"InUse + Idle + Discarded.Total(), Created + Warmed", s.InUse + s.Idle + int(s.Discarded.Total()), int(s.Created + s.Warmed)},
		{"Len(), Idle", r.p.Len(), s.Idle},
		{"Acquired, Reused + Created", int(s.Acquired), int(s.Reused + s.Created)},
		{"Acquired - Released, what was handed out and given back", int(s.Acquired) - int(s.Released), r.handed - r.back},
		{"MaxIdle", s.MaxIdle, r.o.MaxIdle},
	} {
		if c.got != c.want {
			r.t.Errorf("%s: got %d, want %d", c.what, c.got, c.want)
		}
	}
	if s.Idle > s.MaxIdle || s.PeakIdle > s.MaxIdle || s.PeakIdle < s.Idle {
		r.t.Errorf("Idle %d, PeakIdle %d, MaxIdle %d", s.Idle, s.PeakIdle, s.MaxIdle)
	}
	if (s.Shards == 0) != r.closed || int(s.Acquired) < r.handed {
		r.t.Errorf("Shards %d, closed %v; Acquired %d, handed out %d", s.Shards, r.closed, s.Acquired, r.handed)
	}
	if b := r.before; s.Acquired < b.Acquired || s.Reused < b.Reused || s.Created < b.Created || s.Warmed < b.Warmed ||
		s.Released < b.Released || s.Stolen < b.Stolen || s.PeakIdle < b.PeakIdle {
		r.t.Errorf("a counter has decreased:\n%+v\n%+v", plain(b), plain(s))
	}
	r.before = s
}
