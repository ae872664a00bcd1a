//go:build plunge_explore

package ring

import "fmt"

// watch looks at the hints of a Handles.
func (h *history) watch() {
	now := [2]uint64{h.r.head.Load(), h.r.tail.Load()}
	for i := range now {
		if int64(now[i]-h.hints[i]) < 0 && h.broken == nil {
			h.broken = fmt.Errorf("H3: a hint goes back, head and tail from %d to %d", h.hints, now)
		}
	}
	h.hints = now
}

// checkHints checks that a hint is at most its end (H3), and at most window behind it (H4). The operation of a frozen
// thread may have taken effect.
func (h *history) checkHints() error {
	h.watch()
	least := [2]uint64{h.start, h.start + uint64(h.before.n)}
	most := least
	for i := range h.ops {
		o := &h.ops[i]
		end := 0
		switch o.kind {
		case 'u':
			end = 1
		case 'l':
			continue
		}
		if o.ok {
			least[end]++
		}
		if o.ok || !o.ended {
			most[end]++
		}
	}
	for i, hint := range h.hints {
		if int64(most[i]-hint) < 0 || int64(least[i]-hint) > window {
			return fmt.Errorf("H3, H4: hints for head and tail are %d, the ends at least %d and at most %d", h.hints, least, most)
		}
	}
	return h.broken
}
