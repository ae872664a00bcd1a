package shard

import (
	"runtime"
	"sync"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/atom"
	"github.com/plungepool/plunge/internal/pin"
)

// Bag is a bounded bag of values for concurrent use: Put adds one, Get takes
// one that was put earlier, mostly the one that this P put last. It holds at
// most Cap values, a number that Resize can change. It must be made by New and not be copied.
//
// A Put synchronizes before the Get that returns its value. Get and Put never
// block; on a hit they touch only memory of their own P and use no locked
// instruction. The shared tier behind it is lock-free (package ring). Sweep and
// Close block for a grace period, and each other.
type Bag[T any] struct {
	_ cpu.CacheLinePad

	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	// Read by every hit. Accessed by the functions of sync/atomic, not by its
	// types' methods, which are calls where the compiler does not inline: D1.
	stamp  int64          // of new values; 0: ask policy.Stamp
	oldest int64          // a value with a lower stamp is shown to policy.Accept
	lanes  unsafe.Pointer // to the header of the current store's lanes. S1.

	ask    func(T)   // policy.Prepare, if Put may call it unguarded: H1. Constant.
	admits bool      // policy.Prepare or policy.Admit is set. Constant.
	policy Policy[T] // constant

	_ cpu.CacheLinePad

	totals    totals
	threshold stdatomic.Int64 // what SetOldest was given

	mu      atom.Mutex // one seizer at a time; guards closed
	closed  bool
	growing atomic.Bool // a goroutine is on its way to make more lanes

	boxes sync.Pool // of *T, for values on their way where T is large

	capacity         atomic.Int32 // Options.Capacity, or what Resize was given. Written under mu.
	shards, magazine int          // Options, constant
	lifo             bool         // Options, constant
	stack            atom.Mutex
}

// T1: with lifo the only magazine is in a ring whenever stack is free, so whoever
// holds stack finds it there. stack is taken after mu, before a section is pinned,
// and never held while the policy is asked.

// order takes stack where there is one; unorder gives it back.
func (b *Bag[T]) order() {
	if b.lifo {
		b.stack.Lock()
	}
}

func (b *Bag[T]) unorder() {
	if b.lifo {
		b.stack.Unlock()
	}
}

// totals are what is left of the stores retired so far, the 64-bit words of the
// slow paths.
type totals struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	gets    atomic.Uint64
	puts    atomic.Uint64
	stolen  atomic.Uint64
	dropped atomic.Uint64 // values that Sweep and Close took out
	gone    atomic.Int64  // dropped + gets - puts: what Len subtracts
	peak    atomic.Int64
	asking  atomic.Int64 // what the lanes' asking have to be added to: H1
}

// New makes a Bag. The error wraps ErrOptions and says which field is wrong.
func New[T any](o Options[T]) (*Bag[T], error) {
	b := new(Bag[T])
	if err := b.Init(o); err != nil {
		return nil, err
	}
	return b, nil
}

// Init is New for a Bag embedded by value, which saves a hit one load. It is
// called once, before any other use.
func (b *Bag[T]) Init(o Options[T]) error {
	if err := o.check(); err != nil {
		return err
	}
	b.policy = o.Policy
	b.admits = o.Policy.Prepare != nil || o.Policy.Admit != nil
	if pin.Direct && pin.Offset != 0 && unsafe.Sizeof(*new(T)) <= maxDirect && o.Policy.Admit == nil && o.Policy.Lost == nil {
		b.ask = o.Policy.Prepare
	}
	b.shards, b.magazine, b.lifo = o.Shards, o.Magazine, o.LIFO
	b.capacity.Store(int32(o.Capacity))
	b.SetOldest(minStamp)
	if o.Policy.Stamp == nil {
		b.SetStamp(1)
	}
	atom.StorePointer(&b.lanes, unsafe.Pointer(b.fresh(0).header()))
	return nil
}

const (
	minStamp = -1 << 63
	maxStamp = 1<<63 - 1
)

// fresh makes an empty store for the current GOMAXPROCS, or for least Ps if
// that is more.
func (b *Bag[T]) fresh(least int) *store[T] {
	if b.Cap() == 0 {
		return newStore[T](geometry{}) // as a closed one
	}
	ps := max(runtime.GOMAXPROCS(0), least)
	if b.lifo {
		return newStore[T](stack(b.Cap(), ps, pin.Exclusive))
	}
	return newStore[T](layout(b.Cap(), b.shards, b.magazine, ps, pin.Exclusive, unsafe.Sizeof(cell[T]{})))
}

// Get takes a value, or returns what Policy.Miss makes if none is held. It
// allocates nothing on a hit.
func (b *Bag[T]) Get() T { return Get(b) }

// TryGet takes a value, or returns false if none is held.
func (b *Bag[T]) TryGet() (T, bool) { return TryGet(b) }

// Put adds v. A value that finds no room goes to Policy.Overflow. It allocates
// nothing on a hit, and a magazine at the first use of each.
func (b *Bag[T]) Put(v T) { Put(b, v) }

