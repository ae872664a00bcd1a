package resource

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/plungepool/plunge/internal/flat"
)

// reason is why a resource was closed.
type reason int

const (
	broken reason = iota + 1
	interrupted
	dropped
	unhealthy
	notReset
	idleTooLong
	lifetime
	usedUp
	surplus
	drained
	poolClosed
	panicked
	overdue
	reasons
)

// reasonOf returns the reason for a Discard.
func reasonOf(cause error) reason {
	switch {
	case cause == nil:
		return dropped
	case errors.Is(cause, context.Canceled) || errors.Is(cause, context.DeadlineExceeded):
		return interrupted
	}
	return broken
}

// counts has the counters of Stats. Guarded by the pool's mu.
type counts struct {
	waited, exhausted     uint64
	waitTime, longestWait time.Duration
	created, warmed       uint64
	failed, closeErrs     uint64
	hijacked              uint64
	peak                  int
	closed                [reasons]uint64
}

// Stats are the counters of a pool since New, and its gauges. They are exact when no call is in flight and no
// hook runs. Then
//
//	Created == Closed + Hijacked + Idle + InUse
type Stats struct {
	Name string `json:"name"`

	Max     int `json:"max"`     // the limit
	Live    int `json:"live"`    // resources alive, those in a hook included: Max at most
	Idle    int `json:"idle"`    // ready to be acquired
	InUse   int `json:"in_use"`  // acquired and not yet released
	Waiting int `json:"waiting"` // callers of Acquire
	Overdue int `json:"overdue"` // in a hook that has not returned within HookTimeout
	Peak    int `json:"peak"`    // the highest Live

	Acquired  uint64 `json:"acquired"`  // resources handed out
	Waited    uint64 `json:"waited"`    // of these, after a wait for a release or for New
	Timeouts  uint64 `json:"timeouts"`  // Acquires whose context ended first
	Cancelled uint64 `json:"cancelled"` // of these, not by a deadline
	Exhausted uint64 `json:"exhausted"` // Acquires that failed with ErrExhausted
	Created   uint64 `json:"created"`   // resources made
	Warmed    uint64 `json:"warmed"`    // of these, in the background for MinIdle
	Failed    uint64 `json:"failed"`    // calls of New that failed
	Closed    uint64 `json:"closed"`    // resources closed, those in Close included
	Hijacked  uint64 `json:"hijacked"`

	ClosedBy    Closes `json:"closed_by"`    // Closed, by reason
	CloseErrors uint64 `json:"close_errors"` // calls of Close that failed

	WaitTime    time.Duration `json:"wait_time"`    // of all waits, in nanoseconds
	LongestWait time.Duration `json:"longest_wait"` // in nanoseconds
}

// Closes counts the resources that a pool closed, each under one reason.
//
// In pool.All they are pool.Discards: Full is Surplus; Expired is Idle, Lifetime and Uses; Invalid is Unhealthy and Overdue; Rejected
// is NotReset; Broken is Broken, Interrupted, Dropped and Stats.Hijacked; Cleared is Drained.
type Closes struct {
	Broken      uint64 `json:"broken"`      // Handle.Discard with an error
	Interrupted uint64 `json:"interrupted"` // Handle.Discard with a context's error
	Dropped     uint64 `json:"dropped"`     // Handle.Discard without an error
	Unhealthy   uint64 `json:"unhealthy"`   // Check said so
	NotReset    uint64 `json:"not_reset"`   // Reset failed
	Idle        uint64 `json:"idle"`        // over MaxIdleTime
	Lifetime    uint64 `json:"lifetime"`    // over MaxLifetime
	Uses        uint64 `json:"uses"`        // lent MaxUses times
	Surplus     uint64 `json:"surplus"`     // over MaxIdle, or a new Max
	Drained     uint64 `json:"drained"`     // by Drain
	Closed      uint64 `json:"closed"`      // by Close, or released after it
	Panicked    uint64 `json:"panicked"`    // Check or Reset panicked or exited
	Overdue     uint64 `json:"overdue"`     // Check, Reset or New returned after HookTimeout
}

