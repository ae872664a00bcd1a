package shard

import (
	"runtime"
	"sync"
	stdatomic "sync/atomic"
	"unsafe"

	"go.uber.org/atomic"
	"golang.org/x/sys/cpu"

	"github.com/plungepool/plunge/internal/pin"
	"github.com/plungepool/plunge/internal/race"
)

// Bag is a bounded bag of values for concurrent use: Put adds one, Get takes
// one that was put earlier, mostly the one that this P put last. It holds at
// most Cap values. It must be made by New and not be copied.
//
// A Put synchronizes before the Get that returns its value. Get and Put never
// block; on a hit they touch only memory of their own P and use no locked
// instruction. The shared tier behind it is lock-free (package ring). Sweep and
// Close block for a grace period, and each other.
type Bag[T any] struct {
	_ cpu.CacheLinePad

	// lanes points to the first lane of the current store. See S1 in seize.go.
	lanes  stdatomic.Pointer[lane[T]]
	stamp  stdatomic.Int64 // of new values; 0: ask policy.Stamp
	oldest stdatomic.Int64 // a value with a lower stamp is shown to policy.Accept
	admits bool            // policy.Prepare or policy.Admit is set. Constant.
	policy Policy[T]       // constant

	_ cpu.CacheLinePad

	totals    totals
	threshold stdatomic.Int64 // what SetOldest was given

	mu      sync.Mutex // one seizer at a time; guards closed
	closed  bool
	growing atomic.Bool // a goroutine is on its way to make more lanes

	capacity, shards, magazine int // Options, constant
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
	b.capacity, b.shards, b.magazine = o.Capacity, o.Shards, o.Magazine
	b.SetOldest(minStamp)
	if o.Policy.Stamp == nil {
		b.stamp.Store(1)
	}
	b.lanes.Store(b.fresh(0).first())
	return nil
}

const (
	minStamp = -1 << 63
	maxStamp = 1<<63 - 1
)

// fresh makes an empty store for the current GOMAXPROCS, or for least Ps if
// that is more.
func (b *Bag[T]) fresh(least int) *store[T] {
	ps := max(runtime.GOMAXPROCS(0), least)
	return newStore[T](layout(b.capacity, b.shards, b.magazine, ps, pin.Exclusive, unsafe.Sizeof(cell[T]{})))
}

// Get takes a value, or returns what Policy.Miss makes if none is held. It
// allocates nothing on a hit.
func (b *Bag[T]) Get() T {
	_ = b.admits // a nil b panics here, not pinned
	id := pin.Pin()
	// A zero Bag has oldest 0 and goes the slow way, which says so.
	if oldest := b.oldest.Load(); oldest != 0 {
		if base := b.lanes.Load(); uint(id) < base.count() {
			l := base.at(id)
			if race.Enabled {
				l.acquire()
			}
			// One unsigned compare tells an empty magazine and proves the index.
			cells, i := l.loaded.cells, l.loaded.n-1
			if i < uint(len(cells)) && cells[i].stamp >= oldest && room(l.gets) {
				race.Add(&l.gets, 1)
				v := cells[i].v
				l.loaded.n = i
				if race.Enabled {
					l.release()
				}
				pin.Unpin(id)
				return v
			}
		}
	}
	return b.getOrMiss(id)
}

// TryGet takes a value, or returns false if none is held.
func (b *Bag[T]) TryGet() (T, bool) {
	_ = b.admits // a nil b panics here, not pinned
	id := pin.Pin()
	// A zero Bag has oldest 0 and goes the slow way, which says so.
	if oldest := b.oldest.Load(); oldest != 0 {
		if base := b.lanes.Load(); uint(id) < base.count() {
			l := base.at(id)
			if race.Enabled {
				l.acquire()
			}
			// One unsigned compare tells an empty magazine and proves the index.
			cells, i := l.loaded.cells, l.loaded.n-1
			if i < uint(len(cells)) && cells[i].stamp >= oldest && room(l.gets) {
				race.Add(&l.gets, 1)
				v := cells[i].v
				l.loaded.n = i
				if race.Enabled {
					l.release()
				}
				pin.Unpin(id)
				return v, true
			}
		}
	}
	return b.getSlow(id)
}

// Put adds v. A value that finds no room goes to Policy.Overflow. It allocates
// nothing on a hit, and a magazine at the first use of each.
func (b *Bag[T]) Put(v T) {
	if b.admits {
		b.prepareAndPut(v)
		return
	}
	id := pin.Pin()
	// A zero Bag has stamp 0 and goes the slow way, which says so.
	if stamp := b.stamp.Load(); stamp != 0 {
		if base := b.lanes.Load(); uint(id) < base.count() {
			l := base.at(id)
			if race.Enabled {
				l.acquire()
			}
			cells, i := l.loaded.cells, l.loaded.n
			if i < uint(len(cells)) && room(l.puts) {
				c := &cells[i]
				c.stamp = stamp
				l.loaded.n = i + 1
				race.Add(&l.puts, 1)
				c.v = v
				if race.Enabled {
					l.release()
				}
				pin.Unpin(id)
				return
			}
			if race.Enabled {
				l.release() // the slow way may leave this section before the next acquire
			}
		}
	}
	b.putOrOverflow(id, v)
}

// prepareAndPut is Put where Prepare or Admit are set. It has Put's lines once
// more: a call instead would cost a tenth of the whole.
func (b *Bag[T]) prepareAndPut(v T) {
	returned := false
	defer func() {
		if !returned && b.policy.Lost != nil {
			b.policy.Lost(v)
		}
	}()
	if b.policy.Prepare != nil {
		b.policy.Prepare(v)
	}
	admitted := b.policy.Admit == nil || b.policy.Admit(v)
	returned = true
	if !admitted {
		if b.policy.Refused != nil {
			b.policy.Refused(v)
		}
		return
	}
	id := pin.Pin()
	// A zero Bag has stamp 0 and goes the slow way, which says so.
	if stamp := b.stamp.Load(); stamp != 0 {
		if base := b.lanes.Load(); uint(id) < base.count() {
			l := base.at(id)
			if race.Enabled {
				l.acquire()
			}
			cells, i := l.loaded.cells, l.loaded.n
			if i < uint(len(cells)) && room(l.puts) {
				c := &cells[i]
				c.stamp = stamp
				l.loaded.n = i + 1
				race.Add(&l.puts, 1)
				c.v = v
				if race.Enabled {
					l.release()
				}
				pin.Unpin(id)
				return
			}
			if race.Enabled {
				l.release() // the slow way may leave this section before the next acquire
			}
		}
	}
	b.putOrOverflow(id, v)
}

// TryPut adds v without asking Prepare and Admit, and reports false if there
// was no room. It looks longer for room than Put does.
func (b *Bag[T]) TryPut(v T) bool {
	_ = b.admits // a nil b panics here, not pinned
	return b.putSlow(pin.Pin(), v, true)
}

// SetStamp sets the stamp that values are put with from now on, 1 or more. The
// bag knows no clock: stamps only have to ascend. 0 has every Put ask
// Policy.Stamp.
func (b *Bag[T]) SetStamp(stamp int64) { b.stamp.Store(stamp) }

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
	b.oldest.Store(stamp)
}

// Cap returns the bound on the values held.
func (b *Bag[T]) Cap() int { return b.capacity }
