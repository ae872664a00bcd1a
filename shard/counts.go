package shard

import "github.com/plungepool/plunge/internal/race"

// Counts are totals since New. They are exact while no call is in flight, and
// each one never decreases, but Lost, which has also what is being prepared. (On machines of 32
// bits a snapshot in the very moment in which a P's counters are folded, every 1<<31 of its operations,
// has these twice, and Peak then may be too high.)
type Counts struct {
	Gets    uint64 // values taken by Get, GetN and their Try forms
	Puts    uint64 // values entered by Put, TryPut and PutN
	Stolen  uint64 // values taken from another shard than the caller's own
	Dropped uint64 // values taken out by Sweep and Close
	Lost    uint64 // values whose Prepare or Admit did not return, where Policy.Lost is nil
	Idle    int    // values held: Puts - Gets - Dropped
	Peak    int    // the highest Idle that was seen: a lower bound
	Shards  int    // shards in force
}

// Counts returns the counters. It waits for a Sweep that is under way.
func (b *Bag[T]) Counts() Counts {
	b.mu.Lock()
	defer b.mu.Unlock()
	idle := b.sample()
	s := b.current()
	gets, puts, stolen := s.counts()
	return Counts{
		Gets:    b.totals.gets.Load() + gets,
		Puts:    b.totals.puts.Load() + puts,
		Stolen:  b.totals.stolen.Load() + stolen,
		Dropped: b.totals.dropped.Load(),
		Lost:    uint64(max(b.totals.asking.Load()+s.asking(), 0)),
		Idle:    idle,
		Peak:    int(b.totals.peak.Load()),
		Shards:  s.shards,
	}
}

// current returns the store in force. It panics for a Bag that New did not make,
// and so is for callers that are not pinned or have looked before.
func (b *Bag[T]) current() *store[T] {
	head := b.header()
	if head == nil {
		panic(notMade)
	}
	return head.store
}

// Len returns the number of values held, 0 to Cap: a snapshot. It waits for a
// Sweep that is under way.
func (b *Bag[T]) Len() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.sample()
}

// counts adds up the store's counters. Puts are read before gets, so that a
// value that moves meanwhile is counted as gone rather than held twice: what
// was held at one instant in between is no less than puts - gets.
func (s *store[T]) counts() (gets, puts, stolen uint64) {
	for i := range s.lane {
		puts += uint64(race.Load(&s.lane[i].puts))
	}
	for i := range s.shard {
		puts += s.shard[i].puts.Load()
		stolen += s.shard[i].stolen.Load()
	}
	for i := range s.shard {
		gets += s.shard[i].gets.Load()
	}
	for i := range s.lane {
		gets += uint64(race.Load(&s.lane[i].gets))
	}
	return gets, puts, stolen
}

// asking adds up what the store's lanes have counted by H1.
func (s *store[T]) asking() int64 {
	sum := uint(0)
	for i := range s.lane[1:] {
		sum += race.Load(&s.lane[1+i].n)
	}
	return int64(int(sum))
}

// retire adds the counters of a seized store to the totals. mu is held.
func (b *Bag[T]) retire(s *store[T]) {
	gets, puts, stolen := s.counts()
	b.totals.gets.Add(gets)
	b.totals.puts.Add(puts)
	b.totals.stolen.Add(stolen)
	b.totals.asking.Add(s.asking())
	b.totals.gone.Add(int64(gets) - int64(puts))
}

// sample returns the number of values held and remembers the highest. Without
// mu it may be too low for the time of a Sweep.
func (b *Bag[T]) sample() int {
	gets, puts, _ := b.current().counts()
	n := int64(puts) - int64(gets) - b.totals.gone.Load()
	n = min(max(n, 0), int64(b.Cap()))
	for {
		peak := b.totals.peak.Load()
		if n <= peak || b.totals.peak.CompareAndSwap(peak, n) {
			return int(n)
		}
	}
}

// observe samples when lane l has got a fresh magazine: one in four times the
// number of lanes, so that a look at all lanes, which takes a cache line from
// each P, costs a trade little whatever their number. Pinned.
func (b *Bag[T]) observe(l *lane[T]) {
	if l.random(4*l.store.lanes) == 0 {
		b.sample()
	}
}
