package peer

import (
	"runtime"
	"sync/atomic"

	"github.com/plungepool/plunge/pool"
)

const (
	// MaxBurst is the largest size of a burst and of a batch.
	MaxBurst = 256

	// QueueSize is the capacity of the queues.
	QueueSize = 1024

	// Crowd is the number of goroutines per P in workloads with many.
	Crowd = 64

	// yieldEvery is the number of operations between two yields in Yielding.
	yieldEvery = 8

	// spins is how many times a Try call may fail before the goroutine yields. A Try call can fail although the
	// queue is neither full nor empty. Then the goroutine to wait for may not be running.
	spins = 64
)

// Object is 64 bytes. The pools hold pointers to it.
type Object struct{ words [8]uint64 }

// wipe is the reset of the workload reset.
func (o *Object) wipe() { *o = Object{} }

// touch is the use of an object, in workloads that use it.
func (o *Object) touch() { o.words[0]++ }

// Options are the options of a peer. Peers other than plunge use only MaxIdle, or none.
type Options struct {
	MaxIdle    int // 0: plunge's default, for the bounded peers too
	Shards     int
	LocalCache int

	// Reset gives plunge a Reset hook that wipes objects. Without it plunge's putReset does not wipe.
	Reset bool

	// Endowed gives the Ps of plunge at once the private memory that they would earn.
	Endowed bool

	// Made counts the objects that the peer makes.
	Made *atomic.Int64
}

// object makes an Object.
func (o Options) object() *Object {
	o.Made.Add(1)
	return new(Object)
}

// bytes makes a byte slice.
func (o Options) bytes() []byte {
	o.Made.Add(1)
	return make([]byte, 0, 64)
}

// bound is the bound of the peers that have one.
func (o Options) bound() int {
	if o.MaxIdle > 0 {
		return o.MaxIdle
	}
	return pool.DefaultMaxIdlePerP * runtime.GOMAXPROCS(0)
}

// Pool is a pool of *Object under test. Each method is a loop of operations and returns how many it did. An
// operation is one acquisition with its release. There is only one call through this interface per sample.
type Pool interface {
	// Pair acquires and releases n times.
	Pair(n int) int

	// PairReset is Pair with every object wiped on its release.
	PairReset(n int) int

	// Scoped calls n times a function that releases by defer.
	Scoped(n int) int

	// Burst takes size objects, then gives them back, until it has taken n.
	Burst(n, size int) int

	// Batch is Burst by calls for many objects, if the peer has them.
	Batch(n, size int) int

	// Yielding is Pair, with a runtime.Gosched now and then while it holds an object.
	Yielding(n int) int

	// Produce takes slices from empty, fills them with objects, and sends them to full.
	Produce(slices int, empty <-chan []*Object, full chan<- []*Object) int

	// Consume takes as many slices from full, releases their objects, and sends them to empty.
	Consume(slices int, full <-chan []*Object, empty chan<- []*Object)
}

// Bytes is a pool under test, of byte slices or of values of 128 bytes.
type Bytes interface {
	// Pair acquires, uses and releases, n times.
	Pair(n int) int
}

// Queue is a bounded queue under test.
type Queue interface {
	// PushPop pushes an element and pops one, n times.
	PushPop(n int) int
}

// Entry is a peer in the registry.
type Entry[T any] struct {
	Name string
	New  func(Options) T
}

// OfEntry is a peer in the registry of pools of T.
type OfEntry[T any] struct {
	Name string
	New  func(OfOptions[T]) Of[T]
}
