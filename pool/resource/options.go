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
// The functions are hooks. Each call runs on its own goroutine, without a lock, and may use the pool. The
// context of a hook ends after HookTimeout. A hook that panics, calls runtime.Goexit or hangs costs that one
// resource and nothing else. A resource whose hook hangs keeps its place in Max until the hook returns.
// Stats.Overdue counts such hooks.
type Options[T any] struct {
	// New makes a resource. Required. Its context has the values of the caller's context, but not its
	// cancellation: if the caller leaves, the resource serves the next one. After New has returned in time its
	// context is not cancelled, so the resource may keep it.
	New func(ctx context.Context) (T, error)

	// Close is called once for every resource that the pool drops. Its errors are counted. If Pool.Close or
	// Drain is waiting they are part of its error. It is not called for resources that are garbage collected
	// with the pool. nil: nothing.
	Close func(ctx context.Context, v T) error

	// Check is called by Acquire with a resource that was idle for CheckIdle or longer. If it returns an error
	// the resource is closed and the next one is tried. Other callers do not wait for it. nil: no check.
	Check func(ctx context.Context, v T) error

	// Reset is called by Release, which waits for it for at most HookTimeout. If it returns an error the
	// resource is closed. nil: nothing.
	Reset func(ctx context.Context, v T) error

	// Max is the most resources that may be alive at a time. Those that are being created, checked or closed
	// count, too. Required: 1 to LimitMax. See Resize.
	Max int

	// MinIdle resources are kept idle, as far as Max allows: the pool creates them in the background, from the
	// start. MaxIdleTime does not close them.
	MinIdle int

	// MaxIdle is the most resources that may be idle. A resource that is released beyond it is closed. 0: Max.
	MaxIdle int

	// MaxIdleTime is how long a resource may be idle. It is closed after at most 1.25 times MaxIdleTime and a
	// second, without any traffic. 0: no limit. Here and below a duration of less than 1 ms is an error: 30
	// means 30 ns.
	MaxIdleTime time.Duration

	// MaxLifetime is how long a resource may live. Then an idle resource is closed soon, and one in use when it
	// is released. At most a quarter of the resources are closed for their age at a time. 0: no limit.
	MaxLifetime time.Duration

	// LifetimeJitter makes lifetimes differ, so that resources that were created together are not closed
	// together. Each lifetime is shorter than MaxLifetime by a random part of LifetimeJitter. 0: a tenth of
	// MaxLifetime; < 0: none.
	LifetimeJitter time.Duration

	// MaxUses is how many times a resource is lent before it is closed. 0: no limit.
	MaxUses int

	// CheckIdle is how long a resource must have been idle for Check to be called. 0: Check is called by every
	// Acquire; < 0: never.
	CheckIdle time.Duration

	// HookTimeout is how long a call of New, Close, Check or Reset may take. 0: DefaultHookTimeout.
	HookTimeout time.Duration

	// MaxWaiters is the most callers that may wait for a release. One more fails with ErrExhausted. Callers for
	// whom a resource is being created do not count. 0: no limit; < 0: none may wait.
	MaxWaiters int

	// MaxWait is how long a caller may wait. Then Acquire fails with ErrExhausted. 0: until its context ends.
	MaxWait time.Duration

	// Name is shown in Stats and errors. pool.All lists the pools that have one.
	Name string

	// Stacks makes the pool record where each resource was acquired. Holders, the error of Close and the profile
	// plunge_held show it: see pool.SampleHeld. Handles that are garbage collected without a Release are reported.
	// PLUNGE_CHECK=1 in the environment sets Stacks. An Acquire then takes some microseconds more and allocates.
	Stacks bool

	// OnLeak is called with each leak that Stacks finds, on its own goroutine. nil: the leak is logged by
	// log/slog.
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
		negative bool // a negative value has a meaning
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
