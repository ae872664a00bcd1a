package pool

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
)

// MisuseKind is the kind of a [Misuse].
type MisuseKind int

// The kinds of misuse that a checked pool knows: see Options.Check.
const (
	// DoubleRelease: an object was released that is idle, or was dropped. A Lend of such an object counts, and
	// so does the end of a copied Lease. First is where it was released before.
	DoubleRelease MisuseKind = iota + 1

	// ForeignRelease: an object was released that the pool never handed out, or nil was. If another checked pool
	// knows the object, Owner is that pool, and First is where it was last acquired from it or released to it.
	// For objects without identity: more were released than were handed out.
	ForeignRelease

	// StillLeased: an object on lease was released without its Lease, or was lent again. First is where it was
	// lent.
	StillLeased

	// Leak: an object was garbage collected and had not been released. First is where it was acquired. Second is
	// empty.
	Leak

	// UseAfterRelease: the memory of an idle object was changed. First is where it was released. Second is where
	// the change was found. See Options.Poison.
	UseAfterRelease
)

// String returns the kind in words: "double release", and so on.
func (k MisuseKind) String() string {
	switch k {
	case DoubleRelease:
		return "double release"
	case ForeignRelease:
		return "foreign release"
	case StillLeased:
		return "still leased"
	case Leak:
		return "leak"
	case UseAfterRelease:
		return "use after release"
	}
	return fmt.Sprintf("MisuseKind(%d)", int(k))
}

// Misuse is a mistake that a checked pool found. It is an error. The pool panics with it, unless
// Options.OnMisuse is set.
type Misuse struct {
	Pool string     // Options.Name; without one the type of its objects
	Kind MisuseKind // what it is

	// Owner is the name of the checked pool that a foreign object belongs to, if one knows it. Part is true if
	// the object is only a part of one of that pool's objects.
	Owner string
	Part  bool

	// Nil is true if a nil pointer, map, channel, function or interface was released.
	Nil bool

	// Changed is the offset of the first byte that a use after release changed, in a buffer of package buffers.
	// It is -1 if that is not known.
	Changed int

	// First and Second are the stacks of the two events. For a double release these are the first and the second
	// Release. A stack is empty if there was no such event, or if it is not known.
	First, Second Stack
}

// Error returns the kind, the pool and both stacks, on several lines. It begins
// with "pool: ".
func (m Misuse) Error() string {
	s := fmt.Sprintf("pool: %s in pool %q", m.Kind, m.Pool)
	first, second := "the object came back first:", "and now:"
	switch m.Kind {
	case ForeignRelease:
		first, second = m.owned(), "the object was never handed out; it was released:"
	case StillLeased:
		first, second = "the object was lent:", "and is still on lease, but was released or lent:"
	case Leak:
		first = "the object was collected, and had been acquired:"
	case UseAfterRelease:
		first, second = "the object was released:", "and changed afterwards"+m.where()+", which was found:"
	}
	if m.Nil {
		second = "nil was released:"
	}
	if len(m.First) > 0 {
		s += "\n" + first + "\n" + m.First.String()
	}
	if len(m.Second) > 0 {
		s += "\n" + second + "\n" + m.Second.String()
	}
	return s
}

// owned says which pool a foreign object belongs to.
func (m Misuse) owned() string {
	if m.Part {
		return fmt.Sprintf("the object is a part of one of pool %q, used last:", m.Owner)
	}
	return fmt.Sprintf("the object is one of pool %q, used last:", m.Owner)
}

// where says which byte was changed.
func (m Misuse) where() string {
	if m.Changed < 0 {
		return ""
	}
	return fmt.Sprintf(" at byte %d", m.Changed)
}

// LimitReport is the number of misuses that Report keeps.
const LimitReport = 256

// misuses is the process's log of misuse.
var misuses struct {
	mu    sync.Mutex
	kept  []Misuse // the first LimitReport
	total uint64
}

// Report returns the first LimitReport misuses that the checked pools of the process have found, in order.
func Report() []Misuse {
	misuses.mu.Lock()
	defer misuses.mu.Unlock()
	return slices.Clone(misuses.kept)
}

// Reported returns how many misuses the checked pools of the process have found, including those that Report did
// not keep.
func Reported() uint64 {
	misuses.mu.Lock()
	defer misuses.mu.Unlock()
	return misuses.total
}

// enter adds m to the log.
func (m Misuse) enter() {
	misuses.mu.Lock()
	defer misuses.mu.Unlock()
	misuses.total++
	if len(misuses.kept) < LimitReport {
		misuses.kept = append(misuses.kept, m)
	}
}

// report enters m and hands it to handler; without one it panics.
func (m Misuse) report(handler func(Misuse)) {
	m.enter()
	if handler == nil {
		panic(m)
	}
	handler(m)
}

// reportAlone is report for a misuse that the running goroutine is not to blame for. The handler runs on a
// goroutine of its own, because the caller may be the collector's.
func (m Misuse) reportAlone(handler func(Misuse)) {
	m.enter()
	if handler != nil {
		go handler(m)
		return
	}
	what := "pool: an object was collected that had not been released; it was acquired"
	if m.Kind == UseAfterRelease {
		what = "pool: an object was changed after it was released" + m.where() + "; it was released"
	}
	slog.Error(what, "pool", m.Pool)
	m.First.log(slog.LevelError, m.Pool)
}
