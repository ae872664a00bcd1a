package main

import (
	stdlist "container/list"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/jackc/puddle/v2"

	"github.com/plungepool/plunge/pool/resource"
)

// BenchmarkResource compares package resource with other pools of a limited number of resources. Each iteration is
// a round in which all pools take turns in a random order, so use -benchtime=21x or so. It reports medians of the
// ratios of a round: plunge's time per operation over the peer's, and plunge's throughput over the peer's.
func BenchmarkResource(b *testing.B) {
	procs := runtime.GOMAXPROCS(0)
	for _, w := range []struct {
		name       string
		goroutines int
		resources  int
		ops        int // of each goroutine
		hold       time.Duration
	}{
		{"pair", 1, 8, 100_000, 0},
		{"procs", procs, procs, 100_000, 0},
		{"crowd", 64, 8, 400, 10 * time.Microsecond},
		{"crowd-0", 64, 8, 2000, 0},
	} {
		b.Run(w.name, func(b *testing.B) {
			peers := resourcePeers(b, w.resources)
			ratios := map[string][]float64{}
			var ns []float64
			for range b.N {
				took := map[string]float64{}
				for _, i := range rand.Perm(len(peers)) {
					took[peers[i].name] = float64(crowd(w.goroutines, w.ops, w.hold, peers[i].use))
				}
				for name, d := range took {
					if name != "plunge" {
						ratios[name] = append(ratios[name], took["plunge"]/d)
					}
				}
				ns = append(ns, took["plunge"]/float64(w.ops*w.goroutines))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(medianOf(ns), "plunge-ns")
			for name, rs := range ratios {
				if w.hold > 0 {
					b.ReportMetric(1/medianOf(rs), "throughput/"+name)
				} else {
					b.ReportMetric(medianOf(rs), "time/"+name)
				}
			}
		})
	}
}

// BenchmarkResourceWaits runs 64 goroutines on 8 resources. Each goroutine holds a resource for 10 µs. It reports
// the median, the 99.9th percentile and the longest of 100,000 waits.
func BenchmarkResourceWaits(b *testing.B) {
	for _, peer := range resourcePeers(b, 8) {
		b.Run(peer.name, func(b *testing.B) {
			for range b.N {
				const goroutines, ops = 64, 100_000 / 64
				waits := make([][]time.Duration, goroutines)
				var wg sync.WaitGroup
				for g := range goroutines {
					wg.Go(func() {
						for range ops {
							begun := time.Now()
							peer.use(func() {
								waits[g] = append(waits[g], time.Since(begun))
								linger(10 * time.Microsecond)
							})
						}
					})
				}
				wg.Wait()
				all := slices.Concat(waits...)
				slices.Sort(all)
				b.ReportMetric(float64(all[len(all)/2]), "median-ns")
				b.ReportMetric(float64(all[len(all)*999/1000])/float64(all[len(all)/2]), "p99.9/median")
				b.ReportMetric(float64(all[len(all)-1])/float64(all[len(all)/2]), "longest/median")
			}
		})
	}
}

func medianOf(vs []float64) float64 {
	slices.Sort(vs)
	return vs[len(vs)/2]
}

// linger passes at least d as a goroutine that waits for a server: others run meanwhile. So all resources are held
// at the same time, and the other goroutines wait in the pool. If linger only spun, they would wait for its P.
func linger(d time.Duration) {
	for begun := time.Now(); time.Since(begun) < d; {
		runtime.Gosched()
	}
}

// crowd lets goroutines use a peer, and returns how long that took.
func crowd(goroutines, ops int, hold time.Duration, use func(func())) time.Duration {
	held := func() {}
	if hold > 0 {
		held = func() { linger(hold) }
	}
	var wg sync.WaitGroup
	begun := time.Now()
	for range goroutines {
		wg.Go(func() {
			for range ops {
				use(held)
			}
		})
	}
	wg.Wait()
	return time.Since(begun)
}

// resourcePeer is one of those compared. use acquires, calls the function, and releases.
type resourcePeer struct {
	name string
	use  func(func())
}

func resourcePeers(tb testing.TB, n int) []resourcePeer {
	ctx, cancel := context.WithCancel(context.Background())
	tb.Cleanup(cancel)
	ours, err := resource.New(resource.Options[*int]{Max: n, New: func(context.Context) (*int, error) { return new(int), nil }})
	if err != nil {
		tb.Fatal(err)
	}
	theirs, err := puddle.NewPool(&puddle.Config[*int]{
		MaxSize:     int32(n),
		Constructor: func(context.Context) (*int, error) { return new(int), nil },
		Destructor:  func(*int) {},
	})
	if err != nil {
		tb.Fatal(err)
	}
	ch := make(chan *int, n)
	for range n {
		ch <- new(int)
	}
	least := &mutexList{max: n}
	db := sql.OpenDB(nullDriver{})
	tb.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	peers := []resourcePeer{
		{"database/sql", func(held func()) {
			c, err := db.Conn(ctx)
			if err != nil {
				panic(err)
			}
			held()
			c.Close()
		}},
		{"plunge", func(held func()) {
			h, err := ours.Acquire(ctx)
			if err != nil {
				panic(err)
			}
			*h.Value()++
			held()
			h.Release()
		}},
		{"puddle", func(held func()) {
			h, err := theirs.Acquire(ctx)
			if err != nil {
				panic(err)
			}
			*h.Value()++
			held()
			h.Release()
		}},
		{"mutex-list", func(held func()) {
			v, err := least.acquire(ctx)
			if err != nil {
				panic(err)
			}
			*v++
			held()
			least.release(v)
		}},
		{"channel", func(held func()) {
			select {
			case v := <-ch:
				*v++
				held()
				ch <- v
			case <-ctx.Done():
				panic(ctx.Err())
			}
		}},
		{"channel-bare", func(held func()) {
			v := <-ch
			*v++
			held()
			ch <- v
		}},
	}
	for range 2 * n { // so that all are created
		for _, p := range peers {
			crowd(n, 2, time.Microsecond, p.use)
		}
	}
	return peers
}

// nullDriver is a driver of database/sql whose connections do nothing.
type nullDriver struct{}

func (nullDriver) Connect(context.Context) (driver.Conn, error) { return nullConn{}, nil }
func (nullDriver) Driver() driver.Driver                        { return nil }

type nullConn struct{}

func (nullConn) Prepare(string) (driver.Stmt, error) { return nil, errors.ErrUnsupported }
func (nullConn) Close() error                        { return nil }
func (nullConn) Begin() (driver.Tx, error)           { return nil, errors.ErrUnsupported }

// mutexList is a minimal pool that works like database/sql's: a mutex, a stack of free resources, and a list of
// requests that are answered in order. It has no limits of age, no hooks and no statistics.
type mutexList struct {
	mu       sync.Mutex
	free     []*int
	open     int
	max      int
	requests stdlist.List
}

func (p *mutexList) acquire(ctx context.Context) (*int, error) {
	p.mu.Lock()
	if err := ctx.Err(); err != nil {
		p.mu.Unlock()
		return nil, err
	}
	if n := len(p.free); n > 0 {
		v := p.free[n-1]
		p.free = p.free[:n-1]
		p.mu.Unlock()
		return v, nil
	}
	if p.open < p.max {
		p.open++
		p.mu.Unlock()
		return new(int), nil
	}
	request := make(chan *int, 1)
	e := p.requests.PushBack(request)
	p.mu.Unlock()
	select {
	case v := <-request:
		return v, nil
	case <-ctx.Done():
		p.mu.Lock()
		p.requests.Remove(e)
		p.mu.Unlock()
		select {
		case v := <-request:
			p.release(v)
		default:
		}
		return nil, fmt.Errorf("mutex-list: %w", ctx.Err())
	}
}

func (p *mutexList) release(v *int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e := p.requests.Front(); e != nil {
		p.requests.Remove(e).(chan *int) <- v
		return
	}
	p.free = append(p.free, v)
}
