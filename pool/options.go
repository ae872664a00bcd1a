package pool

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/plungepool/plunge/internal/duration"
	"github.com/plungepool/plunge/shard"
)

// ErrOptions is wrapped by every error of New: errors.Is(err, ErrOptions).
var ErrOptions = errors.New("pool: bad options")

// Defaults of Options.
const (
	// DefaultMaxIdlePerP is how many idle objects MaxIdle 0 allows for each P
	// (GOMAXPROCS). Memory follows the number that is idle, not the bound.
	DefaultMaxIdlePerP = 1024

	// DefaultMaxIdleTime is the MaxIdleTime that 0 stands for.
	DefaultMaxIdleTime = 5 * time.Minute

	// DefaultQuarantine is the Quarantine that 0 stands for.
	DefaultQuarantine = 64
)

// Limits of Options.
const (
	// LimitMaxIdle is the largest MaxIdle.
	LimitMaxIdle = shard.MaxCapacity

	// LimitShards is the largest Shards.
	LimitShards = shard.MaxShards

	// LimitLocalCache is the largest LocalCache.
	LimitLocalCache = shard.MaxMagazine
)

// Resetter is implemented by types with a method Reset, such as *bytes.Buffer. Release calls it, unless
// Options.Reset is set.
type Resetter interface{ Reset() }

// Options are the settings of a Pool. Only New is required. Init does not require it.
//
// The functions are hooks. They run on the goroutine that calls the pool, several at the
// same time, and may call the pool themselves. A hook that panics or calls runtime.Goexit
// costs one object, which is counted under Discards.Panicked and passed to Destroy. The
// panic reaches the caller.
//
// When housekeeping drops objects, Destroy runs in the background, on at most eight
// goroutines. A panic there is logged by log/slog. Its object stays counted under the
// reason for which it was dropped.
type Options[T any] struct {
	// New creates an object when Acquire finds none idle. In a pool with other hooks it
	// must not return nil: Acquire panics.
	//
	// With Init, New may be nil. Then Acquire returns the zero T, counted under
	// Stats.Created, and the caller creates an object. No hook is called with nil.
	New func() T

	// Reset is called by Release, before the object becomes idle. The call adds some
	// 3 ns, or 5 with Retain or Destroy. nil: T's method Reset, if T is a Resetter.
	Reset func(T)

	// Retain is called by Release after Reset. If it returns false the object is dropped,
	// such as a buffer that has grown too large. nil: every object is kept.
	Retain func(T) bool

	// Validate is called by Acquire with an idle object. If it returns false the object is
	// dropped and the next one is tried. With Validate an Acquire and a Release take some
	// 60 ns. nil: every object is valid.
	Validate func(T) bool

	// Destroy is called once for every object that the pool drops. It is not called for
	// objects that are garbage collected with the pool. nil: nothing.
	Destroy func(T)

	// MinIdle objects are created up front. Prune and expiry never go below MinIdle,
	// whatever the age of the objects. 0 to MaxIdle. See Warm.
	MinIdle int

	// MaxIdle is the most objects that may be idle, up to LimitMaxIdle. A Release beyond it
	// drops the object. 0: DefaultMaxIdlePerP times GOMAXPROCS, and it follows GOMAXPROCS.
	MaxIdle int

	// MaxIdleTime is how long an object may be idle. Acquire does not return an object that
	// was idle for longer. The pool drops such objects, also without any traffic, at most
	// 1.25 times MaxIdleTime and 0.4 seconds after they became idle. It also drops as many
	// objects as were not needed during the last MaxIdleTime. 0: DefaultMaxIdleTime; < 0: no
	// limit; else at least 1 ms. (30 means 30 ns, and is an error.)
	//
	// An object may count as older than it is, by up to a sixteenth of MaxIdleTime. For a
	// moment after the whole process was stopped (SIGSTOP), Acquire may return an older one.
	MaxIdleTime time.Duration

	// Size returns how many bytes an object takes, including memory that only this object
	// refers to. If less than a tenth of the memory limit (GOMEMLIMIT,
	// debug.SetMemoryLimit) is free after a garbage collection, a pool with Size drops half
	// of the idle objects above MinIdle. Size may be called while an object is idle, and
	// must not write to it. nil: not known.
	Size func(T) int64

	// MaxIdleBytes is the most bytes that all idle objects may take. It needs Size, which
	// must return the same value while an object is idle. An Acquire and a Release together
	// then take some 40 ns more, and write a shared counter. 0: no limit.
	MaxIdleBytes int64

	// Shards is the largest number of shards, up to LimitShards: see the README, "How it
	// works". A pool begins with one, and gets more as its objects need room or if it is used more than
	// twice per millisecond. A shard takes some 1 KiB. 0: GOMAXPROCS.
	Shards int

	// LocalCache is the most objects in each of the two private magazines that a P may have,
	// up to LimitLocalCache. All of them hold at most half of MaxIdle. 0: up to 128; < 0:
	// none, and then every call takes some 80 ns or more.
	LocalCache int

	// LIFO makes the pool one stack under a mutex: Acquire returns the object that was
	// released last. A call takes some 100 ns and may block. Shards and LocalCache are
	// ignored. It is for tests that need an exact order: see package pooltest.
	LIFO bool

	// Check makes the pool look for misuse: double releases, objects that the pool never
	// handed out, releases of objects on lease, and objects that are never released. Each
	// misuse is reported with the stacks of both events, to OnMisuse and to Report. The
	// misused object is refused: no hook is called, and Stats do not count it.
	// PLUNGE_CHECK=1 in the environment sets Check in every pool without NoCheck.
	//
	// Objects are told apart by their address: that of a pointer (also in an interface), a
	// map or a channel, and for a slice the end of its array. If append has moved a
	// slice to another array, the pool accepts it as long as a slice that it handed out has
	// not come back. Objects of other types, such as numbers and structs, have no identity:
	// they are only counted.
	//
	// A leak is found when the object is garbage collected while the pool is in use. An
	// object that a finalizer releases is reported as never handed out. Leaks of slices,
	// and of objects of less than 16 bytes without pointers, may not be found.
	//
	// An Acquire and a Release together take some 20 µs, allocate, and share a mutex.
	Check bool

	// NoCheck keeps PLUNGE_CHECK=1 from setting Check. It is for pools to which you release
	// objects that did not come from them.
	NoCheck bool

	// OnMisuse is called with each misuse that Check finds, on the goroutine that called
	// the pool. That call then goes on without the object. For a leak it is called on a
	// goroutine of its own. nil: panic with the Misuse; a leak is logged by log/slog.
	OnMisuse func(Misuse)

	// Poison is called by Release of a checked pool, after Reset and Retain. It fills the
	// object with useless values, so that its use after Release is noticed. The memory that
	// T points to must then not change until the next Acquire. If it does, UseAfterRelease
	// is reported and the object is dropped. Acquire calls Reset once more before it returns
	// a poisoned object. nil: nothing.
	Poison func(T)

	// Quarantine is how many objects a checked pool keeps out of use after their Release.
	// Acquire creates an object instead of returning one of these. So an object that is used
	// after its Release does not belong to someone else yet. MaxIdle or more means
	// MaxIdle-1, and with LIFO there is no quarantine. 0: PLUNGE_QUARANTINE in the
	// environment, or DefaultQuarantine; < 0: none.
	Quarantine int

	// SampleHeld records one in SampleHeld acquired objects, at random, for the profile
	// plunge_held: see the function [SampleHeld]. 1: all of them; 0: none. A checked pool
	// records all.
	SampleHeld int

	// LogHeld logs each recorded object that is in use for longer than LogHeld: once, by
	// log/slog, with the stack that acquired it, at most twice LogHeld after that. Only
	// recorded objects are seen: set SampleHeld or Check, too. 0: none; else at least 1 ms.
	LogHeld time.Duration

	// Name is shown in Stats, in reports, in metrics (poolprom, poolotel) and by pooldebug.
	// All lists the pools that have a name.
	Name string

	procs bool // MaxIdle is the default, and follows GOMAXPROCS
	bare  bool // New was nil
}

