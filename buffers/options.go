package buffers

import (
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/plungepool/plunge/internal/duration"
	"github.com/plungepool/plunge/pool"
)

// ErrOptions is wrapped by every error of New and NewFixed: errors.Is(err, ErrOptions).
var ErrOptions = errors.New("buffers: bad options")

// Defaults of Options.
const (
	DefaultMinSize                = 256
	DefaultMaxSize                = 1 << 20
	DefaultMaxRetainedBytes int64 = 64 << 20

	// DefaultMaxIdleBytesPerTier and DefaultMaxIdlePerP are the bounds of a tier if MaxIdlePerTier is 0: 16 MiB,
	// and 1,024 buffers for each P.
	DefaultMaxIdleBytesPerTier = 16 << 20
	DefaultMaxIdlePerP         = 1024
)

// Limits of Options.
const (
	LimitSize           = 1 << 30 // of a tier, in bytes
	LimitTiers          = 256
	LimitMaxIdlePerTier = pool.LimitMaxIdle
	LimitShards         = pool.LimitShards
)

// Options are the settings of a Pool. The zero Options fit most programs.
type Options struct {
	// MinSize and MaxSize are the sizes of the smallest and the largest tier in bytes.
	// They must be powers of two, up to LimitSize. 0: DefaultMinSize, DefaultMaxSize.
	MinSize, MaxSize int

	// Sizes are the sizes of the tiers in bytes, in ascending order, at most LimitTiers.
	// They take the place of MinSize and MaxSize, which must be 0 then. See
	// Stats.SuggestTiers. nil: the powers of two from MinSize to MaxSize.
	Sizes []int

	// MaxIdlePerTier is the most buffers that may be idle in each tier, up to
	// LimitMaxIdlePerTier. 0: DefaultMaxIdlePerP for each P, but no more than fit in
	// DefaultMaxIdleBytesPerTier, and at least 4. The default follows GOMAXPROCS.
	MaxIdlePerTier int

	// MaxRetainedBytes is the most bytes that all idle buffers together may have. Tiers
	// that miss often get a larger part of it. 0: DefaultMaxRetainedBytes; < 0: no limit.
	MaxRetainedBytes int64

	// MaxIdleTime is how long a buffer may be idle: see pool.Options. 0:
	// pool.DefaultMaxIdleTime; < 0: no limit; else 1 ms or more.
	MaxIdleTime time.Duration

	// Shards is the largest number of shards of each tier, up to LimitShards. 0: GOMAXPROCS.
	Shards int

	// Zero clears each buffer when it is created and on Release, over its whole
	// capacity. Then no user can read what another has written. It costs as much as
	// writing the buffer.
	Zero bool

	// Check makes the pool look for misuse of buffers, Buffers and Leases: double
	// releases, slices that are only a part of a buffer, memory of another origin with the size of a tier,
	// buffers that are never released, and writes after Release. See pool.Options.Check.
	//
	// A checked pool fills idle buffers with the byte 0xdb, has no slabs, and keeps the
	// last pool.DefaultQuarantine buffers of each tier out of use. PLUNGE_CHECK=1 in the
	// environment sets Check, and PLUNGE_QUARANTINE changes the number. The guard build
	// ignores Check.
	Check bool

	// NoCheck keeps PLUNGE_CHECK=1 from setting Check.
	NoCheck bool

	// OnMisuse is called with each misuse that Check finds: see pool.Options.OnMisuse. nil: panic.
	OnMisuse func(pool.Misuse)

	// SampleHeld records one in SampleHeld acquired buffers for the profile plunge_held: see pool.SampleHeld. A
	// buffer that was dropped and is a part of a slab leaves the profile when the whole slab is collected. 0: none.
	SampleHeld int

	// Name is shown in Stats and reports. pool.All lists the pools that have one.
	Name string
}

// bad returns an error about one field.
func bad(field string, value any, remedy string) error {
	return fmt.Errorf("%w: %s is %v; %s", ErrOptions, field, value, remedy)
}

