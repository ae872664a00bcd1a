package main

import (
	"cmp"
	"fmt"
	"slices"
)

// What no order of the calls can put right, and needs no search.

// checkBound returns what is wrong if more than maxIdle objects were certainly idle at an instant.
//
// An object is idle from the return of a Release to the call of the Acquire that got it, or of the first Clear or
// Close that may have taken it to be destroyed. None of the calls may be a Prune: objects that it moves are neither
// idle nor dropped.
func checkBound(calls []poolCall, maxIdle int) string {
	type change struct {
		at int64
		by int
	}
	var changes []change
	per := map[uint32][]poolCall{}
	for _, c := range calls {
		if c.id != 0 {
			per[c.id] = append(per[c.id], c)
		}
	}
	for _, own := range per {
		slices.SortStableFunc(own, func(a, b poolCall) int { return cmp.Compare(a.turn(), b.turn()) })
		for i, c := range own[1:] {
			last, end := own[i], c.call
			if last.verb != released || c.verb == released {
				continue
			}
			if c.verb == destroyed {
				for _, s := range calls {
					if s.sweeps() && c.within(s) {
						end = min(end, s.call)
					}
				}
			}
			if end > last.ret {
				changes = append(changes, change{last.ret, 1}, change{end, -1})
			}
		}
	}
	// At one and the same stamp the end is first: the two may have been in that order.
	slices.SortFunc(changes, func(a, b change) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.by, b.by)) })
	n := 0
	for _, c := range changes {
		if n += c.by; n > maxIdle {
			return fmt.Sprintf("at %d, %d objects are idle, MaxIdle is %d", c.at, n, maxIdle)
		}
	}
	return ""
}

// turn orders what happened to one object: an Acquire returns before the Release of what it got is
// called, and that before the next Acquire, or a Destroy, returns.
func (c poolCall) turn() int64 {
	if c.verb == released {
		return c.call
	}
	return c.ret
}

// checkCauses returns what is wrong if Destroy ran while no call was under way that may have run it:
// a Release of that object, or a sweep.
func checkCauses(calls []poolCall) string {
	for _, d := range calls {
		if d.verb == destroyed && !slices.ContainsFunc(calls, func(c poolCall) bool {
			return (c.sweeps() || c.verb == released && c.id == d.id) && d.within(c)
		}) {
			return fmt.Sprintf("at %d, %v: no call on the pool was there to run it", d.call, d)
		}
	}
	return ""
}
