package explore

import (
	"fmt"
	"unsafe"
)

// Config says which schedules to run.
type Config struct {
	// Preemptions is the most that a schedule has. Negative: any number.
	Preemptions int

	// Plain adds a step at each moment after which a thread may be in plain memory that others are in as well, if the
	// code is wrong: after a write, after a pointer was loaded, after the end of a pinned section.
	Plain bool

	// Ps is how many Ps there are; 0: one for each thread. Thread i is on P i modulo
	// Ps; with Migrate each pinned section is on any P that is free.
	Ps      int
	Migrate bool

	// Frozen never goes on after its step number FreezeAt, counted from 0, if Freeze
	// is set.
	Freeze   bool
	Frozen   int
	FreezeAt int

	// Limit ends the search after so many schedules. 0: none.
	Limit int

	// Steps is how many a schedule may have in all before it fails as one that
	// makes no progress. 0: 10,000.
	Steps int
}

// Program is what is run under every schedule. It is made afresh each time.
type Program struct {
	Threads []func()

	// Constant has the addresses of words that no thread writes. To load one is no
	// step, and to write one fails the run.
	Constant []unsafe.Pointer

	// Check is called after the threads have ended. Nil: nothing.
	Check func() error
}

// maxThreads is how many threads a program has at most.
const maxThreads = 8

// Result is what a search has done.
type Result struct {
	Schedules int
	Steps     int
	Longest   int  // steps of the longest schedule
	Froze     int  // schedules in which the frozen thread did not come to its end
	Complete  bool // every schedule that Config allows was run
}

// Add adds the figures of other to r.
func (r *Result) Add(other Result) {
	r.Schedules += other.Schedules
	r.Steps += other.Steps
	r.Longest = max(r.Longest, other.Longest)
	r.Froze += other.Froze
	r.Complete = r.Complete && other.Complete
}

func (r Result) String() string {
	s := fmt.Sprintf("%s schedules, %s steps, the longest %d", Count(r.Schedules), Count(r.Steps), r.Longest)
	if !r.Complete {
		s += ", stopped at the limit"
	}
	return s
}

// String says which schedules are run.
func (c Config) String() string {
	s := "every schedule"
	if c.Preemptions >= 0 {
		s = fmt.Sprintf("at most %d preemptions", c.Preemptions)
	}
	if c.Plain {
		s += ", steps for plain memory"
	}
	return s
}

// Count writes a number as 1,234,567.
func Count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
