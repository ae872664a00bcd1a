package explore

import (
	"errors"
	"fmt"
	"strings"
	"unsafe"
)

// Config says which schedules to run.
type Config struct {
	// Preemptions is the most that a schedule has. Negative: any number.
	Preemptions int

	// AfterWrites makes the moment after a write a step of its own, so that what
	// a thread does with plain memory after it publishes something is seen.
	AfterWrites bool

	// Ps is how many Ps there are; 0: one for each thread. Thread i is on P i modulo
	// Ps; with Migrate each pinned section is on any P that is free.
	Ps      int
	Migrate bool

	// Frozen threads never go on after their step number FreezeAt, counted from 0.
	Freeze   bool
	Frozen   int
	FreezeAt int

	// Limit ends the search after so many schedules. 0: none.
	Limit int

	// Steps is how many a schedule may have in all before it fails as one that
	// makes no progress. 0: 10,000.
	Steps int
}

// Program is what is run under every schedule. Threads are called afresh each time.
type Program struct {
	Threads []func()

	// Check is called after the threads have ended. Nil: nothing.
	Check func() error
}

// Result is what a search has done.
type Result struct {
	Schedules int
	Steps     int
	Longest   int  // steps of the longest schedule
	Complete  bool // every schedule that Config allows was run
}

// Add adds up.
func (r *Result) Add(other Result) {
	r.Schedules += other.Schedules
	r.Steps += other.Steps
	r.Longest = max(r.Longest, other.Longest)
	r.Complete = r.Complete && other.Complete
}

func (r Result) String() string {
	how := "all of them"
	if !r.Complete {
		how = "not all"
	}
	return fmt.Sprintf("%d schedules, %s, %d steps, the longest %d", r.Schedules, how, r.Steps, r.Longest)
}

// active is the run that is under way, nil if none is. Only one goroutine can explore
// at a time; the coroutines are all that see it.
var active *run

// Run runs the program that setup makes, once for each schedule. The error is the
// first that a check returned, or says that threads blocked, panicked or made no
// progress, with the schedule.
func Run(c Config, setup func() Program) (Result, error) {
	if c.Steps == 0 {
		c.Steps = 10_000
	}
	res := Result{}
	var path []choice
	for {
		r := &run{Config: c, path: path, private: map[unsafe.Pointer]*thread{}}
		err := r.execute(setup)
		res.Schedules++
		res.Steps += r.clock
		res.Longest = max(res.Longest, r.clock)
		if err != nil {
			return res, fmt.Errorf("schedule %d (%s): %w", res.Schedules, r.schedule(), err)
		}
		if path = next(r.path); len(path) == 0 {
			res.Complete = true
			return res, nil
		}
		if res.Schedules == c.Limit {
			return res, nil
		}
	}
}

// choice is one branching of the tree: the one of n that is taken.
type choice struct{ taken, n int }

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

// run is one execution.
type run struct {
	Config
	path        []choice
	depth       int // choices made
	threads     []*thread
	current     *thread // nil during setup and check
	chosen      *thread // who goes on; nil: nobody
	preemptions int
	clock       int    // steps taken
	trace       []byte // the thread of each step
	pinned      []*thread
	private     map[unsafe.Pointer]*thread // nil values: shared
	err         error
}

func (r *run) execute(setup func() Program) error {
	active = r
	defer func() { active = nil }()
	p := setup()
	ps := r.Ps
	if ps == 0 {
		ps = len(p.Threads)
	}
	r.pinned = make([]*thread, ps)
	for i, body := range p.Threads {
		r.threads = append(r.threads, newThread(r, i, body))
	}
	r.pick()
	for r.chosen != nil {
		r.current = r.chosen
		if _, more := r.current.resume(); !more {
			r.current.done = true
			if r.err != nil {
				break
			}
			r.pick()
		}
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

// end lets go of threads that did not come to their end and reports whether there
// are any but a frozen one.
func (r *run) end() (stuck bool) {
	for _, t := range r.threads {
		if !t.done {
			stuck = stuck || !t.frozen()
			r.current, t.dead = t, true
			t.stop()
		}
	}
	return stuck
}

// pick decides who takes the next step. The current thread comes first: to go on
// with it is no preemption.
func (r *run) pick() {
	var able [8]*thread
	n := 0
	if t := r.current; t != nil && t.able() {
		able[0], n = t, 1
	}
	goesOn := n == 1
	if !goesOn || r.Preemptions < 0 || r.preemptions < r.Preemptions {
		for _, t := range r.threads {
			if t != r.current && t.able() {
				able[n] = t
				n++
			}
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
		r.path = append(r.path, choice{0, n})
	}
	c := r.path[r.depth]
	if c.n != n {
		panic(fmt.Sprintf("explore: the program is not the same each time: %d alternatives where there were %d", n, c.n))
	}
	r.depth++
	return c.taken
}

// fail ends the run.
func (r *run) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

// schedule returns the threads in the order of their steps: 0x3 is three of thread 0.
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
