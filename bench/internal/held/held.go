// Package held counts the objects that pools create for loads whose peak in use is known: goroutines that take an
// object, wait or work, and give it back. Objects beyond the peak lie idle where nobody finds them. The counts are
// exact, on any machine.
package held

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"text/tabwriter"
	"time"

	"github.com/plungepool/plunge/bench/internal/measure"
	"github.com/plungepool/plunge/bench/internal/peer"
)

// Name is what -workload matches.
const Name = "held"

// Load is goroutines that each hold one object at a time.
type Load struct {
	Procs      int           // GOMAXPROCS
	Goroutines int           //
	Hold       time.Duration // the longest hold and pause; under 1 µs they spin for this time, without a pause
	Fresh      bool          // each use is on a new goroutine
}

// Loads are the loads of the table, such as a server's handlers that call a backend. They differ in the number of
// Ps and goroutines, and in how long an object is held.
var Loads = []Load{
	{Procs: 2, Goroutines: 8, Hold: time.Millisecond},
	{Procs: 8, Goroutines: 16, Hold: time.Millisecond},
	{Procs: 32, Goroutines: 1, Hold: time.Millisecond, Fresh: true},
	{Procs: 32, Goroutines: 16, Hold: time.Millisecond},
	{Procs: 64, Goroutines: 256, Hold: time.Millisecond},
	{Procs: 8, Goroutines: 16, Hold: 10 * time.Microsecond},
	{Procs: 8, Goroutines: 16, Hold: 100 * time.Microsecond},
	{Procs: 8, Goroutines: 16, Hold: 10 * time.Millisecond},
	{Procs: 2, Goroutines: 2, Hold: 300 * time.Nanosecond},
}

// peers are the peers in the table. plunge is the first.
var peers = map[string]bool{"plunge": true, "sync.Pool": true, "syncx.Pool": true, "puddle": true, "channel": true}

// object is what is held: 1 KiB.
type object [1024]byte

// Row is what one peer did under a load.
type Row struct {
	Load     Load
	Peer     string
	Peak     int   // objects in use at a time, at most
	Created  int   //
	Idle     int   // after two collections: how many Gets create nothing
	Retained int64 // by the peer in bytes, after two collections
}

// Planned is how long Run takes with this each.
func Planned(each time.Duration) time.Duration {
	return time.Duration(len(Loads)*len(peers)) * (each + 20*time.Millisecond)
}

// Run puts each peer under each load, for the time each.
func Run(ctx context.Context, each time.Duration, o peer.Options) []Row {
	var rows []Row
	for _, l := range Loads {
		before := runtime.GOMAXPROCS(l.Procs)
		for _, e := range peer.Ofs[*object]() {
			if peers[e.Name] && ctx.Err() == nil {
				rows = append(rows, l.run(each, e, o))
			}
		}
		runtime.GOMAXPROCS(before)
	}
	return rows
}

// run puts a peer under the load.
func (l Load) run(each time.Duration, e peer.OfEntry[*object], o peer.Options) Row {
	base := measure.Live()
	var made atomic.Int64
	o.Made = &made
	p := e.New(peer.OfOptions[*object]{Options: o, New: func() *object { return new(object) }})
	var inUse, peak atomic.Int64
	use := func() {
		n := inUse.Add(1)
		for old := peak.Load(); n > old && !peak.CompareAndSwap(old, n); old = peak.Load() {
		}
		x := p.Get()
		l.pass()
		p.Put(x)
		inUse.Add(-1)
	}
	end := time.Now().Add(each)
	var wg sync.WaitGroup
	for range l.Goroutines {
		wg.Go(func() {
			for time.Now().Before(end) {
				if l.Fresh {
					done := make(chan struct{})
					go func() { use(); close(done) }()
					<-done
				} else {
					use()
				}
				if l.Hold >= time.Microsecond {
					l.pass()
				}
			}
		})
	}
	wg.Wait()
	r := Row{Load: l, Peer: e.Name, Peak: int(peak.Load()), Created: int(made.Load())}
	r.Retained = max(measure.Live()-base, 0)
	var taken []peer.Held[*object]
	for n := made.Load(); ; r.Idle++ {
		if taken = append(taken, p.Get()); made.Load() != n {
			break
		}
	}
	for _, x := range taken {
		p.Put(x)
	}
	runtime.KeepAlive(p)
	return r
}

// pass is what is done with an object in use, or without one.
func (l Load) pass() {
	if l.Hold >= time.Microsecond {
		time.Sleep(rand.N(l.Hold))
		return
	}
	for start := time.Now(); time.Since(start) < l.Hold; {
	}
}

// Bar is the most objects that plunge may create for a peak.
func Bar(peak int) float64 { return 1.1*float64(peak) + 1 }

// String names the load.
func (l Load) String() string {
	s := fmt.Sprintf("%d goroutines on %d Ps, held for up to %v", l.Goroutines, l.Procs, l.Hold)
	if l.Hold < time.Microsecond {
		s = fmt.Sprintf("%d goroutines on %d Ps, held for %v, no pause", l.Goroutines, l.Procs, l.Hold)
	}
	if l.Fresh {
		s += ", a new goroutine for each"
	}
	return s
}

// Write prints the rows as a table, and whether plunge met its bar.
func Write(w io.Writer, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\nheld: objects of 1 KiB created for a load whose peak in use is known; idle and retained afterwards")
	fmt.Fprintln(w, "      (limit for plunge: 1.1 times the peak, plus 1)")
	fmt.Fprintln(t, "load\tpeer\tpeak in use\tcreated\tidle\tretained KiB\t\t")
	for _, r := range rows {
		verdict := ""
		if r.Peer == "plunge" {
			verdict = "ok"
			if float64(r.Created) > Bar(r.Peak) {
				verdict = "MISSED"
			}
		}
		fmt.Fprintf(t, "%v\t%s\t%d\t%d\t%d\t%d\t%s\t\n", r.Load, r.Peer, r.Peak, r.Created, r.Idle, r.Retained>>10, verdict)
	}
	return t.Flush()
}