// Total returns the sum over all reasons.
func (c Closes) Total() uint64 {
	return c.Broken + c.Interrupted + c.Dropped + c.Unhealthy + c.NotReset + c.Idle + c.Lifetime + c.Uses +
		c.Surplus + c.Drained + c.Closed + c.Panicked + c.Overdue
}

// Stats returns a snapshot. It looks at every resource, and holds the pool's lock for that time.
func (p *Pool[T]) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	c, by := &p.count, &p.count.closed
	s := Stats{
		Name: p.o.Name, Max: p.max, Live: p.live, Waiting: p.waiters.n, Overdue: p.late, Peak: c.peak,
		Waited: c.waited, Timeouts: p.timeouts.Load(), Cancelled: p.canceled.Load(), Exhausted: c.exhausted,
		Created: c.created, Warmed: c.warmed, Failed: c.failed, Hijacked: c.hijacked, CloseErrors: c.closeErrs,
		WaitTime: c.waitTime, LongestWait: c.longestWait,
		ClosedBy: Closes{
			Broken: by[broken], Interrupted: by[interrupted], Dropped: by[dropped], Unhealthy: by[unhealthy],
			NotReset: by[notReset], Idle: by[idleTooLong], Lifetime: by[lifetime], Uses: by[usedUp],
			Surplus: by[surplus], Drained: by[drained], Closed: by[poolClosed], Panicked: by[panicked], Overdue: by[overdue],
		},
	}
	s.Closed = s.ClosedBy.Total()
	s.Idle, s.InUse = p.states()
	for _, slot := range *p.table.Load() {
		s.Acquired += slot.word.Load() / lentOne
	}
	return s
}

// InUse returns Stats.InUse.
func (p *Pool[T]) InUse() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, n := p.states()
	return n
}

// Name returns Options.Name.
func (p *Pool[T]) Name() string { return p.o.Name }

// fields returns the flat form, in the order of the struct.
func (s Stats) fields() flat.Fields {
	c := s.ClosedBy
	return flat.New(
		"name", s.Name,
		"max", s.Max,
		"live", s.Live,
		"idle", s.Idle,
		"in_use", s.InUse,
		"waiting", s.Waiting,
		"overdue", s.Overdue,
		"peak", s.Peak,
		"acquired", s.Acquired,
		"waited", s.Waited,
		"timeouts", s.Timeouts,
		"cancelled", s.Cancelled,
		"exhausted", s.Exhausted,
		"created", s.Created,
		"warmed", s.Warmed,
		"failed", s.Failed,
		"closed", s.Closed,
		"hijacked", s.Hijacked,
		"closed_broken", c.Broken,
		"closed_interrupted", c.Interrupted,
		"closed_dropped", c.Dropped,
		"closed_unhealthy", c.Unhealthy,
		"closed_not_reset", c.NotReset,
		"closed_idle", c.Idle,
		"closed_lifetime", c.Lifetime,
		"closed_uses", c.Uses,
		"closed_surplus", c.Surplus,
		"closed_drained", c.Drained,
		"closed_closed", c.Closed,
		"closed_panicked", c.Panicked,
		"closed_overdue", c.Overdue,
		"close_errors", s.CloseErrors,
		"wait_time", s.WaitTime,
		"longest_wait", s.LongestWait,
	)
}

// Map returns the stats as a flat map, for dashboards and expvar.Func. Names are those of the JSON. The closes
// are closed (the total), closed_broken and so on. Values are string, uint64, int or time.Duration.
func (s Stats) Map() map[string]any { return s.fields().Map() }

// String returns one line for people.
func (s Stats) String() string {
	name := s.Name
	if name == "" {
		name = "resource pool"
	}
	return fmt.Sprintf("%s: %d/%d live, %d idle, %d in use, %d waiting, %d acquired (%d waited, %v at most), %d created, %d failed, %d closed",
		name, s.Live, s.Max, s.Idle, s.InUse, s.Waiting, s.Acquired, s.Waited, s.LongestWait, s.Created, s.Failed, s.Closed)
}

// LogValue implements slog.LogValuer with the entries of Map, in order.
func (s Stats) LogValue() slog.Value { return s.fields().LogValue() }
