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

	// Record, if not nil, gets the recording of a workload of one pool. That pool is plunge, whatever the peer.
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

// Add returns the sum of both.
func (s Sample) Add(o Sample) Sample {
	return Sample{s.Ops + o.Ops, s.Elapsed + o.Elapsed, s.Made + o.Made}
}

// PerOp returns the wall time per operation in ns.
func (s Sample) PerOp() float64 { return float64(s.Elapsed.Nanoseconds()) / float64(s.Ops) }

// MadePer1000 returns the objects created in 1,000 operations.
func (s Sample) MadePer1000() float64 { return 1000 * float64(s.Made) / float64(s.Ops) }

// Loop does at least n operations and returns how many it did.
type Loop = func(n int) int

// Instance is a peer created for a case.
type Instance struct {
	// Run does at least n operations and measures them.
	Run func(n int) Sample

	// Step does the operations of Run on the calling goroutine without measuring them, as few as it can. Latencies
	// are measured with it. It is nil if an operation needs more than one goroutine. Workers goroutines may call it
	// at the same time, as they do in Run.
	Step    Loop
	Workers int

	// Counted says that samples count the objects created.
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
	Size     int    // objects held at a time, slots of a queue, Ps, bytes or writes; 1 if there is no size
	About    string // what is done
	Like     string // what in real programs it resembles
	Family   string // of the Go benchmark: Pool, Bytes, Queue or Buffers
	Impls    []Impl // the subject first
	Bars     []Bar
	Procs    int  // GOMAXPROCS for this case; 0: as it is
	Heap     int  // bytes that the program has beside the peers
	Large    bool // many pools or sizes: a short sample would find most of them cold
	Long     bool // goroutines wait for each other: the samples must be longer
	Made     bool // objects created are reported
	Sweep    bool // uses several goroutines: measured over GOMAXPROCS, too
}

// Name returns the workload, and the size if it has one. -workload is matched with this name.
func (c Case) Name() string {
	if c.Size == 1 {
		return c.Workload
	}
	return fmt.Sprintf("%s/%d", c.Workload, c.Size)
}

// AllCores returns the number of cores, at most GOMAXPROCS.
func AllCores() int { return min(runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// touched is how much memory is touched for a case with a heap, as a multiple of that heap. It is twice the most
// that the heap takes, because free memory is fragmented.
const touched = 4

// touch allocates so many bytes, in small pieces, and writes to each page of them. So later allocations get memory
// that the kernel has given already. Otherwise page faults, of memory that was unused for a while, would be most of
// the cost of a miss, and more in some collection cycles than in others.
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

// Enter sets the case's GOMAXPROCS and allocates its heap. It returns a function that undoes both.
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
