package explore

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
)

// active is the search that is under way, nil if none is. Only one goroutine can
// explore at a time; the coroutines are all that see it.
var active *run

// Run runs the program that setup makes, once for each schedule. The error is the
// first that a check returned, or says that threads blocked, panicked or made no
// progress, with the schedule.
func Run(c Config, setup func() Program) (Result, error) {
	if c.Steps == 0 {
		c.Steps = 10_000
	}
	// A run leaves some kilobytes of garbage and next to nothing is live, so that the
	// collector would run every few hundred schedules. This saves a quarter.
	defer debug.SetGCPercent(debug.SetGCPercent(1600))
	r := &run{Config: c}
	defer r.close()
	res := Result{}
	for {
		err := r.execute(setup)
		res.Schedules++
		res.Steps += r.clock
		res.Longest = max(res.Longest, r.clock)
		if r.froze {
			res.Froze++
		}
		if err != nil {
			return res, fmt.Errorf("schedule %d (%s): %w", res.Schedules, r.schedule(), err)
		}
		if r.path = next(r.path); len(r.path) == 0 {
			res.Complete = true
			return res, nil
		}
		if res.Schedules == c.Limit {
			return res, nil
		}
	}
}

// choice is one branching of the tree: the one of n that is taken.
type choice struct{ taken, n uint8 }

// next moves on to the next path: the last choice that has another one is
// advanced, and what came after it is forgotten.
func next(path []choice) []choice {
	for i := len(path) - 1; i >= 0; i-- {
		if path[i].taken++; path[i].taken < path[i].n {
			return path[:i+1]
		}
	}
	return nil
}

// run is a search, and the execution that it is at. The next execution uses again what this one needs, the coroutines
// of the threads too: there are millions of executions.
type run struct {
	Config
	path        []choice
	depth       int // choices made
	all         []*thread
	threads     []*thread // all[:n]
	current     *thread   // nil during setup and check
	chosen      *thread   // who goes on; nil: nobody
	starting    bool      // threads come to their first steps
	preemptions int
	clock       int    // steps taken
	trace       []byte // the thread of each step
	pinned      []*thread
	setupP      int // the P of the setup and the check
	words       words
	froze       bool
	err         error
}

func (r *run) execute(setup func() Program) error {
	active = r
	defer func() { active = nil }()
	r.depth, r.preemptions, r.clock = 0, 0, 0
	r.trace, r.froze, r.err = r.trace[:0], false, nil
	r.words.reset()
	r.current, r.setupP = nil, 0
	p := setup()
	for _, addr := range p.Constant {
		r.words.at(addr).constant = true
	}
	r.start(p.Threads)
	for r.chosen != nil {
		r.current = r.chosen
		r.current.resume()
		if !r.current.done {
			continue // it has chosen another one
		}
		if r.err != nil {
			break
		}
		r.pick()
	}
	stuck := r.end()
	r.current = nil
	switch {
	case r.err != nil:
		return r.err
	case stuck:
		return errors.New("threads wait for each other")
	case p.Check != nil:
		return p.Check()
	}
	return nil
}

// start brings every thread to its first step, and makes the first choice. No schedule can tell this from a later
// start of a thread.
func (r *run) start(bodies []func()) {
	if len(bodies) > maxThreads {
		panic("explore: too many threads")
	}
	for len(r.all) < len(bodies) {
		r.all = append(r.all, newThread(r, len(r.all)))
	}
	r.threads = r.all[:len(bodies)]
	ps := r.Ps
	if ps == 0 {
		ps = len(bodies)
	}
	if len(r.pinned) != ps {
		r.pinned = make([]*thread, ps)
	}
	clear(r.pinned)
	for i, t := range r.threads {
		t.reset(bodies[i])
	}
	r.starting = true
	for _, t := range r.threads {
		r.current = t
		t.resume()
	}
	r.starting = false
	r.current = nil
	r.chosen = nil
	if r.err == nil {
		r.pick()
	}
}

// end lets go of threads that did not come to their end. It reports whether there are any besides a frozen one: they
// wait for each other, or for the frozen one.
func (r *run) end() (stuck bool) {
	for _, t := range r.threads {
		if t.done {
			continue
		}
		if t.frozen() {
			r.froze = true
		} else {
			stuck = true
		}
		r.current, t.dead = t, true
		t.resume()
	}
	return stuck
}

// close ends the coroutines.
func (r *run) close() {
	for _, t := range r.all {
		t.stop()
	}
}

// pick decides who takes the next step. The current thread comes first: to go on
// with it is no preemption.
func (r *run) pick() {
	t := r.current
	goesOn := t != nil && t.able()
	if goesOn && r.Preemptions >= 0 && r.preemptions >= r.Preemptions {
		r.chosen = t
		return
	}
	var able [maxThreads]*thread
	n := 0
	if goesOn {
		able[0], n = t, 1
	}
	for _, o := range r.threads {
		if o != t && o.able() {
			able[n] = o
			n++
		}
	}
	if n == 0 {
		r.chosen = nil
		return
	}
	i := r.choose(n)
	if goesOn && i > 0 {
		r.preemptions++
	}
	r.chosen = able[i]
}

// choose takes one of n: as the path says, or else the first.
func (r *run) choose(n int) int {
	if n == 1 {
		return 0
	}
	if r.depth == len(r.path) {
		r.path = append(r.path, choice{0, uint8(n)})
	}
	c := r.path[r.depth]
	if int(c.n) != n {
		panic(fmt.Sprintf("explore: the program is not the same each time: %d alternatives where there were %d", n, c.n))
	}
	r.depth++
	return int(c.taken)
}

// fail ends the run.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// schedule returns the threads in the order of their steps: 0x3 is three steps of thread 0.
func (r *run) schedule() string {
	var b strings.Builder
	for i := 0; i < len(r.trace); {
		n := 1
		for i+n < len(r.trace) && r.trace[i+n] == r.trace[i] {
			n++
		}
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%dx%d", r.trace[i], n)
		i += n
	}
	return b.String()
}