// bad returns an error about one field.
func bad(field string, value any, remedy string) error {
	return fmt.Errorf("%w: %s is %v; %s", ErrOptions, field, value, remedy)
}

// fill checks the options and puts the defaults in.
func (o *Options[T]) fill() error {
	switch {
	case o.New == nil && o.MinIdle > 0:
		return bad("MinIdle", o.MinIdle, "set New, too, which makes these objects, or leave it 0")
	case o.MaxIdle < 0:
		return bad("MaxIdle", o.MaxIdle, "use 0 for the default or a positive number")
	case o.MaxIdle > LimitMaxIdle:
		return bad("MaxIdle", o.MaxIdle, fmt.Sprintf("use at most %d", LimitMaxIdle))
	case o.MinIdle < 0:
		return bad("MinIdle", o.MinIdle, "use 0 for none or a positive number")
	case o.MaxIdleBytes < 0:
		return bad("MaxIdleBytes", o.MaxIdleBytes, "use 0 for no limit or a positive number")
	case o.MaxIdleBytes > 0 && o.Size == nil:
		return bad("MaxIdleBytes", o.MaxIdleBytes, "set Size, too, or leave it 0")
	case o.Shards < 0:
		return bad("Shards", o.Shards, "use 0 for GOMAXPROCS or a positive number")
	case o.Shards > LimitShards:
		return bad("Shards", o.Shards, fmt.Sprintf("use at most %d", LimitShards))
	case o.LocalCache > LimitLocalCache:
		return bad("LocalCache", o.LocalCache, fmt.Sprintf("use at most %d", LimitLocalCache))
	case o.SampleHeld < 0:
		return bad("SampleHeld", o.SampleHeld, "use 0 for none, or n for one in n Acquires")
	case o.LogHeld < 0:
		return bad("LogHeld", o.LogHeld, "use 0 for none or a positive duration")
	case o.Check && o.NoCheck:
		return bad("NoCheck", true, "set Check or NoCheck, not both")
	}
	if want, short := duration.TooShort(o.MaxIdleTime, "0 for the default, or a negative one for no limit"); short {
		return bad("MaxIdleTime", o.MaxIdleTime, want)
	}
	if want, short := duration.TooShort(o.LogHeld, "0 for none"); short {
		return bad("LogHeld", o.LogHeld, want)
	}
	if o.MaxIdle == 0 {
		o.MaxIdle, o.procs = defaultMaxIdle(), true
	}
	if o.MinIdle > o.MaxIdle {
		return bad("MinIdle", o.MinIdle, fmt.Sprintf("use at most MaxIdle, which is %d, or raise that", o.MaxIdle))
	}
	if o.MaxIdleTime == 0 {
		o.MaxIdleTime = DefaultMaxIdleTime
	}
	if o.Reset == nil {
		o.Reset = resetOf[T]()
	}
	o.Check = o.Check || !o.NoCheck && os.Getenv("PLUNGE_CHECK") == "1"
	if o.New == nil {
		o.withoutNew()
	} else {
		o.New = o.newOne()
	}
	return o.fillQuarantine()
}
