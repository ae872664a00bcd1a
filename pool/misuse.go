package pool

import (
	"fmt"
	"log/slog"
	"slices"
	"sync"
)

// MisuseKind says what a [Misuse] is.
type MisuseKind int

// The kinds of misuse that a checked pool knows: see Options.Check.
const (
	// DoubleRelease: an object that is idle or was dropped came back, by Release,
	// ReleaseN, Lend, or the end of a lease that had ended (of a copied Lease). First
	// is where it came back before.
	DoubleRelease MisuseKind = iota + 1

	// ForeignRelease: an object came back that the pool never handed out, or nil did. If another
	// checked pool knows it, Owner is that pool and First is where it was last acquired
	// from that, or released to it; else both are empty. Where objects have no identity: more
	// came back than were handed out.
	ForeignRelease

	// StillLeased: an object on lease came back otherwise, or was lent once more.
	// First is where it was lent.
	StillLeased

	// Leak: an object was collected as garbage and had not come back. First is
	// where it was acquired, Second is empty.
	Leak

	// UseAfterRelease: the memory of an idle object was changed. First is where it
	// was released, Second where the change was found. See Options.Poison.
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

// Misuse is what a checked pool found wrong. It is an error, and what such a
// pool panics with unless Options.OnMisuse takes it.
type Misuse struct {
	Pool string     // Options.Name; without one the type of its objects
	Kind MisuseKind // what it is

	// Owner is the Pool of a foreign object, where another checked pool knows it. Part tells that
	// the object is only a part of one of Owner's.
	Owner string
	Part  bool

	// Nil tells that a nil pointer, map, channel, function or interface was released.
	Nil bool

	// Changed is the offset of the first byte that was changed by a use after release, in a
	// buffer of package buffers. It is -1 where it is not known which.
	Changed int

	// First is where the goroutine was that did what makes the second event
	// wrong, Second where the one was that did that. Empty where there is none, or
	// where it is not known.
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

// owned says whose a foreign object is.
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

// Report returns what the checked pools of the process have found wrong so far,
// in order, the first LimitReport of them.
func Report() []Misuse {
	misuses.mu.Lock()
	defer misuses.mu.Unlock()
	return slices.Clone(misuses.kept)
}

// Reported returns how many misuses the checked pools of the process have found,
// those that Report did not keep included.
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

// reportAlone is report where nobody is to blame who runs now. The handler is
// given a goroutine of its own, for the caller may be one of the collector's.
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
