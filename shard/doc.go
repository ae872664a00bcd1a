// Package shard is a bounded bag of values for concurrent use, sharded by processor:
// the engine under package pool. Use it for a bounded free list or an unordered
// work bag. Put adds a value, and Get takes any of them.
//
//	b, err := shard.New(shard.Options[*Node]{Capacity: 1024})
//	b.Put(node)
//	node, ok := b.TryGet()
//
// A bag has no hooks, no clock and no name. Where it cannot decide, it asks its [Policy]: for example what Get returns
// when nothing is held.
//
// A processor (P) that uses the bag often gets private memory for some values. Then its operations take a few
// nanoseconds and no locked instruction. All other operations use the shared tier, which is lock-free, and where
// every P finds every value: some 80 ns for a Get and a Put. Gather brings the values of all Ps into the shared
// tier.
package shard

//go:generate go run ../internal/check/hits hits.tmpl hits.go

// # Map
//
//	options.go  Options, Policy, Owner, and how a capacity is laid out
//	bag.go      Bag
//	hits.go     the hit path of every Get and Put, made from hits.tmpl
//	batch.go    GetN, TryGetN and PutN, beyond a hit
//	make.go     Maker, and the zero Bag: Z1
//	sizes.go    GetSized and PutSized: bags of memory blocks by size class, for an allocator
//	slow.go     what Get does if it does not hit; slowput.go: the same for Put
//	large.go    how values go that are too large for the functions of hits
//	lane.go     what one P has to itself: up to two magazines, counters
//	earn.go     how a P earns private memory, and gives it back
//	shard.go    a shard: magazines, in three rings
//	store.go    the shared tier: shards, and the search for values and room
//	hints.go    which shards may have values or room
//	grow.go     shards and lanes come with use; Tick tells of the time
//	seize.go    Gather, Compaction, Clear, Resize, Close: lanes and store are replaced
//	sweep.go    Sweep, Low, Shed, Forget: housekeeping in the shared tier
//	watch.go    Watch: the owner is told of values that come and go: W1
//	counts.go   counters
//
// # Structure
//
//	Bag ──lanes──▶ header │ lane of P 0 │ lane of P 1 │ …     private to each P, once it has earned them
//	               │            loaded ▤▤▤▤▤▤▤▤·· ◀─ Get, Put
//	               │            spare  ▤▤▤▤▤▤▤▤▤▤    swapped with loaded when that is empty or full
//	               │               ▲ │
//	               ▼         some  │ ▼  room
//	             store ─▶ shard 0: rings of empty, partial and full magazines
//	                      shard 1: …
//	                      hints: a bit per shard that may have some, a bit per shard that may have room
//
// A magazine is a stack of up to 128 values. Each is at home in one shard and is in one of its three rings while nobody
// has it. The rings hold handles of magazines and are strictly lock-free (package ring). A bag begins with
// one shard and no lanes. It gets more shards as its values need room, and one per P when it is used often (E5).
//
// If a P has no lane, or a lane without cells, its operations use the shared tier. Such an operation takes a magazine
// that has some, or room, from its home shard or from one that the hints name. It takes or puts a value and gives the
// magazine back. So everyone finds every value. A Get and a Put together cost some 80 ns.
//
// A P that does this often earns cells of its own. Its magazine is plain memory, which it touches while pinned
// (package internal/pin): an operation is a load or a store of one cell, with no atomic read-modify-write. A hit does
// not even pin as sync.Pool does, by two calls that write a word of the thread. It runs in a go:nosplit function,
// which is not preempted, and asks for the number of its P by one call (pin.Offset). A P that needs many cells has
// two magazines. So it does not trade each time that it goes back and forth over a boundary (Bonwick and Adams,
// "Magazines and Vmem", 2001).
//
// # Private memory is earned
//
// Other Ps do not find what a P has to itself. A goroutine that waits between Get and Put often comes back on another
// P. If every P had private memory, such goroutines would strand values everywhere. So a P has as many cells as its
// rate of operations is worth: none below one in 15 µs; in a loop all that it uses, after some 0.1 ms. It gives back
// what it does not need for a slice of time. What an idle P has is gathered. A Get that finds nothing while others
// keep more than a tenth of all values in use to themselves has them gathered. E1 to E4 in earn.go are the rules,
// with their sources.
//
// The owner tells the time by Tick. A bag without an Owner needs no Tick, but its Ps give nothing back by themselves.
//
// # Bound
//
// The sizes of all magazines add up to the capacity (B1), and every magazine is in one place (B2), so the bound holds
// without a global counter. Lanes have half of the magazines at most (B4). A Put overflows only when the bag is full
// as a whole, and a Get misses only when nothing is held. There are two exceptions. A Get may leave Ps what they have
// to themselves: one value, plus a tenth of those in use. And lanes are gathered at most 10 times per second, because
// that stops the world.
//
// With Options.LIFO the bag is one magazine of the whole capacity under a mutex (T1 in bag.go). No operation finds
// the magazine in another's hands, so the order and the number of misses are exact. A hit, in other bags, neither
// touches the mutex nor tests for it.
//
// # Getting at the memory of other Ps
//
// A locked instruction on one side only cannot take another P's plain memory. So a seizer replaces all of it: it
// swaps the pointer to the lanes for one to fresh, empty lanes and waits for a grace period (package internal/grace),
// which stops the world for some 10 µs. Sections that began before found the old lanes and are over by then. Sections
// that began later find the new ones, at full speed. After the grace period the old lanes are the seizer's alone,
// those of Ps that never run again included, and plain code empties them. This is read-copy-update (McKenney and
// Slingwine, 1998) with the data structure itself as the thing protected. Gather does so for many bags with one grace
// period. Clear, Resize, Close and Compaction replace the store with the lanes. A Get that finds nothing and a Put
// that finds no room wait for it, so that it costs nobody a value. The invariants S1 to S3 are in seize.go.
//
// The alternative is a word per P that says "seized", which each section looks at. It costs the hit path the same
// load and needs a slow path for all Ps while it is set. It also needs a second mechanism (an epoch per magazine)
// against magazines that a slow path holds while the rings are drained.
//
// # Stamps
//
// Every value carries the stamp (SetStamp) that was in force when it was put. A
// Get shows values with a stamp below SetOldest's to Policy.Accept. So a clock
// can be kept outside, and read as rarely as its owner likes.
//
// # What is kept alive
//
// A hit leaves the cell as it is: clearing it would be a pointer write with its write barrier, a tenth of the whole
// operation. So a free private cell may keep the value that left it reachable for the garbage collector. This ends
// when the cell is used again, when its P looks at its lane (in every slice of time), or when the lanes are gathered.
// Forget clears the free cells of the calling P. In the shared tier free cells are always empty.
//
// # Progress and cost
//
// A hit is wait-free: one call of two instructions into the runtime, some ten
// loads and stores in two or three cache lines that no other P writes. A T of
// more than 24 bytes, and builds in which pin.Offset is not known, cost
// two to three times as much: they pin. The shared tier is lock-free. Housekeepers hold a mutex against each
// other and the counters' readers. Get and Put wait for them only as said above.
//
// # On more cores
//
// Programs slow down on many cores where several cores write the same cache line: only one has it at a time, and then
// it is transferred to the next. Counted in the code:
//
//	       lines written  locked instructions
//	hit    0              0
//	trade  7              5  every 128 values, if at all; of the P's own shard
//	steal  8 + 32         6  of another P's shard, its count of the stolen, and the values
//	miss   0              0  reads some 6 lines, and now and then one of each lane
//	Gather 1              1  the pointer to the lanes; each P then fetches 3 lines
//
// A hit reads the pointer to the lanes, in a line that everyone has and nobody writes,
// and writes its own lane and magazine. So 64 or 192 cores do 64 or 192 times as many
// hits as one in the same time, as far as the machine has the cores and their clock
// does not fall.
//
// A trade writes lines of the P's home shard, which no other P has, if the capacity has magazines for so many. A value
// that is put on one core and taken on another has to get there, however a pool is built: a steal brings a magazine of
// them in one stream.
//
// A Get that finds nothing asks the hints, not the shards. If Ps have memory to themselves it looks at all lanes,
// too, and then nobody looks again for a while. For the peak of Len a P looks at all lanes when it has filled a
// magazine, once in four times as many magazines as there are lanes.
//
// "make scaling" measures what a trade, a locked instruction and the transfer of a line cost, checks a model of this
// against the cores that there are, and predicts 64 and 192 cores. The model has no sockets.
//
// # Builds
//
// With -tags plunge_portable there is neither pinning nor private memory: every
// operation takes the way through the rings. Under -race every section is a pinned
// one and tells the detector when it has the lane, so the protocol is checked, and
// so is the use of a value after it was put.
