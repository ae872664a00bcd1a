// Command racy uses a pool under the race detector, by the rules and against
// them: see race_test.go.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"

	"github.com/plungepool/plunge/pool"
)

type object struct{ n int }

func newPool(localCache int) *pool.Pool[*object] {
	return pool.Must(pool.New(pool.Options[*object]{
		New:        func() *object { return new(object) },
		LocalCache: localCache,
	}))
}

func main() {
	programs := map[string]func(){
		"touch":        func() { touch(newPool(0)) },
		"touch-shared": func() { touch(newPool(-1)) },
		"batch":        func() { batch(newPool(0)) },
		"lease":        func() { lease(newPool(0)) },
		"clean":        func() { clean(newPool(0)) },
		"clean-shared": func() { clean(newPool(-1)) },
	}
	programs[os.Args[1]]()
	fmt.Println("done")
}

// elsewhere has another goroutine acquire what is idle and write to it.
func elsewhere(p *pool.Pool[*object]) (done chan struct{}) {
	done = make(chan struct{})
	go func() {
		defer close(done)
		v := p.Acquire()
		v.n++
		p.Release(v)
	}()
	return done
}

// touch writes to an object after releasing it.
func touch(p *pool.Pool[*object]) {
	runtime.GOMAXPROCS(1) // the other goroutine gets this object for sure
	v := p.Acquire()
	p.Release(v)
	done := elsewhere(p)
	v.n++ // the bug
	<-done
}

// batch does so after ReleaseN.
func batch(p *pool.Pool[*object]) {
	runtime.GOMAXPROCS(1)
	vs := make([]*object, 1)
	p.AcquireN(vs)
	p.ReleaseN(vs)
	done := elsewhere(p)
	vs[0].n++ // the bug
	<-done
}

// lease reads through a pointer that outlives the lease.
func lease(p *pool.Pool[*object]) {
	runtime.GOMAXPROCS(1)
	l := p.Borrow()
	v := l.Value()
	l.Release()
	done := elsewhere(p)
	fmt.Println(v.n) // the bug
	<-done
}

// clean uses everything by the rules.
func clean(p *pool.Pool[*object]) {
	runtime.GOMAXPROCS(4)
	var wg sync.WaitGroup
	for g := range 6 {
		wg.Go(func() {
			vs := make([]*object, 10)
			for i := range 300 {
				v := p.Acquire()
				v.n++
				p.Release(v)
				p.AcquireN(vs)
				for _, v := range vs {
					v.n++
				}
				p.ReleaseN(vs)
				if i%50 == g {
					p.Clear()
					p.Stats()
					p.Prune(0)
				}
			}
		})
	}
	wg.Wait()
	p.Close()
}
