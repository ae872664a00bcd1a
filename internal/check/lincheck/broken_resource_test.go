package main

import (
	"context"
	"runtime"
	"slices"
	"sync"
)

// slowLimiter is a pool of resources in the plainest way, under one mutex, with a fault.
type slowLimiter struct {
	fault   fault
	mu      sync.Mutex
	free    []int
	waiters []chan int
	n       int
}

func slowLimiters(f fault) makeLimiter {
	return func(n int) limiter {
		l := &slowLimiter{fault: f, n: n}
		for i := range n {
			l.free = append(l.free, i+1)
		}
		return l
	}
}

func (l *slowLimiter) take() (int, bool) {
	if len(l.free) == 0 {
		return 0, false
	}
	id := l.free[0]
	switch l.fault {
	case "lends twice":
		l.fault = ""
	case "one too many":
		l.n++
		l.fault = ""
		return l.n, true
	default:
		l.free = l.free[1:]
	}
	return id, true
}

func (l *slowLimiter) acquire(ctx context.Context) (int, func(), error) {
	l.mu.Lock()
	if len(l.waiters) == 0 || l.fault == "barges" {
		if id, ok := l.take(); ok {
			l.mu.Unlock()
			return id, func() { l.release(id) }, nil
		}
	}
	w := make(chan int, 1)
	l.waiters = append(l.waiters, w)
	l.mu.Unlock()
	select {
	case id := <-w:
		return id, func() { l.release(id) }, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if i := slices.Index(l.waiters, w); i >= 0 {
		l.waiters = slices.Delete(l.waiters, i, i+1)
	} else {
		l.pass(<-w)
	}
	return 0, nil, ctx.Err()
}

func (l *slowLimiter) try() (int, func(), bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fault == "misses what is there" && len(l.free) == 1 {
		return 0, nil, false
	}
	id, ok := l.take()
	return id, func() { l.release(id) }, ok
}

func (l *slowLimiter) waiting() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.waiters)
}

func (l *slowLimiter) release(id int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pass(id)
}

func (l *slowLimiter) pass(id int) {
	if len(l.waiters) == 0 || l.fault == "barges" && len(l.free) == 0 && l.late() {
		l.free = append(l.free, id)
		return
	}
	i := 0
	if l.fault == "last come, first served" {
		i = len(l.waiters) - 1
	}
	w := l.waiters[i]
	l.waiters = slices.Delete(l.waiters, i, i+1)
	w <- id
}

// late has the waiters served a moment later.
func (l *slowLimiter) late() bool {
	go func() {
		runtime.Gosched()
		l.mu.Lock()
		defer l.mu.Unlock()
		for len(l.waiters) > 0 && len(l.free) > 0 {
			w := l.waiters[0]
			l.waiters = l.waiters[1:]
			w <- l.free[0]
			l.free = l.free[1:]
		}
	}()
	return true
}
