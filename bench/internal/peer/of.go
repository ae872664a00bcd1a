package peer

import (
	"runtime"
	"sync/atomic"

	"github.com/plungepool/plunge/pool"
)

// Of is a pool of objects of any type, for workloads whose operations take long
// enough that the call through this interface does not matter: its 2 ns are the
// same for every peer. T is a pointer, which is what every peer recommends.
type Of[T any] interface {
	Get() Held[T]
	Put(Held[T])
}

// Held is an object in use, with what the peer needs to take it back.
type Held[T any] struct {
	V      T
	ticket any
}

// OfOptions are what a pool of T is made with. Made counts the objects made.
type OfOptions[T any] struct {
	New        func() T
	Reset      func(T) // on Put; nil: none
	MaxIdle    int
	Shards     int
	LocalCache int
	Made       *atomic.Int64
}

// make makes an object.
func (o OfOptions[T]) make() T {
	o.Made.Add(1)
	return o.New()
}

// reset resets an object, in the peers that do not do so themselves.
func (o OfOptions[T]) reset(v T) {
	if o.Reset != nil {
		o.Reset(v)
	}
}

// bound is the bound of the peers that have one.
func (o OfOptions[T]) bound() int { return Options{MaxIdle: o.MaxIdle}.bound() }

// outstanding is the most objects that a workload holds at a time: what a peer
// needs on top of its bound that counts objects in use, too.
func outstanding() int { return Crowd*runtime.GOMAXPROCS(0) + 8*MaxBurst }

// Large is a value of 128 bytes, pooled by value where the peer can.
type Large struct{ words [16]uint64 }

// touch is the use made of a value.
func (l *Large) touch() { l.words[0]++ }

// large makes a Large.
func (o Options) large() Large {
	o.Made.Add(1)
	return Large{}
}

// plungeOptions are the options of plunge for any T.
func plungeOptions[T any](o OfOptions[T]) pool.Options[T] {
	return with(o.make, o.Reset, Options{MaxIdle: o.MaxIdle, Shards: o.Shards, LocalCache: o.LocalCache})
}

// with is plunge's options of o, with these hooks.
func with[T any](create func() T, reset func(T), o Options) pool.Options[T] {
	return pool.Options[T]{New: create, Reset: reset, MaxIdle: o.MaxIdle, Shards: o.Shards, LocalCache: o.LocalCache}
}
