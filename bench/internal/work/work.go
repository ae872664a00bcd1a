package work

import (
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/bench/internal/peer"
)

// Env is what the command line sets for all cases. The zero Env is the default.
type Env struct {
	MaxIdle    int  // of every bounded peer; 0: plunge's default
	Shards     int  // of plunge
	LocalCache int  // of plunge
	Endowed    bool // Ps of plunge begin with the private memory that they would earn

	// Record is given the recording of a workload of one pool, which is of plunge
	// whatever the peer, while it is not nil.
	Record *peer.Recording `json:"-"`
}

// options are the options of a peer that counts what it makes in made.
func (e Env) options(made *atomic.Int64) peer.Options {
	return peer.Options{MaxIdle: e.MaxIdle, Shards: e.Shards, LocalCache: e.LocalCache, Endowed: e.Endowed, Made: made}
}

// Sample is one measurement.
type Sample struct {
	Ops     int           // acquisitions with their releases, by all goroutines
	Elapsed time.Duration // what is timed of them
	Made    int64         // objects created
}

// Add returns both as one.
func (s Sample) Add(o Sample) Sample {
	return Sample{s.Ops + o.Ops, s.Elapsed + o.Elapsed, s.Made + o.Made}
}

// PerOp returns the time of an operation in ns, by the wall clock.
func (s Sample) PerOp() float64 { return float64(s.Elapsed.Nanoseconds()) / float64(s.Ops) }

// MadePer1000 returns the objects created in 1,000 operations.
func (s Sample) MadePer1000() float64 { return 1000 * float64(s.Made) / float64(s.Ops) }

// Loop does at least n operations and returns how many it did.
type Loop = func(n int) int

// Instance is a peer made for a case.
type Instance struct {
	// Run does at least n operations and measures them.
	Run func(n int) Sample

	// Step does the operations of Run on the calling goroutine without measuring
	// them, as few as it can: what latencies are taken of. nil where an operation
	// is the work of more than one goroutine. Workers goroutines may step at a time,
	// and do so in Run.
	Step    Loop
	Workers int

	// Counted says that the samples have the objects made.
	Counted bool
}

// Impl is a peer in a case.
type Impl struct {
	Name string
	New  func(Env) Instance
}

// Bar is the project's bound on the ratio of the subject to a peer.
type Bar struct {
	Peer   string
	AtMost float64
}

// Case is a workload at a size.
type Case struct {
	Workload string
	Size     int    // objects held at a time, slots of a queue, Ps, bytes or writes; 1 where it says nothing
	About    string // what is done
	Like     string // what in real programs it resembles
	Family   string // of the Go benchmark: Pool, Bytes, Queue or Buffers
	Impls    []Impl // the subject first
	Bars     []Bar
	Procs    int  // GOMAXPROCS for this case; 0: as it is
	Heap     int  // bytes that the program has beside the peers
	Large    bool // so many pools or sizes that a short sample would find most of them cold
	Long     bool // goroutines wait for each other: the samples must be longer
	Made     bool // objects created are reported
	Sweep    bool // by more than one goroutine: measured over GOMAXPROCS, too
}

// Name returns the workload with the size where it has one: what -workload is
// matched with.
func (c Case) Name() string {
	if c.Size == 1 {
		return c.Workload
	}
	return fmt.Sprintf("%s/%d", c.Workload, c.Size)
}

// AllCores returns how many cores there are, or the GOMAXPROCS of them.
func AllCores() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// touched is how much memory is touched for a case with a heap, in heaps: one that has so much at its
// most, and the same again for what it is broken up into.
const touched = 4

// touch allocates so many bytes, in small pieces, and writes to each page of them. What is allocated soon after
// is of memory that the kernel has given already. Else most of what a miss costs, from one
// collection to the next or not, is page faults of memory that has not been in use for a while.
func touch(bytes int) {
	const piece, page = 32 << 10, 4 << 10
	pieces := make([][]byte, bytes/piece)
	for i := range pieces {
		pieces[i] = make([]byte, piece)
		for at := 0; at < piece; at += page {
			pieces[i][at] = 1
		}
	}
}

// Enter sets the case's GOMAXPROCS and makes its heap, and returns the function that
// undoes both.
func (c Case) Enter() (leave func()) {
	heap := make([]byte, c.Heap)
	touch(touched * c.Heap)
	if c.Procs == 0 {
		return func() { runtime.KeepAlive(heap) }
	}
	before := runtime.GOMAXPROCS(c.Procs)
	return func() {
		runtime.GOMAXPROCS(before)
		runtime.KeepAlive(heap)
	}
}
