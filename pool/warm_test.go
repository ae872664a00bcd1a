package pool_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

func TestWarm(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		setProcs(t, 1)
		var l ledger
		o := l.options()
		o.LocalCache, o.MinIdle = localCache, 8
		p := newPool(t, o)
		steps := []struct {
			name         string
			do           func()
			warmed, idle int
		}{
			{"after New", func() {}, 0, 8},
			{"after Acquire", func() { acquire(p, 3) }, 3, 8},
			{"with more than MinIdle", func() { fill(p, 12) }, 0, 12},
			{"after Clear", func() { p.Clear() }, 8, 8},
			{"after Prune", func() { p.Prune(0) }, 0, 8},
			{"after all were acquired", func() { acquire(p, 9) }, 8, 8},
		}
		for _, step := range steps {
			step.do()
			if got := p.Warm(); got != step.warmed || p.Len() != step.idle {
				t.Errorf("LocalCache %d: Warm %s: got %d and %d idle, want %d and %d",
					localCache, step.name, got, p.Len(), step.warmed, step.idle)
			}
			l.check(t, p, int(p.Stats().InUse))
		}
		if got := p.Stats(); got.InUse != 12 || got.Warmed != 27 {
			t.Errorf("Stats: got %+v, want 12 in use and 8 + 19 warmed", plain(got))
		}
		l.check(t, p, 12)
	}
}

func TestWarmWithoutMinIdle(t *testing.T) {
	var l ledger
	p := newPool(t, l.options())
	if got := p.Warm(); got != 0 || len(l.items) != 0 {
		t.Errorf("Warm: got %d and %d made, want 0", got, len(l.items))
	}
}

func TestWarmToTheBrim(t *testing.T) {
	setProcs(t, 1)
	for _, localCache := range []int{-1, 0, 2} {
		var l ledger
		o := l.options()
		o.LocalCache, o.MinIdle, o.MaxIdle = localCache, 100, 100
		p := newPool(t, o)
		if got := p.Stats(); got.Idle != 100 || got.Warmed != 100 || got.Discarded.Total() != 0 {
			t.Errorf("LocalCache %d: Stats: got %+v, want 100 idle, 100 warmed, none discarded", localCache, plain(got))
		}
		l.check(t, p, 0)
	}
}

func TestWarmAfterClose(t *testing.T) {
	var l ledger
	o := l.options()
	o.MinIdle = 4
	p := newPool(t, o)
	p.Close()
	if got := p.Warm(); got != 0 || p.Len() != 0 {
		t.Errorf("Warm after Close: got %d and %d idle, want 0 and 0", got, p.Len())
	}
	if got := p.Stats(); got.Warmed != 4 {
		t.Errorf("Warm after Close: got %d warmed, want the 4 of before: what it made would only be destroyed", got.Warmed)
	}
	l.check(t, p, 0)
}

func TestWarmConcurrently(t *testing.T) {
	for _, localCache := range []int{-1, 0} {
		var l ledger
		o := l.options()
		o.LocalCache, o.MinIdle = localCache, 40
		p := newPool(t, o)
		for range 20 {
			p.Clear()
			var made atomic.Int64
			var wg sync.WaitGroup
			start := make(chan struct{})
			for range 8 {
				wg.Go(func() {
					<-start
					made.Add(int64(p.Warm()))
				})
			}
			close(start)
			wg.Wait()
			if got := p.Len(); got != 40 || made.Load() != 40 {
				t.Fatalf("LocalCache %d: 8 Warms at once: got %d made and %d idle, want 40 and 40", localCache, made.Load(), got)
			}
		}
		l.check(t, p, 0)
	}
}

// TestWarmEnds checks that Warm gives up if objects leave the pool as fast as it creates them. Here New itself
// drops them.
func TestWarmEnds(t *testing.T) {
	var l ledger
	var p *pool.Pool[*item]
	o := l.options()
	o.MinIdle = 4
	const enough = 1000
	o.New = func() *item {
		if len(l.items) == enough {
			panic("Warm does not end")
		}
		if p != nil {
			p.Clear()
		}
		return l.make()
	}
	p = newPool(t, o)
	p.Clear()
	within(t, 10*time.Second, func() {
		if how, value := outcome(func() { p.Warm() }); how != "returned" {
			t.Errorf("Warm with a New that clears the pool: %s with %v after %d calls of New, want it to return", how, value, enough)
		}
	})
	l.check(t, p, 0)
}
