package explore

import "fmt"

// On puts the pinned sections of the setup on P p.
func On(p int) { active.setupP = p }

// Pin starts a pinned section and returns the number of the P: see package pin.
func Pin() int {
	t := running()
	if t == nil {
		if active != nil && active.current == nil {
			return active.setupP
		}
		return 0
	}
	r := t.run
	p := t.own()
	if r.Migrate {
		t.step(anyP)
		p = r.anyFree(p)
	} else {
		t.step(ownP)
	}
	if t.pinned {
		r.fail(fmt.Errorf("thread %d pinned itself inside a pinned section", t.id))
	}
	r.pinned[p] = t
	t.p, t.pinned = p, true
	return p
}

// anyFree chooses among the Ps that are free, p first.
func (r *run) anyFree(p int) int {
	var free [maxThreads]int
	n := 0
	for range r.pinned {
		if r.pinned[p] == nil {
			free[n] = p
			n++
		}
		p = (p + 1) % len(r.pinned)
	}
	return free[r.choose(n)]
}

// Unpin ends the section on P p.
func Unpin(p int) {
	t := running()
	if t == nil {
		return
	}
	if !t.pinned || t.p != p {
		t.run.fail(fmt.Errorf("thread %d ends a pinned section that is not its own", t.id))
		return
	}
	t.run.pinned[p] = nil
	t.pinned = false
	t.sections++
	t.plain()
}

// Grace waits until every pinned section of other threads that has begun has ended.
func Grace() {
	t := running()
	if t == nil {
		return
	}
	if t.pinned {
		t.run.fail(fmt.Errorf("thread %d waits for a grace period inside a pinned section", t.id))
	}
	t.open = t.open[:0]
	for _, o := range t.run.threads {
		if o != t && o.pinned {
			t.open = append(t.open, section{o, o.sections})
		}
	}
	t.step(grace)
}

// Pinned reports whether the running thread is inside a pinned section.
func Pinned() bool {
	t := running()
	return t != nil && t.pinned
}
