package main

import (
	"fmt"
	"time"

	"github.com/plungepool/plunge/pool"
)

// row is one pool at rest: what the pool says and what the books of its hooks
// and users say.
type row struct {
	name  string
	stats pool.Stats
	len   int

	made, orphaned, destroyed           int64 // by the hooks
	handed, released, broken, forgotten int64 // by the users
	holding                             int64 // objects that users have in their hands

	wrong []string // found by whoever made the row
}

// idle is the number of objects made, less those that were destroyed, orphaned or forgotten, or are with a user.
func (r *row) idle() int64 {
	return r.made - r.orphaned - r.destroyed - r.forgotten - r.holding
}

// check returns what does not balance.
func (r *row) check() []string {
	wrong := r.wrong
	equal := func(what string, got, want int64) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s: got %d, want %d", what, got, want))
		}
	}
	s := r.stats
	total := int64(s.Discarded.Total())
	equal("Created + Warmed, the objects that New returned", int64(s.Created+s.Warmed), r.made-r.orphaned)
	equal("Created + Warmed, InUse + Idle + Discarded.Total()", int64(s.Created+s.Warmed), int64(s.InUse+s.Idle)+total)
	equal("Discarded.Total(), the calls of Destroy", total, r.destroyed)
	equal("InUse, the objects held and forgotten", int64(s.InUse), r.holding+r.forgotten)
	equal("Idle, what is left of the objects", int64(s.Idle), r.idle())
	equal("Len(), Idle", int64(r.len), int64(s.Idle))
	equal("Acquired, Reused + Created", int64(s.Acquired), int64(s.Reused+s.Created))
	equal("objects in the users' hands, their books", r.holding, r.handed-r.released-r.broken-r.forgotten)
	// An AcquireN that fails gives back what it has acquired.
	equal("Acquired - Released, by the users' books", int64(s.Acquired)-int64(s.Released), r.handed-r.released)
	if int64(s.Acquired) < r.handed {
		wrong = append(wrong, fmt.Sprintf("Acquired: got %d, want at least the %d that users got", s.Acquired, r.handed))
	}
	if s.Idle > s.MaxIdle || s.PeakIdle > s.MaxIdle || s.PeakIdle < s.Idle {
		wrong = append(wrong, fmt.Sprintf("Idle %d, PeakIdle %d, MaxIdle %d", s.Idle, s.PeakIdle, s.MaxIdle))
	}
	return wrong
}

// atRest makes the row of a pool that no user calls any more. It waits for what
// the pool does by itself: expiry, and room for more Ps.
func (s *soak) atRest(c *core, p *pool.Pool[*object], holding int64) *row {
	for deadline := time.Now().Add(s.cfg.patience); ; time.Sleep(time.Millisecond) {
		r := &row{
			name: c.book.name, stats: p.Stats(), len: p.Len(), holding: holding,
			made: c.book.made.Load(), orphaned: c.book.orphaned.Load(), destroyed: c.book.destroyed.Load(),
			handed: c.book.handed.Load(), released: c.book.released.Load(),
			broken: c.book.broken.Load(), forgotten: c.book.forgotten.Load(),
		}
		if len(r.check()) == 0 || time.Now().After(deadline) {
			return r
		}
	}
}
