package peer

import (
	"runtime/debug"

	"github.com/bytedance/gopkg/lang/syncx"
)

// syncxMade has the pools of syncx that were created since the last Forget.
var syncxMade []*syncx.Pool

func newSyncx(create func() any) *syncx.Pool {
	p := &syncx.Pool{New: create, NoGC: true}
	syncxMade = append(syncxMade, p)
	return p
}

// Forget drops what all peers created so far hold. None of them may be used any more. Package syncx keeps all its
// pools for ever. So without Forget the heap of a run grows to 60 MB, and all collections take five times as long
// and are fewer.
func Forget() {
	if len(syncxMade) == 0 {
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // a collection looks at the pools when it begins
	for _, p := range syncxMade {
		*p = syncx.Pool{}
	}
	syncxMade = nil
}

// syncxPool is ByteDance's pool of magazines, with NoGC as in its README.
// Under the race detector it is a sync.Pool.
//
//bench:pool 2 syncx.Pool
type syncxPool struct{ p *syncx.Pool }

func newSyncxPool(o Options) syncxPool {
	return syncxPool{newSyncx(func() any { return o.object() })}
}

func (a syncxPool) get() *Object  { return a.p.Get().(*Object) }
func (a syncxPool) put(o *Object) { a.p.Put(o) }

// syncxOf is syncx.Pool for any type.
//
//bench:of 2 syncx.Pool
type syncxOf[T any] struct {
	p *syncx.Pool
	o OfOptions[T]
}

func newSyncxOf[T any](o OfOptions[T]) syncxOf[T] {
	return syncxOf[T]{newSyncx(func() any { return o.make() }), o}
}

// Get implements Of.
func (a syncxOf[T]) Get() Held[T] { return Held[T]{V: a.p.Get().(T)} }

// Put implements Of.
func (a syncxOf[T]) Put(h Held[T]) {
	a.o.reset(h.V)
	a.p.Put(h.V)
}
