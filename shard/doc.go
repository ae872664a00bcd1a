// Package shard is a bounded, sharded bag of values for concurrent use, as fast
// as memory of one's own: the engine under package pool, and usable without it
// where a bounded free list or an unordered work bag is wanted. It has no hooks,
// no clock and no names of statistics; a [Policy] says what it asks of its owner.
//
// # Map
//
//	options.go  Options, Policy, and how a capacity is laid out
//	bag.go      Bag: Get and Put, the hit path
//	batch.go    GetN, TryGetN and PutN
//	sizes.go    GetSized and PutSized: bags of memory blocks by size class, for an allocator
//	slow.go     what Get and Put do on a miss
//	large.go    what they do with values too large for them
//	lane.go     what one P has to itself: two magazines, counters
//	store.go    the shards' rings, and the way without private magazines
//	seize.go    Sweep, Resize, Close, growth: replacing the store
//	counts.go   counters
//
// # Structure
//
//	Bag ──lanes──▶ store
//	               ├─ header │ lane of P 0 │ lane of P 1 │ …     private to each P
//	               │            loaded ▤▤▤▤▤▤▤▤·· ◀─ Get, Put
//	               │            spare  ▤▤▤▤▤▤▤▤▤▤    swapped with loaded when that
//	               │               ▲ │               is empty or full
//	               │         full  │ ▼  empty
//	               └─ shard 0: ring of full magazines │ ring of empty ones
//	                  shard 1: …                            ▲
//	                                                        └─ steal
//
// A magazine is a LIFO stack of up to 128 values. Each P holds two, loaded and
// spare, in plain memory that it touches while pinned (package internal/pin),
// as sync.Pool does with its private slot: an operation is a load or a store of
// one cell, with no atomic read-modify-write. A hit does not even pin as sync.Pool
// does, by two calls that add to and subtract from a word of the thread: it runs
// in a go:nosplit function, which is not preempted, and asks for the number of
// its P by one call (pin.Offset). That took a pair from 0.80 to 0.60 of sync.Pool's.
// When loaded runs empty or full it
// is swapped with spare, and only when that does not help the P trades a whole
// magazine with its shard's rings, or failing that with another's, from a random
// one on. Two magazines, so that a P that goes back and forth over a boundary
// does not trade each time (Bonwick and Adams, "Magazines and Vmem", 2001).
//
// The rings hold handles of magazines and are strictly lock-free (package ring).
// A magazine has a home shard and enters only that shard's rings, so a ring is
// never too full to take one back, and a consumer's empty magazines return to
// the shard of the producer that fills them.
//
// # Bound
//
// The sizes of all magazines add up to the capacity (B1), and every magazine is
// in one place (B2), so the bound holds without a global counter. The price: a
// Put that finds no empty magazine overflows although other Ps may have room in
// their private ones, and a Get misses although others may hold values there.
// These are never more than half of the capacity. Where the capacity is below 8
// a P nothing is private: values go through the rings singly, Put overflows only
// when the bag is full as a whole, and each shard is first in, first out.
//
// # One stack
//
// With Options.LIFO the bag is one magazine of the whole capacity, which goes
// through the rings of one shard as those of one value do. A mutex (T1 in bag.go)
// has no operation find it in another's hands, so the order and the number of
// misses are exact. No hit touches the mutex or asks for it.
//
// # Emptying it: the store is replaced
//
// Plain memory of another P cannot be taken with a locked instruction on one
// side only. So whoever wants it replaces all of it: it swaps the pointer to the
// store for one to a fresh, empty store and waits for a grace period (package
// internal/grace). Sections that began before found the old store and are over
// by then; sections that began later find the new one, at full speed. After the
// grace period the old store is the seizer's alone, the lanes of Ps that never
// run again included, and plain code drains it. What is to stay goes back into
// the new store, with the stamps it has. This is read-copy-update (McKenney and
// Slingwine, 1998) with the data structure itself as the thing protected. The
// invariants S1 to S3 are in seize.go.
//
// A word per P that says "seized", looked at by each section, was the
// alternative: it costs the hit path the same load, needs a slow path for all
// Ps while it is set, and a second mechanism (an epoch a magazine) against
// magazines that a slow path holds while the rings are drained.
//
// The same replacement makes room for more Ps when GOMAXPROCS has grown: a P
// without a lane uses the rings directly, and has a goroutine make a store with
// a lane for it.
//
// # Stamps
//
// Every value carries the stamp (SetStamp) that was in force when it was put. A
// Get shows values with a stamp below SetOldest's to Policy.Accept. So a clock
// can be kept outside, and read as rarely as its owner likes.
//
// # What is kept alive
//
// A Get leaves the cell as it is: to clear it would be a pointer write with its
// write barrier, a tenth of the whole operation. So a free cell may keep the
// value that left it reachable for the garbage collector, until it is used
// again, its magazine goes to a ring, or the store is replaced, unless the owner
// asks for Policy.Forget. Held and kept values together never exceed the capacity. An owner whose Stamp is asked now
// and then (package pool asks every sixteenth of MaxIdleTime) has each active P
// forget what its free cells keep at that moment.
//
// # Progress and cost
//
// A hit is wait-free: one call of two instructions into the runtime, some ten
// loads and stores in two or three cache lines that no other P writes. A T of
// more than 24 bytes, and builds in which pin.Offset is not known, cost
// two to three times as much: they pin. A trade
// with the rings is lock-free. Sweep, Close and growth hold a mutex against each
// other and the counters' readers, and wait for a grace period; Get and Put
// never wait for them.
//
// # On more cores
//
// What slows programs down on many cores is the cache lines that several of them
// write: one at a time has such a line, and then it is transferred to the next. Read
// off the code:
//
//	       lines written  locked instructions
//	hit    0              0
//	miss   0              0  reads 2 lines of each shard
//	trade  6              4  every 128 values, if at all; of the P's own shard
//	steal  7 + 32         5  of another P's shard, its count of the stolen, and the values
//	Sweep  1              1  the pointer to the store; each P then fetches 3 lines
//
// A hit reads the pointer to the store, in a line that everyone has and nobody writes,
// and writes its own lane and magazine. So 64 or 192 cores do 64 or 192 times as many
// hits as one in the same time, as far as the machine has the cores and their clock
// does not fall. Bursts that stay within the two magazines of a P are hits, too.
//
// A trade writes lines of the P's own shard. With a shard a P these stay where they
// are unless somebody steals, so trades scale as well. With fewer shards they do not:
// the index of a ring serves one core at a time, for a transfer and a locked
// instruction, and at one shard all wait for it from some 20 cores on.
//
// A value that is put on one core and taken on another has to get there, however a pool
// is built. A steal brings a magazine of them: 6 transfers that are waited for, and
// the values in one stream, shared by 128 values; 2.5 ns each.
//
// A Get that finds nothing looks at each shard, so a miss takes longer the more Ps
// there are. (Package pool counts it, too, in a word that all share.) For the peak of
// Len a P looks at all lanes, once in four times their number of the magazines that it
// fills: half a transfer for each, whatever the number of cores. Sweep and Close stop
// the world, as each cycle of the garbage collector does, and make a new lane a P.
//
// On a virtual machine with 2 cores of an AMD EPYC, make scaling measured 5.5 ns for a
// pair of hits, 63 ns for a trade (a third of it for branches that foresaw a hit), 4.8 ns
// for a locked instruction, and 42 to 203 ns for the transfer of a line: the host
// moves the two cores closer to each other and apart, within one run. What the model
// made of these numbers agreed with measurement on 1 and 2 cores within a factor of 1.1
// for hits and for bursts over the edge of a magazine with a shard a P, and of 1.35
// for the same at one shard, where less is waited for than the model says. Up to 2
// cores the following is measured, the rest is PREDICTION, in ns an operation by the
// wall clock of all cores together, for the shorter of the transfers:
//
//	cores                  1    2      64     192
//	hits                 5.5  3.1   0.086   0.029
//	bursts over the edge 8.9  4.7    0.15   0.051   of 256, magazines of 32, a shard a P
//	the same, one shard  9.0  6.0     1.2     1.2   all wait for the ring
//	a miss                           5700   17000   for a look at shards that others write
//
// The model has no sockets. Between two of them a transfer takes a few times as long,
// which hits and trades do not notice.
//
// # Builds
//
// With -tags plunge_portable there is neither pinning nor private memory: every
// operation takes the way through the rings. Under -race every section is a pinned
// one and tells the detector when it has the lane, so the protocol is checked, and
// so is the use of a value after it was put.
package shard
