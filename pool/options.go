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

// Resetter is implemented by objects that can be made as good as new. An object
// that implements it needs no Options.Reset.
type Resetter interface{ Reset() }

// Options are the settings of a Pool. Only New is required, and that not by Init.
//
// The functions are the pool's hooks. They run on the goroutine that calls the
// pool (Destroy, for what housekeeping drops, on goroutines of its own, eight at
// a time at most), outside every critical section, at the same time as each other, and may call
// the pool. One that panics or calls runtime.Goexit loses that one object, which
// is counted under Discards.Panicked and handed to Destroy; the panic goes on to
// the caller. A Destroy that fails on a goroutine of its own is logged by log/slog, and its object
// stays counted by the reason for which it was dropped.
type Options[T any] struct {
	// New makes an object. Required but for Init. Where there is a hook to be called with the object
	// Acquire panics if New returns nil (a nil pointer, map, channel, function or interface). A pool
	// without hooks hands nil out.
	//
	// Init takes nil: where Acquire finds no idle object it returns the zero T, which counts under Stats.Created.
	// The caller makes an object, and no hook sees a T that is nil.
	New func() T

	// Reset is called by Release before the object becomes idle. nil: T.Reset
	// if T is a Resetter, else nothing. It costs some 3 ns beside what it does, and
	// another 2 where Retain or Destroy is set.
	Reset func(T)

	// Retain is called by Release after Reset; false discards the object, say a
	// buffer grown too large. nil: retain.
	Retain func(T) bool

	// Validate is called by Acquire with an idle object; false discards it and
	// the next is tried. nil: valid. With Validate a hit costs a few ns more.
	Validate func(T) bool

	// Destroy is called exactly once for every object that the pool drops. nil:
	// nothing. It is not called for objects that become garbage with the pool.
	Destroy func(T)

	// MinIdle objects are created up front by New. Prune and expiry leave that many in
	// place, whatever their age. Acquire hands them out as any other. 0 to MaxIdle. See Warm.
	MinIdle int

	// MaxIdle is the bound on idle objects, up to LimitMaxIdle. 0:
	// DefaultMaxIdlePerP times GOMAXPROCS, which it follows until Resize.
	MaxIdle int

	// MaxIdleTime is how long an object may be idle. Objects that were idle for longer
	// are not handed out. They are dropped without traffic, and so are those
	// that the load has not needed for so long, although they took turns in use: both within
	// 1.25 times MaxIdleTime and 0.4 seconds. The time counts from the Release, or from up to a
	// sixteenth earlier. For a moment after a halt of the whole process (SIGSTOP) a P may hand out
	// objects from its private memory that are too old. 0: DefaultMaxIdleTime; < 0: no limit;
	// else 1 ms or more. (30 would be 30 ns: it is rejected.)
	MaxIdleTime time.Duration

	// Size is how many bytes an object takes, with what it alone refers to. Where memory is short, within a tenth of the runtime's limit (GOMEMLIMIT,
	// debug.SetMemoryLimit), pools with a Size drop half of what is idle over MinIdle after each collection. nil: not
	// known. It may be called at any time while an object is idle, and then must not write to it.
	Size func(T) int64

	// MaxIdleBytes is the bound on the sizes of all idle objects; one that is released and has no
	// room is discarded. It needs Size, which has to return the same as long as an object is idle.
	// An Acquire and a Release then take some 40 ns more and meet at a counter. 0: no limit.
	MaxIdleBytes int64

	// Shards is the largest number of shards, up to LimitShards. A pool begins with
	// one and gets more as its objects need room. Ps that share a
	// shard meet at its rings. 0: GOMAXPROCS.
	Shards int

	// LocalCache is the largest number of objects in each of the two magazines that a P
	// may have private, once it has earned them, up to LimitLocalCache. 0: up to 128. It is
	// lowered for a small MaxIdle, and private magazines hold at most half of MaxIdle.
	// < 0: nothing is ever private, and every operation costs some 80 ns or more.
	LocalCache int

	// LIFO has the pool be one stack under a mutex: Acquire returns the object
	// released last, whatever P released it, and calls New only if none is idle.
	// Shards and LocalCache are ignored. For tests that need an exact order, see
	// package pooltest; an operation costs some 100 ns and may block.
	LIFO bool

	// Check has the pool look for misuse: objects released twice, or that it never
	// handed out, or while they are on lease, and objects that were never released.
	// Each is reported to OnMisuse with the stacks of both events, and to Report.
	// The environment variable PLUNGE_CHECK=1 sets it in every pool, unless NoCheck is set.
	//
	// What is reported is refused: the object does not enter the pool, no hook sees
	// it, and Stats are as if the call had not been made. Poison and Quarantine find
	// objects that are used after their Release.
	//
	// Objects are told apart by the pointer that T is, or holds as an interface; by
	// the map or channel; a slice by the end of its array, where one of a larger
	// array counts as one of the pool's that has grown, as long as such a one is in
	// use, and none is reported as a leak, though Holders has it. Objects of any
	// other T (numbers, structs, functions, pointers to types without size) are
	// counted, and reported when more come back than were handed out. An object that
	// a finalizer releases counts as one that was never handed out.
	//
	// A leak is found when the collector finds the object, while the pool itself is
	// in use; one of less than 16 bytes without pointers may never be found.
	//
	// An Acquire and Release take some 10 microseconds, allocate and meet at a mutex.
	Check bool

	// NoCheck keeps PLUNGE_CHECK=1 from setting Check: for a pool to which objects are
	// released that it has not handed out, or whose misuse is found by other means.
	NoCheck bool

	// OnMisuse is called with each misuse that Check finds: on the goroutine of the
	// Release, Lend or Acquire that found it, which then goes on without the object; for a
	// leak on a goroutine of its own. nil: panic with the Misuse; a leak is logged by
	// log/slog.
	OnMisuse func(Misuse)

	// Poison is called by Release of a checked pool, after Reset and Retain. It makes the
	// object useless, so that whoever uses it after Release is found out. Where T is a
	// pointer or a slice, or holds a pointer as an interface, the memory that it points at must
	// not change until the next Acquire; a change is reported as UseAfterRelease, and the
	// object is dropped under Discards.Invalid. Acquire calls Reset again before it hands
	// out a poisoned object. Validate sees that one, Destroy sees what Poison left. nil: nothing.
	Poison func(T)

	// Quarantine is how many objects a checked pool keeps out of use after their Release,
	// the latest ones: they are idle, but Acquire creates an object rather than handing one of
	// these out. So an object that is used after its Release is not yet somebody else's. 0: what the
	// environment variable PLUNGE_QUARANTINE says, or else DefaultQuarantine; < 0: none. It is less
	// than MaxIdle. With LIFO there is none.
	Quarantine int

	// SampleHeld has the pool record one in SampleHeld Acquires, at random, for the profile of what is out: see [SampleHeld].
	// 1 records all. 0: none. A checked pool records all, whatever it says.
	SampleHeld int

	// LogHeld has an object that was recorded for that profile, and is out for longer, logged by log/slog: once, as
	// a warning with the stack that acquired it. It is noticed within twice LogHeld. 0: none; else 1 ms or more.
	LogHeld time.Duration

	// Name is shown in Stats and reports. All lists the pools that have one.
	Name string

	procs bool // MaxIdle is the default, for GOMAXPROCS
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
