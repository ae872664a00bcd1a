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
// one that was put earlier. It holds at most Cap values, a number that Resize can
// change. It must be made by New and not be copied.
//
// A Put synchronizes before the Get that returns its value. On a hit Get and Put touch
// only memory of their own P and use no locked instruction; otherwise they use the shared
// tier, which is lock-free (package ring). Only a Get that finds nothing and a Put that
// finds no room wait for a housekeeper that is at work.
type Bag[T any] struct {
	_ cpu.CacheLinePad

	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	// Read by every hit. Accessed by the functions of sync/atomic, not by its
	// types' methods, which are calls where the compiler does not inline: D1.
	stamp  int64          // of new values; 0: ask policy.Owner
	oldest int64          // a hit's value has no lower stamp
	lanes  unsafe.Pointer // to the header of the current lanes. S1.

	guarded uintptr   // Put has prepare see to a value whose first word is no higher: 0 where ask is set, and else any. H2. Constant.
	ask     hook[T]   // policy.Prepare, if Put may call it unguarded: H1. Constant.
	admits  bool      // policy.Prepare or policy.Admit is set. Constant.
	lifo    bool      // Options.LIFO or Hold. Constant.
	policy  Policy[T] // constant

	watch stdatomic.Pointer[watch[T]] // nil: none. W1.

	_ cpu.CacheLinePad

	totals totals
	slice  slice        // what lanes have to know of the time
	since  atomic.Int64 // when level was looked at last
	level  atomic.Int64 // trips of Ps without lanes: see rate

	mu      atom.Mutex    // one housekeeper at a time. S3.
	closed  bool          // guarded by mu
	busy    atom.Uint64   // 1 while a housekeeper has values in hand: S3. Written under mu, and so is kept.
	kept    atom.Uint64   // how often one gave them back
	low     int64         // what the least in stores was that were replaced since Low looked. Guarded by mu.
	growing atomic.Bool   // a goroutine is on its way to make more lanes
	tick    atomic.Uint32 // numbers the slices of time that Tick begins
	caution atomic.Int32  // E4

	boxes stdatomic.Pointer[sync.Pool] // of *T, for values on their way where T is large

	capacity         atomic.Int32 // Options.Capacity, or what Resize was given. Written under mu.
	shards, magazine int32        // Options, constant
	stack            atom.Mutex
	layout           *layout // of all stores, in tests; nil: by the options
	hold             int32   // Options.Hold, 0 with LIFO. Constant.
	aside            int32   // values that TryPut put, or fewer: see ripen. Guarded by stack.
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

// totals are what is left of the lanes and shards retired so far, the 64-bit words of the
// slow paths.
type totals struct {
	_ [0]stdatomic.Int64 // aligns the words to 8 bytes on 32-bit machines, too

	gets    atomic.Uint64
	puts    atomic.Uint64
	stolen  atomic.Uint64
	dropped atomic.Uint64 // values that housekeeping took out
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
	lookAtHits()
	b.policy = o.Policy
	b.admits = o.Policy.Prepare != nil || o.Policy.Admit != nil
	b.shards, b.magazine, b.lifo = int32(o.Shards), int32(o.Magazine), o.LIFO || o.Hold > 0
	if !o.LIFO {
		b.hold = int32(min(o.Hold, MaxCapacity))
	}
	b.guarded = ^uintptr(0)
	b.capacity.Store(int32(o.Capacity))
	b.low = maxStamp
	if prepare := o.Policy.Prepare; pin.Direct && pin.Offset != 0 && unsafe.Sizeof(*new(T)) <= maxDirect && o.Policy.Admit == nil && o.Policy.Lost == nil {
		b.ask = *(*hook[T])(unsafe.Pointer(&prepare))
		if prepare != nil {
			b.guarded = 0
		}
	}
	atom.StorePointer(&b.lanes, unsafe.Pointer(&unused)) // before stamp and oldest, without which no hit looks at it
	b.SetOldest(minStamp)
	if o.Policy.Owner == nil {
		b.SetStamp(1)
	}
	return nil
}

// unused is the header of no lanes, of no store, for all bags that were not yet used: what a lane is does not depend
// on T. Constant.
var unused lane[byte]

// begin makes the first store, if there is none. It panics for a Bag that New did not make.
func (b *Bag[T]) begin() {
	if b.header() == nil {
		panic(notMade)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.header().store == nil {
		b.use(newLanes(b.fresh(), 0, 0))
	}
}

const (
	minStamp = -1 << 63
	maxStamp = 1<<63 - 1
)

// fresh makes an empty store for the capacity and the current GOMAXPROCS. It has no shards
// before they are needed.
func (b *Bag[T]) fresh() *store[T] {
	capacity := b.Cap()
	if b.layout != nil {
		return newStore[T](*b.layout, capacity)
	}
	if b.lifo {
		return newStore[T](layout{size: capacity, shards: 1, first: 1}, capacity)
	}
	return newStore[T](layOut(capacity, int(b.shards), int(b.magazine), runtime.GOMAXPROCS(0), pin.Exclusive, unsafe.Sizeof(cell[T]{})), capacity)
}

// Get takes a value, or returns what Policy.Miss makes if none is held. It
// allocates nothing on a hit.
func (b *Bag[T]) Get() T { return Get(b) }

// TryGet takes a value, or returns false if none is held.
func (b *Bag[T]) TryGet() (T, bool) { return TryGet(b) }

// Put adds v. A value that finds no room goes to Policy.Overflow. It allocates
// nothing on a hit, and memory for values as more of them are held than ever.
func (b *Bag[T]) Put(v T) { Put(b, v) }

// D1: the functions Get, TryGet, Put, GetSized, PutSized, getN and putN are where hits are, if pin.Direct
// is. Each is a nosplit function, never inlined, that calls nothing from pin.M on
// until it is done with the lane, inlining or not. So that is a pinned section, and
// its lines stand in each of them: a call costs a tenth of all. None is a method,
// for where a method is wanted as a value or for an interface the compiler makes
// one more of it, which takes and returns a T of any size, nosplit.
//
// D2: they have few variables and few blocks. Where the compiler does not optimize each variable takes a word of the
// stack, and so does each block with -covermode=atomic; large.go says how much there is. internal/check/builds
// links them for each kind of T in each such build.

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
	m, id := pin.M(), uint(pin.Offset)
	oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a zero Bag
	if id != 0 && oldest != 0 {
		l := (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, id))))
		if id < l.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			// One unsigned compare tells an empty magazine and proves the index.
			cells := l.loaded.cells
			id = l.loaded.n - 1
			if id < uint(len(cells)) && cells[id].stamp >= oldest {
				l.gets++
				v = cells[id].v
				l.loaded.n = id
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
	m, id := pin.M(), uint(pin.Offset)
	oldest := stdatomic.LoadInt64(&b.oldest) // 0 in a zero Bag
	if id != 0 && oldest != 0 {
		l := (*lane[T])(stdatomic.LoadPointer(&b.lanes))
		id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, id))))
		if id < l.n {
			l = (*lane[T])(unsafe.Add(unsafe.Pointer(l), id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
			// One unsigned compare tells an empty magazine and proves the index.
			cells := l.loaded.cells
			id = l.loaded.n - 1
			if id < uint(len(cells)) && cells[id].stamp >= oldest {
				l.gets++
				v = cells[id].v
				l.loaded.n = id
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
	if !pin.Direct || unsafe.Sizeof(v) > maxDirect {
		if unsafe.Sizeof(v) > maxBoxless {
			x := b.box()
			*x = v
			b.putLarge(x)
		} else if !b.admits || b.prepare(v) {
			b.putOrOverflow(v)
		}
		return
	}
	var ( // of both sections: D2
		m  unsafe.Pointer // what pin.M returns, then the header
		id uint           // the number of the P, then the place in the magazine
		l  *lane[T]
	)
	if b.admits {
		// H2. It is firstWord, which without inlining would be a call.
		if unsafe.Sizeof(v) < unsafe.Sizeof(id) && b.guarded < 1 || unsafe.Sizeof(v) >= unsafe.Sizeof(id) && *(*uintptr)(unsafe.Pointer(&v)) > b.guarded {
			m = pin.M() // H1
			id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, pin.Offset))))
			m = stdatomic.LoadPointer(&b.lanes)
			if id < (*lane[T])(m).n {
				l = (*lane[T])(unsafe.Add(m, id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
				l.n++
				b.ask(v, unseen{})
			} else {
				b.askElsewhere(v)
			}
		} else if !b.prepare(v) {
			return
		}
	}
	m = pin.M()
	id = uint(*(*uint32)(*(*unsafe.Pointer)(unsafe.Add(m, pin.Offset)))) // of no meaning where that is 0
	stamp := stdatomic.LoadInt64(&b.stamp)                               // 0 in a zero Bag, or to have the policy asked
	m = stdatomic.LoadPointer(&b.lanes)
	if pin.Offset != 0 && stamp != 0 && id < (*lane[T])(m).n {
		l = (*lane[T])(unsafe.Add(m, id*uint(unsafe.Sizeof(*l))+uint(unsafe.Sizeof(*l))))
		id = l.loaded.n
		if id < uint(len(l.loaded.cells)) {
			c := &l.loaded.cells[id]
			c.stamp = stamp
			l.loaded.n = id + 1
			l.puts++
			if b.ask != nil {
				l.n--
			}
			c.v = v
			return
		}
	}
	b.putOrOverflow(v)
}

// TryPut adds v without asking Prepare and Admit, and reports false if there
// was no room.
func (b *Bag[T]) TryPut(v T) bool {
	ok := b.put(v)
	if ok && b.hold > 0 {
		b.order()
		b.aside++
		b.unorder()
	}
	return ok
}

// SetStamp sets the stamp that values are put with from now on, 1 or more. The
// bag knows no clock: stamps only have to ascend. 0 has every Put ask
// Owner.Stamp.
func (b *Bag[T]) SetStamp(stamp int64) {
	at := &b.stamp
	if w := b.watch.Load(); w != nil {
		at = &w.stamp
	}
	atom.StoreInt64(at, stamp)
}

// SetOldest sets the stamp below which a value of the P's own memory is shown to
// Policy.Accept, as all others are. 0 or less: none is shown.
func (b *Bag[T]) SetOldest(stamp int64) {
	switch {
	case b.policy.Vet:
		stamp = maxStamp // there are no hits
	case stamp <= 0:
		stamp = minStamp // 0 is for a zero Bag
	}
	at := &b.oldest
	if w := b.watch.Load(); w != nil {
		at = &w.oldest
	}
	atom.StoreInt64(at, stamp)
}

// Cap returns the bound on the values held: Options.Capacity, or what Resize set.
func (b *Bag[T]) Cap() int { return int(b.capacity.Load()) }
