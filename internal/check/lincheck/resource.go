package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/plungepool/plunge/pool/resource"
)

// limiter is what is tested: a pool of resources, which are numbers from 1.
type limiter interface {
	acquire(ctx context.Context) (id int, release func(), err error)
	try() (id int, release func(), ok bool)
	waiting() int
}

type makeLimiter func(n int) limiter

// realLimiter returns a resource.Pool whose resources have all been made.
func realLimiter(n int) limiter {
	var mu sync.Mutex
	made := 0
	p, err := resource.New(resource.Options[int]{Max: n, New: func(context.Context) (int, error) {
		mu.Lock()
		defer mu.Unlock()
		made++
		return made, nil
	}})
	if err != nil {
		panic(err)
	}
	held := make([]*resource.Handle[int], n)
	for i := range held {
		if held[i], err = p.Acquire(context.Background()); err != nil {
			panic(err)
		}
	}
	for _, h := range held {
		h.Release()
	}
	return resources{p}
}

type resources struct{ p *resource.Pool[int] }

func (r resources) acquire(ctx context.Context) (int, func(), error) {
	h, err := r.p.Acquire(ctx)
	if err != nil {
		return 0, nil, err
	}
	return h.Value(), h.Release, nil
}

func (r resources) try() (int, func(), bool) {
	h, ok := r.p.TryAcquire()
	if !ok {
		return 0, nil, false
	}
	return h.Value(), h.Release, true
}

func (r resources) waiting() int { return r.p.Stats().Waiting }

// loanVerb says what happened.
type loanVerb uint8

const (
	arrived   loanVerb = iota // an Acquire got its place in the order
	granted                   // and a resource
	left                      // or gave up
	tried                     // TryAcquire got a resource
	failedTry                 // or did not
	gave                      // Release
	counted                   // so many wait: without it nobody could tell when an Acquire has arrived
)

var loanNames = [...]string{"Acquire arrives", "Acquire gets", "Acquire leaves", "TryAcquire gets", "TryAcquire: none", "Release", "Waiting:"}

// loan is a part of a call, with its result. An Acquire is two: they take effect one after the other while it runs.
type loan struct {
	client    int
	call, ret int64
	verb      loanVerb
	id        int  // of the resource; how many wait
	loose     bool // the history has Acquires that gave up
}

func (l loan) String() string {
	if l.id == 0 {
		return loanNames[l.verb]
	}
	return fmt.Sprintf("%s #%d", loanNames[l.verb], l.id)
}

// playResource runs a history of a pool of resources.
func playResource(mk makeLimiter) func(seed uint64) played {
	return func(seed uint64) played {
		s, rnd := newShape(seed)
		n := 1 + rnd.IntN(3)
		loose, tries := rnd.IntN(3) == 0, rnd.IntN(2) == 0
		c := s.newClock()
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(s.procs))
		x := mk(n)
		per := make([][]loan, s.goroutines)
		s.together(func(id int, rnd *rand.Rand) {
			w := borrower{clock: c, limiter: x, id: id, rnd: rnd, loose: loose, tries: tries}
			for range s.calls {
				w.step()
			}
			per[id] = w.loans
		})
		var loans []loan
		for _, ls := range per {
			loans = append(loans, ls...)
		}
		return played{
			params:   fmt.Sprintf("%v, %d resources, gives up %v, TryAcquire %v, %T", s, n, loose, tries, x),
			calls:    len(loans),
			searches: []search{checkLoans(loans, n)},
		}
	}
}

// borrower is one goroutine's part of a history. It has one resource at a time.
type borrower struct {
	*clock
	limiter
	id           int
	rnd          *rand.Rand
	loose, tries bool
	loans        []loan
}

func (w *borrower) step() {
	pause(w.rnd)
	if w.tries && w.rnd.IntN(3) == 0 {
		call := w.now()
		id, release, ok := w.try()
		l := loan{client: w.id, call: call, ret: w.now(), verb: failedTry, loose: w.loose}
		if ok {
			l.verb, l.id = tried, id
		}
		w.loans = append(w.loans, l)
		if ok {
			w.release(id, release)
		}
		return
	}
	if w.rnd.IntN(2) == 0 {
		call := w.now()
		n := w.waiting()
		w.loans = append(w.loans, loan{client: w.id, call: call, ret: w.now(), verb: counted, id: n})
	}
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if w.loose && w.rnd.IntN(2) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(w.rnd.IntN(20))*time.Microsecond)
	}
	defer cancel()
	call := w.now()
	id, release, err := w.acquire(ctx)
	ret := w.now()
	end := loan{client: w.id, call: call, ret: ret, verb: granted, id: id}
	if err != nil {
		end.verb = left
	}
	w.loans = append(w.loans, loan{client: w.id, call: call, ret: ret, verb: arrived}, end)
	if err == nil {
		w.release(id, release)
	}
}

func (w *borrower) release(id int, release func()) {
	pause(w.rnd)
	call := w.now()
	release()
	w.loans = append(w.loans, loan{client: w.id, call: call, ret: w.now(), verb: gave, id: id})
}
