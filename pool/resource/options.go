package resource

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/plungepool/plunge/internal/duration"
	"github.com/plungepool/plunge/pool"
)

// ErrOptions is wrapped by every error of New: errors.Is(err, ErrOptions).
var ErrOptions = errors.New("resource: bad options")

// DefaultHookTimeout is the HookTimeout that 0 stands for.
const DefaultHookTimeout = 30 * time.Second

// LimitMax is the largest Max.
const LimitMax = 1<<indexBits - 1

// Options are the settings of a Pool. Only New and Max are required.
//
// The functions are the pool's hooks. Each call runs on a goroutine of its own, outside of every lock, and may use the pool.
// The context of a hook ends after HookTimeout. A hook that panics, calls runtime.Goexit or does not return loses that one
// resource and nothing else. Its place remains taken until the hook does return, for Max is a hard limit; Stats.Overdue counts
// such hooks.
type Options[T any] struct {
	// New makes a resource. Required. Its context has the values of the context of an Acquire that waits, but not its
	// cancellation: what one caller no longer wants serves the next. The context is not cancelled once New has returned in time,
	// so the resource may keep it.
	New func(ctx context.Context) (T, error)

	// Close is called once with every resource that the pool drops. Its error is part of the error of Pool.Close or Drain,
	// else it is only counted. nil: nothing. It is not called for a resource that becomes garbage with its pool.
	Close func(ctx context.Context, v T) error

	// Check is called by Acquire with a resource that was idle for CheckIdle or longer; on an error the resource is
	// closed and another one is tried. Other callers do not wait for it. nil: no check.
	Check func(ctx context.Context, v T) error

	// Reset is called by Release, which waits for it for HookTimeout at most; on an error the resource is closed. nil: nothing.
	Reset func(ctx context.Context, v T) error

	// Max is how many resources may be alive at a time, those that are being made, checked and closed included.
	// Required: 1 to LimitMax. See Resize.
	Max int

	// MinIdle resources are kept idle, where Max allows, by making new ones in the background from the
	// start. MaxIdleTime leaves that many in place.
	MinIdle int

	// MaxIdle is how many may be idle. One that is released when there are as many is closed. 0: Max.
	MaxIdle int

	// MaxIdleTime is how long a resource may be idle. It is closed within 1.25 times that time and a second. 0: no limit.
	// Durations of less than 1 ms are rejected here and below: 30 would be 30 ns.
	MaxIdleTime time.Duration

	// MaxLifetime is how long a resource may live. When it is over, an idle one is closed soon, one in use when it is
	// released. Not more than a quarter of the resources are closed for their age at a time. 0: no limit.
	MaxLifetime time.Duration

	// LifetimeJitter is by how much a lifetime may be shorter: each resource's is by a random part of it, so that
	// resources made together do not end together. 0: a tenth of MaxLifetime; < 0: none.
	LifetimeJitter time.Duration

	// MaxUses is how many times a resource is lent before it is closed. 0: no limit.
	MaxUses int

	// CheckIdle is the idle time from which on Check is called. 0: Check at every Acquire; < 0: never.
	CheckIdle time.Duration

	// HookTimeout is how long a call of New, Close, Check or Reset may take. 0: DefaultHookTimeout.
	HookTimeout time.Duration

	// MaxWaiters is how many callers may wait for others to release something. One more fails with ErrExhausted. Those for whom a
	// resource is being made are not counted. 0: no limit; < 0: none may wait.
	MaxWaiters int

	// MaxWait is how long a caller may wait; then Acquire fails with ErrExhausted. 0: until its context ends.
	MaxWait time.Duration

	// Name is shown in Stats and errors. pool.All lists the pools that have one.
	Name string

	// Stacks has the pool record where each resource was acquired, for Holders and for the error of Close, and report Handles that
	// the garbage collector finds unreleased. The environment variable PLUNGE_CHECK=1 sets it in every New. An Acquire then
	// takes some microseconds more and allocates.
	Stacks bool

	// OnLeak is called with each leak that Stacks finds, on a goroutine of its own. nil: it is logged by log/slog.
	OnLeak func(pool.Misuse)
}

// bad returns an error about one field.
func bad(field string, value any, remedy string) error {
	return fmt.Errorf("%w: %s is %v; %s", ErrOptions, field, value, remedy)
}

// fill checks the options and puts the defaults in.
func (o *Options[T]) fill() error {
	switch {
	case o.New == nil:
		return bad("New", "nil", "set it to a function that makes a resource")
	case o.Max < 1:
		return bad("Max", o.Max, "use the number of resources that may be alive, 1 or more")
	case o.Max > LimitMax:
		return bad("Max", o.Max, fmt.Sprintf("use at most %d", LimitMax))
	case o.MinIdle < 0:
		return bad("MinIdle", o.MinIdle, "use 0 for none or a positive number")
	case o.MinIdle > o.Max:
		return bad("MinIdle", o.MinIdle, fmt.Sprintf("use at most Max, which is %d", o.Max))
	case o.MaxIdle < 0:
		return bad("MaxIdle", o.MaxIdle, "use 0 for Max or a positive number")
	case o.MaxIdle > 0 && o.MinIdle > o.MaxIdle:
		return bad("MinIdle", o.MinIdle, fmt.Sprintf("use at most MaxIdle, which is %d", o.MaxIdle))
	case o.MaxUses < 0:
		return bad("MaxUses", o.MaxUses, "use 0 for no limit or a positive number")
	case o.LifetimeJitter > 0 && o.LifetimeJitter >= o.MaxLifetime:
		return bad("LifetimeJitter", o.LifetimeJitter, fmt.Sprintf("use less than MaxLifetime, which is %v", o.MaxLifetime))
	}
	for _, d := range []struct {
		field    string
		value    time.Duration
		negative bool // it has a meaning
		zero     string
	}{
		{"MaxIdleTime", o.MaxIdleTime, false, "0 for no limit"},
		{"MaxLifetime", o.MaxLifetime, false, "0 for no limit"},
		{"LifetimeJitter", o.LifetimeJitter, true, "0 for the default, or a negative one for none"},
		{"CheckIdle", o.CheckIdle, true, "0 for a check at every Acquire, or a negative one for none"},
		{"HookTimeout", o.HookTimeout, false, "0 for the default"},
		{"MaxWait", o.MaxWait, false, "0 for no limit"},
	} {
		if want, short := duration.TooShort(d.value, d.zero); short {
			return bad(d.field, d.value, want)
		}
		if d.value < 0 && !d.negative {
			return bad(d.field, d.value, "use "+d.zero+" or a positive duration")
		}
	}
	if o.HookTimeout == 0 {
		o.HookTimeout = DefaultHookTimeout
	}
	switch {
	case o.LifetimeJitter < 0:
		o.LifetimeJitter = 0
	case o.LifetimeJitter == 0:
		o.LifetimeJitter = o.MaxLifetime / 10
	}
	o.Stacks = o.Stacks || os.Getenv("PLUNGE_CHECK") == "1"
	return nil
}
