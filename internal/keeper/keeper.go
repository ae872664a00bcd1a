// Package keeper keeps house for the pools that are in use, by one timer for all. It calls each pool when the pool
// wants to be called, at most 10 times per second. Pools that want their lanes gathered share a grace period. While
// no pool wants to be called there is no timer and no goroutine.
//
// It holds pools weakly, so that one that is dropped without Close is collected.
package keeper

import (
	"container/heap"
	"sync"
	"time"

	"github.com/plungepool/plunge/internal/grace"
	"github.com/plungepool/plunge/shard"
)

// Interval is the least time between two rounds of calls.
const Interval = 100 * time.Millisecond

// Pool is what a Keeper keeps house for.
type Pool interface {
	// Tick does what is due. It returns the time from now until it wants to be called
	// again, 0 if it does not, and what is to be gathered before, if anything. No hook runs in it.
	Tick() (next time.Duration, gather shard.Gatherer)

	// Lanes gathers what Ps have to themselves, before Relieve. nil: they have nothing.
	Lanes() shard.Gatherer

	// Relieve drops half of the idle objects. No hook runs in it.
	Relieve()
}

// Member is one pool's place with a Keeper. Its zero value is none.
type Member struct {
	find   func() Pool // by a weak pointer; nil once the pool is collected
	keeper *Keeper
	due    int64 // guarded by the keeper's mu, and so is index
	index  int   // in the keeper's queue; -1: not in it
}

// Keeper is one timer and the members that it is for. The zero Keeper is ready to use.
//
// P1: while a member is in the queue, a timer is armed, or a round is under way which arms it afterwards. The timer
// fires when the first member is due, or Interval after the last round if that is later.
type Keeper struct {
	mu    sync.Mutex
	queue queue
	armed *time.Timer
	timer uint64 // the number of the armed timer; others that fire do nothing
	at    int64  // when it fires; 0: none is armed
	last  int64  // when the last round began
	round bool   // one is under way
}

// Process is the keeper of all pools, except those that are used in a testing/synctest bubble.
var Process Keeper

// base is when Now was 0.
var base = time.Now()

// Now returns the time in nanoseconds since the program began. Inside a testing/synctest bubble,
// where it is the year 2000 at first, it is negative.
func Now() int64 { return int64(time.Since(base)) }

// Join makes a member for a pool that find returns as long as it is not collected.
func (k *Keeper) Join(find func() Pool) *Member { return &Member{find: find, keeper: k, index: -1} }

// Of reports whether the member is k's.
func (m *Member) Of(k *Keeper) bool { return m.keeper == k }

// Call has the pool called in d, or sooner if that was asked before.
func (m *Member) Call(d time.Duration) {
	k := m.keeper
	k.mu.Lock()
	defer k.mu.Unlock()
	now := Now()
	k.enqueue(m, now+int64(d))
	k.arm(now)
}

// enqueue puts m into the queue, or moves it forward if it is now due sooner. mu is held.
func (k *Keeper) enqueue(m *Member, due int64) {
	switch {
	case m.index < 0:
		m.due = due
		heap.Push(&k.queue, m)
	case due < m.due:
		m.due = due
		heap.Fix(&k.queue, m.index)
	}
}

// arm keeps P1. mu is held. It makes a new timer each time: resetting one that another bubble made would panic.
func (k *Keeper) arm(now int64) {
	if k.round || len(k.queue) == 0 {
		return
	}
	at := max(k.queue[0].due, min(k.last, now)+int64(Interval), now)
	if k.at != 0 && k.at <= at {
		return
	}
	k.at = at
	k.timer++
	n := k.timer
	if k.armed != nil && now >= 0 { // in a bubble it may be another's
		k.armed.Stop()
	}
	k.armed = time.AfterFunc(time.Duration(at-now), func() { k.fire(n) })
}

// fire is a timer's function: a round.
func (k *Keeper) fire(timer uint64) {
	k.mu.Lock()
	if timer != k.timer || k.round {
		k.mu.Unlock()
		return
	}
	now := Now()
	k.at, k.last, k.round = 0, now, true
	var due []*Member
	for len(k.queue) > 0 && k.queue[0].due <= now {
		due = append(due, heap.Pop(&k.queue).(*Member))
	}
	k.mu.Unlock()

	next := k.tick(due)

	k.mu.Lock()
	defer k.mu.Unlock()
	now = Now()
	for i, m := range due {
		if next[i] > 0 {
			k.enqueue(m, now+int64(next[i]))
		}
	}
	k.round = false
	k.arm(now)
}

// tick calls members and gathers for them. It returns when they want to be called again.
func (k *Keeper) tick(members []*Member) []time.Duration {
	next := make([]time.Duration, len(members))
	var gather []shard.Gatherer
	for i, m := range members {
		p := m.find()
		if p == nil {
			continue
		}
		var g shard.Gatherer
		if next[i], g = p.Tick(); g != nil {
			gather = append(gather, g)
		}
	}
	switch {
	case len(gather) == 0:
	case grace.Allowed(0):
		shard.Gather(gather...)
		grace.Wanted.Store(0)
	default: // the members ask again
		grace.Wanted.Store(1)
	}
	return next
}

// queue is members by when they are due: a heap.
type queue []*Member

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due < q[j].due }
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

func (q *queue) Push(x any) {
	m := x.(*Member)
	m.index = len(*q)
	*q = append(*q, m)
}

func (q *queue) Pop() any {
	old := *q
	m := old[len(old)-1]
	old[len(old)-1] = nil
	m.index = -1
	*q = old[:len(old)-1]
	return m
}
