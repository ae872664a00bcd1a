package pool_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/plungepool/plunge/pool"
)

// reentrant is a pool whose hook with the given name makes a call on the pool.
type reentrant struct {
	ledger
	p      *pool.Pool[*item]
	hook   string
	call   func(p *pool.Pool[*item])
	inside atomic.Bool // the call does not nest
	calls  int
}

func (r *reentrant) enter(hook string) {
	if hook != r.hook || r.p == nil || !r.inside.CompareAndSwap(false, true) {
		return
	}
	defer r.inside.Store(false)
	if r.calls++; r.calls > 100 {
		return // TestWarmEnds covers a New that drops what Warm creates, for ever
	}
	r.call(r.p)
}

func (r *reentrant) options() pool.Options[*item] {
	o := r.ledger.options()
	o.MaxIdle = 16
	o.New = func() *item { r.enter("New"); return r.make() }
	o.Reset = func(*item) { r.enter("Reset") }
	o.Retain = func(v *item) bool { r.enter("Retain"); return v.id%5 != 4 }
	o.Validate = func(v *item) bool { r.enter("Validate"); return v.id%7 != 6 }
	o.Destroy = func(v *item) { r.destroy(v); r.enter("Destroy") }
	return o
}

// TestHooksMayCallThePool runs every call of the API with hooks that call the
// pool themselves: nothing may be locked or half done while a hook runs.
func TestHooksMayCallThePool(t *testing.T) {
	inner := map[string]func(p *pool.Pool[*item]){
		"Acquire and Release": func(p *pool.Pool[*item]) { p.Release(p.Acquire()) },
		"batch":               func(p *pool.Pool[*item]) { fill(p, 4) },
		"TryAcquire": func(p *pool.Pool[*item]) {
			if v, ok := p.TryAcquire(); ok {
				p.Release(v)
			}
		},
		"Do":      func(p *pool.Pool[*item]) { _ = p.Do(func(*item) error { return nil }) },
		"Discard": func(p *pool.Pool[*item]) { l := p.Borrow(); l.Discard() },
		"Clear":   func(p *pool.Pool[*item]) { p.Clear() },
		"Prune":   func(p *pool.Pool[*item]) { p.Prune(0) },
		"Warm":    func(p *pool.Pool[*item]) { p.Warm() },
		"Stats":   func(p *pool.Pool[*item]) { _, _, _ = p.Stats(), p.Len(), p.Cap() },
		"Close":   func(p *pool.Pool[*item]) { p.Close() },
	}
	for _, hook := range []string{"New", "Reset", "Retain", "Validate", "Destroy"} {
		for name, call := range inner {
			for mode, localCache := range map[string]int{"rings": -1, "magazines": 0} {
				t.Run(hook+"/"+name+"/"+mode, func(t *testing.T) {
					r := &reentrant{hook: hook, call: call}
					o := r.options()
					o.MinIdle = 3
					o.LocalCache = localCache
					p := newPool(t, o)
					r.p = p
					within(t, 20*time.Second, func() { useAll(p) })
					if r.calls == 0 {
						t.Errorf("%s never called the pool", hook)
					}
					r.p = nil
					r.check(t, p, 0)
				})
			}
		}
	}
}

// useAll makes every call of the API at least once, with hits, misses and
// discards, and gives everything back.
func useAll(p *pool.Pool[*item]) {
	for range 3 {
		fill(p, 24)
		for range 20 {
			p.Release(p.Acquire())
		}
		held := make([]*item, 10)
		p.AcquireN(held)
		p.ReleaseN(held)
		if v, ok := p.TryAcquire(); ok {
			l := p.Lend(v)
			l.Discard()
		}
		_ = p.Do(func(*item) error { return nil })
		p.Prune(0)
		p.Warm()
		fill(p, 12)
		p.Clear()
		p.Warm()
	}
	p.Close()
	fill(p, 3)
}
