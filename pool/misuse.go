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

	// ForeignRelease: an object came back that the pool never handed out. First is
	// empty. Where objects have no identity: more came back than were handed out.
	ForeignRelease

	// StillLeased: an object on lease came back otherwise, or was lent once more.
	// First is where it was lent.
	StillLeased

	// Leak: an object was collected as garbage and had not come back. First is
	// where it was acquired, Second is empty.
	Leak
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
	}
	return fmt.Sprintf("MisuseKind(%d)", int(k))
}

// Misuse is what a checked pool found wrong. It is an error, and what such a
// pool panics with unless Options.OnMisuse takes it.
type Misuse struct {
	Pool string     // Options.Name; without one the type of its objects
	Kind MisuseKind // what it is

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
		second = "the object was never handed out; it was released:"
	case StillLeased:
		first, second = "the object was lent:", "and is still on lease, but was released or lent:"
	case Leak:
		first = "the object was collected, and had been acquired:"
	}
	if len(m.First) > 0 {
		s += "\n" + first + "\n" + m.First.String()
	}
	if len(m.Second) > 0 {
		s += "\n" + second + "\n" + m.Second.String()
	}
	return s
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

// reportLeak is report where nobody is to blame who runs now. The handler is
// given a goroutine of its own, for the caller may be one of the collector's.
func (m Misuse) reportLeak(handler func(Misuse)) {
	m.enter()
	if handler == nil {
		slog.Error("pool: an object was collected that had not been released", "pool", m.Pool, "acquired", m.First)
		return
	}
	go handler(m)
}
