// Command program has hooks of every kind that are hot and have a name, as in a server.
// Command pgo builds it with its own profile: then the compiler wants such hooks inlined wherever they are called.
//
//	program -profile file    run for a while and write a profile
//	program                  run for a while
//
// It exits with 3 when it hangs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plungepool/plunge/buffers"
	"github.com/plungepool/plunge/pool"
)

func main() {
	profile := flag.String("profile", "", "the `file` to write a CPU profile to")
	each := flag.Duration("time", 200*time.Millisecond, "how long each load runs")
	flag.Parse()
	if err := run(*profile, *each); err != nil {
		fmt.Fprintln(os.Stderr, "program:", err)
		os.Exit(1)
	}
}

func run(profile string, each time.Duration) (err error) {
	runtime.GOMAXPROCS(2)
	if profile != "" {
		f, err := os.Create(profile)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return err
		}
		defer pprof.StopCPUProfile()
	}
	for _, l := range []struct {
		name string
		run  func(end time.Time)
	}{
		{"requests", loadOf(requests)},
		{"frames", loadOf(frames)},
		{"items", loadOf(items)},
		{"blocks", loadOf(blocks)},
		{"buffers", loadBuffers},
		{"waiting", waiting},
	} {
		done := make(chan struct{})
		go func() {
			defer close(done)
			l.run(time.Now().Add(each))
		}()
		select {
		case <-done:
		case <-time.After(each + 20*time.Second):
			fmt.Fprintf(os.Stderr, "program: the load %q hangs\n", l.name)
			os.Exit(3)
		}
	}
	return nil
}

// loadOf returns a load of every way to acquire and release, by two goroutines. Now and then 24 objects are in
// use: more than some pools keep, so New and Destroy are hot, too.
func loadOf[T any](p *pool.Pool[T]) func(end time.Time) {
	return func(end time.Time) {
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				vs := make([]T, 12)
				for time.Now().Before(end) {
					for range 200 {
						v := p.Acquire()
						p.Release(v)
						if v, ok := p.TryAcquire(); ok {
							p.Release(v)
						}
					}
					p.AcquireN(vs)
					p.ReleaseN(vs)
					for i := range vs {
						vs[i] = p.Acquire()
					}
					for _, v := range vs {
						p.Release(v)
					}
				}
			})
		}
		wg.Wait()
		p.Clear()
	}
}

func loadBuffers(end time.Time) {
	p := buffers.Must(buffers.New(buffers.Options{}))
	defer p.Close()
	for i := 0; time.Now().Before(end); i++ {
		for n := range 100 {
			p.Release(p.Acquire(1 + (i*31+n*17)%5000))
		}
	}
}

// shared is waited for by a Reset until a goroutine on the other P lets go of it.
type shared struct {
	busy atomic.Int32
	n    [64]uint64
}

// resetShared waits without yielding. If it cannot be preempted, and stopping the world has
// begun, the goroutine that it waits for never runs.
func resetShared(s *shared) {
	for s.busy.Load() != 0 {
	}
	for i := range s.n {
		s.n[i]++
	}
}

// waiting is the load of a pool whose Reset waits, while the garbage collector stops the world.
func waiting(end time.Time) {
	p := pool.Must(pool.New(pool.Options[*shared]{New: func() *shared { return new(shared) }, Reset: resetShared}))
	writes, stop := make(chan *shared, 1), make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for s := range writes {
			x := uint64(0)
			for i := range uint64(20000) {
				x += i
			}
			s.n[0] += x
			s.busy.Store(0)
		}
	})
	wg.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				runtime.GC()
				time.Sleep(time.Millisecond)
			}
		}
	})
	for time.Now().Before(end) {
		s := p.Acquire()
		s.busy.Store(1)
		writes <- s
		p.Release(s)
	}
	close(writes)
	close(stop)
	wg.Wait()
}
