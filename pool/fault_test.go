package pool_test

import (
	"runtime"
	"sync/atomic"

	"github.com/plungepool/plunge/pool"
)

// fault makes one call of one hook panic with errFault or call runtime.Goexit.
// A pool made with its options has a ledger, too.
type fault struct {
	ledger
	hook   string
	exit   bool
	left   atomic.Int32 // calls of the hook until the one that fails; 0: not armed
	refuse atomic.Int32 // calls of Validate and Retain that say false
}

const errFault = "a hook failed"

func (f *fault) arm(nth int) { f.left.Store(int32(nth)) }

func (f *fault) hit(hook string) {
	if hook != f.hook || f.left.Load() == 0 || f.left.Add(-1) != 0 {
		return
	}
	if f.exit {
		runtime.Goexit()
	}
	panic(errFault)
}

func (f *fault) says() bool { return f.refuse.Load() == 0 || f.refuse.Add(-1) < 0 }

func (f *fault) options() pool.Options[*item] {
	o := f.ledger.options()
	o.New = func() *item { f.hit("New"); return f.make() }
	o.Reset = func(*item) { f.hit("Reset") }
	o.Retain = func(*item) bool { f.hit("Retain"); return f.says() }
	o.Validate = func(*item) bool { f.hit("Validate"); return f.says() }
	o.Destroy = func(v *item) { f.destroy(v); f.hit("Destroy") }
	return o
}
