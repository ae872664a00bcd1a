package pool_test

import (
	"runtime"
	"slices"
	"testing"
	"time"
	"weak"

	"github.com/plungepool/plunge/pool"
)

// gone reports whether a collection has freed all of the items.
func gone(refs []weak.Pointer[item]) bool {
	return !slices.ContainsFunc(refs, func(r weak.Pointer[item]) bool { return r.Value() != nil })
}

// warmUp gives the Ps private memory, with an object in each cell.
func warmUp(p *pool.Pool[*item], endow bool) {
	if endow {
		pool.Bag(p).Endow()
	}
	fill(p, 100)
	for range 1000 {
		p.Release(p.Acquire())
	}
}

// An object that the pool dropped can be collected at once, whatever cells it was in.
func TestRefusedAreCollectable(t *testing.T) {
	withoutCheck(t)
	for _, endow := range []bool{false, true} {
		refuse := false
		p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }, Retain: func(*item) bool { return !refuse }})
		warmUp(p, endow)
		var refs []weak.Pointer[item]
		refuse = true
		func() {
			held := acquire(p, 100)
			for _, v := range held {
				refs = append(refs, weak.Make(v))
				p.Release(v)
			}
		}()
		if runtime.GC(); endow {
			eventually(t, "refused objects collected", func() bool { return gone(refs) }) // the world may have been stopped too often
		} else if !gone(refs) {
			t.Error("objects that Retain refused outlive a collection")
		}
		if s := p.Stats(); s.Discarded.Rejected != 100 {
			t.Errorf("private memory %t: %+v, want 100 rejected", endow, s)
		}
	}
}

// An object that its user forgot can be collected a second later.
func TestForgottenAreCollectable(t *testing.T) {
	withoutCheck(t)
	for _, endow := range []bool{false, true} {
		p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
		warmUp(p, endow)
		var refs []weak.Pointer[item]
		func() {
			for _, v := range acquire(p, 100) {
				refs = append(refs, weak.Make(v))
			}
		}()
		time.Sleep(time.Second)
		if runtime.GC(); endow {
			eventually(t, "forgotten objects collected", func() bool { return gone(refs) }) // the timer may be late
		} else if !gone(refs) {
			t.Error("forgotten objects outlive a collection after a second")
		}
		runtime.KeepAlive(p)
	}
}

// A bound that Resize has set stays, even if MaxIdle is the default.
func TestResizeOfDefaultStays(t *testing.T) {
	p := newPool(t, pool.Options[*item]{New: func() *item { return new(item) }})
	p.Resize(10)
	if got := p.Cap(); got != 10 {
		t.Errorf("Cap after Resize(10): %d", got)
	}
	p.ReleaseN(acquire(p, 20))
	if got := p.Len(); got != 10 || p.Cap() != 10 {
		t.Errorf("%d idle of %d after Resize(10) and 20 released, want 10 of 10", got, p.Cap())
	}
}
