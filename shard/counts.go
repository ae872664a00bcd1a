package shard

import "github.com/plungepool/plunge/internal/race"

// Counts are totals since New. They are exact while no call is in flight. No total ever decreases except Lost, which
// includes values that are being prepared. (On 32-bit machines a P's counters are folded every 1<<31 of its
// operations. A snapshot at that very moment counts them twice, and Peak may then be too high.)
type Counts struct {
	Gets    uint64 // values taken by Get, GetN and their Try forms
	Puts    uint64 // values entered by Put, TryPut and PutN
	Stolen  uint64 // values taken from another shard than the caller's own
	Misses  uint64 // values that Policy.Miss made for Get and GetN
	Dropped uint64 // values taken out by Sweep, Shed, Clear, Resize and Close
	Lost    uint64 // values whose Prepare or Admit did not return, where Policy.Lost is nil
	Idle    int    // values held: Puts - Gets - Dropped
	Peak    int    // the highest Idle that was seen: a lower bound
	Shards  int    // shards in force, 0 in a closed bag
}

// Counts returns the counters. It waits for housekeeping that is under way.
func (b *Bag[T]) Counts() Counts {
	b.current()
	b.mu.Lock()
	defer b.mu.Unlock()
	idle := b.sample()
	head := b.header()
	t := head.tally()
	c := Counts{
		Gets:    b.totals.gets.Load() + t.gets,
		Puts:    b.totals.puts.Load() + t.puts,
		Stolen:  b.totals.stolen.Load() + t.stolen,
		Misses:  b.totals.misses.Load() + t.misses,
		Dropped: b.totals.dropped.Load(),
		Lost:    uint64(max(b.totals.asking.Load()+head.asking(), 0)),
		Idle:    idle,
		Peak:    int(b.totals.peak.Load()),
	}
	if !b.closed {
		c.Shards = max(len(head.store.all()), 1)
	}
	return c
}

// Misses returns about how many values Policy.Miss has made for Get and GetN. It does not wait for housekeeping, during
// which it may be wrong.
//
//go:noinline
func (b *Bag[T]) Misses() uint64 {
	n := b.totals.misses.Load()
	if head := b.header(); head != nil && head.store != nil {
		for _, sh := range head.store.all() {
			n += sh.misses.Load()
		}
	}
	return n
}

// current returns the store in force, and makes the first one if there is none: then the caller must not be pinned or
// hold mu. It panics for a Bag that New did not make.
func (b *Bag[T]) current() *store[T] {
	head := b.header()
	if head == nil || head.store == nil {
		b.begin()
		head = b.header()
	}
	return head.store
}

// Len returns the number of values held, 0 to Cap: a snapshot. It waits for
// housekeeping that is under way.
func (b *Bag[T]) Len() int {
	b.current()
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sample()
}

// Lanes returns how many Ps have lanes, which hold private memory or may get it: 0 or all.
func (b *Bag[T]) Lanes() int {
	if head := b.header(); head != nil {
		return int(head.n)
	}
	return 0
}

// tally is a sum of counters.
type tally struct{ gets, puts, stolen, misses uint64 }

// tally adds up the counters of the lanes and of their store. Puts are read before gets. So a value that moves
// meanwhile is counted as gone rather than held twice: what was held at one instant in between is no less than puts -
// gets.
func (head *lane[T]) tally() (t tally) {
	shards := head.store.all()
	for l := range head.all {
		t.puts += uint64(race.Load(&l.puts))
	}
	for _, sh := range shards {
		t.puts += sh.puts.Load()
		t.stolen += sh.stolen.Load()
	}
	for _, sh := range shards {
		t.gets += sh.gets.Load()
		t.misses += sh.misses.Load()
	}
	for l := range head.all {
		t.gets += uint64(race.Load(&l.gets))
	}
	return t
}

// own adds up the counters of the lanes alone.
func (head *lane[T]) own() (t tally) {
	for l := range head.all {
		t.puts += uint64(race.Load(&l.puts))
		t.gets += uint64(race.Load(&l.gets))
	}
	return t
}

// asking adds up what the lanes have counted by H1.
func (head *lane[T]) asking() int64 {
	sum := uint(0)
	for l := range head.all {
		sum += race.Load(&l.n)
	}
	return int64(int(sum))
}

// retire adds counters of what was seized to the totals. mu is held.
func (b *Bag[T]) retire(t tally, asking int64) {
	b.totals.gets.Add(t.gets)
	b.totals.puts.Add(t.puts)
	b.totals.stolen.Add(t.stolen)
	b.totals.misses.Add(t.misses)
	b.totals.asking.Add(asking)
	b.totals.gone.Add(int64(t.gets) - int64(t.puts))
}

// estimate returns the number of values held. Without mu and unpinned it may be anything
// while lanes or a store are replaced.
func (b *Bag[T]) estimate() int {
	t := b.header().tally()
	n := int64(t.puts) - int64(t.gets) - b.totals.gone.Load()
	return int(min(max(n, 0), int64(b.Cap())))
}

// sample is estimate, and remembers the highest. Pinned, or mu is held.
func (b *Bag[T]) sample() int {
	n := b.estimate()
	b.peak(n)
	return n
}

// peak remembers that n values were held.
func (b *Bag[T]) peak(n int) {
	for {
		peak := b.totals.peak.Load()
		if int64(n) <= peak || b.totals.peak.CompareAndSwap(peak, int64(n)) {
			return
		}
	}
}

// observe samples when lane l has got room for more, once in four times as many calls as there are lanes. So a look
// at all lanes, which takes a cache line from each P, costs a trade little whatever their number. Pinned.
func (b *Bag[T]) observe(l *lane[T], lanes uint) {
	if l.random(4*int(lanes)) == 0 {
		b.sample()
	}
}
