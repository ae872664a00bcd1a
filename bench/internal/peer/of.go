package peer

import (
	"runtime"

	"github.com/plungepool/plunge/pool"
)

// Of is a pool of objects of any type. It is for workloads with long operations: a call through this interface
// takes 2 ns, which do not matter there and are the same for every peer. T is a pointer, as every peer recommends.
type Of[T any] interface {
	Get() Held[T]
	Put(Held[T])
}

// Held is an object in use, and what the peer needs to take it back.
type Held[T any] struct {
	V      T
	ticket any
}

// OfOptions are the options of a pool of T.
type OfOptions[T any] struct {
	Options
	New   func() T
	Reset func(T) // on Put; nil: none
}

// make makes an object.
func (o OfOptions[T]) make() T {
	o.Made.Add(1)
	return o.New()
}

// reset resets an object, for peers that do not do so themselves.
func (o OfOptions[T]) reset(v T) {
	if o.Reset != nil {
		o.Reset(v)
	}
}

// outstanding is the most objects that a workload holds at a time. A peer whose bound counts objects in use, too,
// needs so many more.
func outstanding() int { return Crowd*runtime.GOMAXPROCS(0) + 8*MaxBurst }

// Large is a value of 128 bytes, pooled by value if the peer can.
type Large struct{ words [16]uint64 }

// touch is the use of a value.
func (l *Large) touch() { l.words[0]++ }

// large makes a Large.
func (o Options) large() Large {
	o.Made.Add(1)
	return Large{}
}

// with returns plunge's options for o, with these hooks.
func with[T any](create func() T, reset func(T), o Options) pool.Options[T] {
	return pool.Options[T]{New: create, Reset: reset, MaxIdle: o.MaxIdle, Shards: o.Shards, LocalCache: o.LocalCache}
}