// D1: the functions Get, TryGet, Put, GetSized, PutSized, getN and putN are where hits are, if pin.Direct
// is. Each is a nosplit function, never inlined, that calls nothing from pin.M on
// until it is done with the lane, inlining or not. So that is a pinned section, and
// its lines stand in each of them: a call costs a tenth of all. None is a method,
// for where a method is wanted as a value or for an interface the compiler makes
// one more of it, which takes and returns a T of any size, nosplit.

// Get is b.Get() as a function: that is one level of inlining less for callers
// that want to be inlined themselves.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func Get[T any](b *Bag[T]) (v T) {
	if unsafe.Sizeof(v) > maxBoxless {
		x := b.getLarge()
		v = *x
		b.free(x)
		return v
	}
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		return b.getOrMiss()
	}
	m, off := pin.M(), pin.Offset
	oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a zero Bag
	if off != 0 && oldest != 0 {
		head := (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
		if id < head.n {
			l := (*lane[T])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
			// One unsigned compare tells an empty magazine and proves the index.
			cells, i := l.loaded.cells, l.loaded.n-1
			if i < uint(len(cells)) && cells[i].stamp >= oldest {
				l.gets++
				v = cells[i].v
				l.loaded.n = i
				return v
			}
		}
	}
	return b.getOrMiss()
}

// TryGet is b.TryGet() as a function.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func TryGet[T any](b *Bag[T]) (v T, ok bool) {
	if unsafe.Sizeof(v) > maxBoxless {
		x := b.tryGetLarge()
		if x == nil {
			return v, false
		}
		v = *x
		b.free(x)
		return v, true
	}
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		return b.getOrNot()
	}
	m, off := pin.M(), pin.Offset
	oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a zero Bag
	if off != 0 && oldest != 0 {
		head := (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		id := uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
		if id < head.n {
			l := (*lane[T])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
			// One unsigned compare tells an empty magazine and proves the index.
			cells, i := l.loaded.cells, l.loaded.n-1
			if i < uint(len(cells)) && cells[i].stamp >= oldest {
				l.gets++
				v = cells[i].v
				l.loaded.n = i
				return v, true
			}
		}
	}
	return b.getOrNot()
}

// Put is b.Put(v) as a function.
//
//go:nosplit
//go:noinline
//go:nocheckptr
func Put[T any](b *Bag[T], v T) {
	if unsafe.Sizeof(v) > maxBoxless {
		x := b.box()
		*x = v
		b.putLarge(x)
		return
	}
	var ( // the same for both sections: the frame may be no larger
		m    unsafe.Pointer
		off  uintptr
		head *lane[T]
		id   uint
		l    *lane[T]
	)
	if b.admits {
		if pin.Direct && unsafe.Sizeof(v) <= maxDirect && b.ask != nil {
			m, off = pin.M(), pin.Offset // H1
			head = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
			id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
			if id < head.n {
				l = (*lane[T])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
				l.n++
			} else {
				b.askElsewhere()
			}
			b.ask(v)
		} else if !b.prepare(v) {
			return
		}
	}
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		b.putOrOverflow(v)
		return
	}
	m, off = pin.M(), pin.Offset
	stamp := stdatomic.LoadInt64(&b.stamp) // 0 in a zero Bag, or to have the policy asked
	if off != 0 && stamp != 0 {
		head = (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, off))))
		if id < head.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(head), id*uint(unsafe.Sizeof(*head))+uint(unsafe.Sizeof(*head))))
			cells, i := l.loaded.cells, l.loaded.n
			if i < uint(len(cells)) {
				c := &cells[i]
				c.stamp = stamp
				l.loaded.n = i + 1
				l.puts++
				if b.ask != nil {
					l.n--
				}
				c.v = v
				return
			}
		}
	}
	if b.ask != nil {
		b.asked()
	}
	b.putOrOverflow(v)
}

// TryPut adds v without asking Prepare and Admit, and reports false if there
// was no room. It looks longer for room than Put does.
func (b *Bag[T]) TryPut(v T) bool {
	return b.putSlow(v, true)
}

// SetStamp sets the stamp that values are put with from now on, 1 or more. The
// bag knows no clock: stamps only have to ascend. 0 has every Put ask
// Policy.Stamp.
func (b *Bag[T]) SetStamp(stamp int64) { atom.StoreInt64(&b.stamp, stamp) }

// SetOldest sets the stamp below which Get shows a value to Policy.Accept. 0 or
// less: none is shown.
func (b *Bag[T]) SetOldest(stamp int64) {
	if stamp <= 0 {
		stamp = minStamp // 0 is for a zero Bag
	}
	b.threshold.Store(stamp)
	if b.policy.Vet {
		stamp = maxStamp // every Get takes the slow path, which looks at threshold
	}
	atom.StoreInt64(&b.oldest, stamp)
}

// Cap returns the bound on the values held: Options.Capacity, or what Resize set.
func (b *Bag[T]) Cap() int { return int(b.capacity.Load()) }
