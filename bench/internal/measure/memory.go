package measure

import (
	"context"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/plungepool/plunge/bench/internal/work"
)

// Metrics of a Result of [Memory].
var (
	Hits     = Metric{Unit: "hit-%", More: true, Mean: true}
	Allocs   = Metric{Unit: "allocs/kop", Mean: true}
	Retained = Metric{Unit: "retained-KiB"}
	GCCPU    = Metric{Unit: "GC-cpu-%", Mean: true}
)

const (
	// memoryTime is how long a peer runs in a round of Memory.
	memoryTime = 8 * time.Millisecond

	// memoryPlanned is memoryTime with the collections around it.
	memoryPlanned = memoryTime * 3 / 2

	warmUp = 1000 // operations before those counted
)

// MemoryPlanned returns about how long Memory takes.
func (o Options) MemoryPlanned(c work.Case) time.Duration {
	return time.Duration(len(c.Impls)*o.Rounds) * memoryPlanned
}

// Memory measures how many acquisitions found an object, how many objects were created, what the peer holds
// afterwards, and the collector's share of the CPU time. It runs each peer of c apart from the timed rounds,
// because its readings would disturb these. If a case does not count its objects, allocations stand for them.
//
// The memory held is the growth of the live heap from before the peer was created to after two collections: what a
// program that has become idle pays. The collector's share counts the collections that ended while the peer ran.
func Memory(ctx context.Context, c work.Case, o Options) Result {
	defer c.Enter()()
	r := newResult(c, "Memory")
	r.Kind = Kept
	r.Rounds = o.rounds(ctx, o.Rounds, len(c.Impls), func(i int) Point {
		p, counted := memory(ctx, c.Impls[i], o.Env)
		r.Metrics = memoryMetrics(counted)
		return p
	})
	return r
}

// memoryMetrics are the metrics. counted says whether the objects created are counted.
func memoryMetrics(counted bool) []Metric {
	if counted {
		return []Metric{Hits, Made, Retained, GCCPU}
	}
	return []Metric{Allocs, Retained, GCCPU}
}

// memory runs a new instance of a peer once.
func memory(ctx context.Context, im work.Impl, env work.Env) (p Point, counted bool) {
	before := Live()
	in := im.New(env)
	in.Run(warmUp)
	warm := readHeap()
	var all work.Sample
	var took time.Duration
	start := time.Now()
	for n := warmUp; ctx.Err() == nil; {
		one := time.Now()
		s := in.Run(n)
		all.Ops += s.Ops
		all.Made += s.Made
		now := time.Now()
		if took = now.Sub(start); took >= memoryTime {
			break
		}
		if now.Sub(one) < memoryTime/8 {
			n *= 2
		}
	}
	end := readHeap()
	held := max(Live()-before, 0)
	runtime.KeepAlive(in) // the memory of its pool is measured
	work.Forget()

	p.Iters = max(all.Ops, 1)
	ops := float64(p.Iters)
	if in.Counted {
		p.Values = append(p.Values, 100*(1-float64(all.Made)/ops), 1000*float64(all.Made)/ops)
	} else {
		p.Values = append(p.Values, 1000*float64(end.allocs-warm.allocs)/ops)
	}
	cpu := took.Seconds() * float64(runtime.GOMAXPROCS(0))
	p.Values = append(p.Values, float64(held)/1024, min(100*(end.gc-warm.gc)/cpu, 100))
	return p, in.Counted
}

// Live returns the reachable bytes of the heap. It needs two collections, because objects in a sync.Pool survive one.
func Live() int64 {
	runtime.GC()
	runtime.GC()
	return int64(readHeap().live)
}

// heap has the runtime's figures about the heap and the collector.
type heap struct {
	live, allocs uint64
	gc           float64 // seconds of CPU time, of the collections that have ended
}

func readHeap() heap {
	s := []metrics.Sample{
		{Name: "/memory/classes/heap/objects:bytes"},
		{Name: "/gc/heap/allocs:objects"},
		{Name: "/cpu/classes/gc/total:cpu-seconds"},
	}
	metrics.Read(s)
	return heap{live: s[0].Value.Uint64(), allocs: s[1].Value.Uint64(), gc: s[2].Value.Float64()}
}