// fill checks the options and puts the defaults in, Sizes included.
func (o *Options) fill() error {
	if err := o.fillSizes(); err != nil {
		return err
	}
	switch {
	case o.MaxIdlePerTier < 0:
		return bad("MaxIdlePerTier", o.MaxIdlePerTier, "use 0 for the default or a positive number")
	case o.MaxIdlePerTier > LimitMaxIdlePerTier:
		return bad("MaxIdlePerTier", o.MaxIdlePerTier, fmt.Sprintf("use at most %d", LimitMaxIdlePerTier))
	case o.Shards < 0:
		return bad("Shards", o.Shards, "use 0 for GOMAXPROCS or a positive number")
	case o.Shards > LimitShards:
		return bad("Shards", o.Shards, fmt.Sprintf("use at most %d", LimitShards))
	case o.SampleHeld < 0:
		return bad("SampleHeld", o.SampleHeld, "use 0 for none, or n for one in n")
	case o.Check && o.NoCheck:
		return bad("NoCheck", true, "set Check or NoCheck, not both")
	}
	if want, short := duration.TooShort(o.MaxIdleTime, "0 for the default, or a negative one for no limit"); short {
		return bad("MaxIdleTime", o.MaxIdleTime, want)
	}
	o.fillCheck()
	if o.MaxRetainedBytes == 0 {
		o.MaxRetainedBytes = DefaultMaxRetainedBytes
	}
	return nil
}

func (o *Options) fillSizes() error {
	if o.Sizes != nil {
		return o.checkSizes()
	}
	if o.MinSize == 0 {
		o.MinSize = DefaultMinSize
	}
	if o.MaxSize == 0 {
		o.MaxSize = DefaultMaxSize
	}
	for _, f := range []struct {
		name string
		size int
	}{{"MinSize", o.MinSize}, {"MaxSize", o.MaxSize}} {
		if f.size < 1 || f.size > LimitSize || f.size&(f.size-1) != 0 {
			return bad(f.name, f.size, fmt.Sprintf("use 0 for the default or a power of two up to %d", LimitSize))
		}
	}
	if o.MinSize > o.MaxSize {
		return bad("MinSize", o.MinSize, fmt.Sprintf("use at most MaxSize, which is %d, or raise that", o.MaxSize))
	}
	for size := o.MinSize; size <= o.MaxSize; size *= 2 {
		o.Sizes = append(o.Sizes, size)
	}
	return nil
}

func (o *Options) checkSizes() error {
	if o.MinSize != 0 || o.MaxSize != 0 {
		return bad("Sizes", o.Sizes, "leave MinSize and MaxSize 0 with it, or leave it nil")
	}
	if len(o.Sizes) == 0 || len(o.Sizes) > LimitTiers {
		return bad("Sizes", o.Sizes, fmt.Sprintf("use nil for powers of two or 1 to %d sizes", LimitTiers))
	}
	for i, size := range o.Sizes {
		switch {
		case size < 1 || size > LimitSize:
			return bad(fmt.Sprintf("Sizes[%d]", i), size, fmt.Sprintf("use 1 to %d", LimitSize))
		case i > 0 && size <= o.Sizes[i-1]:
			return bad(fmt.Sprintf("Sizes[%d]", i), size, fmt.Sprintf("use more than the size before, which is %d", o.Sizes[i-1]))
		}
	}
	o.Sizes = append([]int(nil), o.Sizes...)
	return nil
}

// maxIdle is the bound on the idle buffers of one tier. More than MaxRetainedBytes
// has room for would be without effect.
func (o *Options) maxIdle(size int) int {
	n := o.MaxIdlePerTier
	if n == 0 {
		n = max(4, min(DefaultMaxIdlePerP*runtime.GOMAXPROCS(0), DefaultMaxIdleBytesPerTier/size, LimitMaxIdlePerTier))
	}
	if o.MaxRetainedBytes >= 0 {
		n = int(min(int64(n), o.MaxRetainedBytes/int64(size)))
	}
	return n
}

// pool returns the options of a tier's pool that do not depend on its size.
func (o *Options) pool() pool.Options[*byte] {
	return pool.Options[*byte]{MaxIdleTime: o.MaxIdleTime, Shards: o.Shards, Check: o.Check, OnMisuse: o.OnMisuse, SampleHeld: o.SampleHeld}
}
