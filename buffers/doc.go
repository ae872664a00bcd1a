// Package buffers is a bounded pool of byte slices. It has tiers of sizes, and one
// limit on the bytes that all of them retain.
//
//	var bufs = buffers.Must(buffers.New(buffers.Options{MaxRetainedBytes: 32 << 20}))
//
//	b := bufs.Acquire(n) // length n; the capacity is the next power of two
//	defer bufs.Release(b)
//
// A Pool serves any size, a Fixed one size. A Buffer grows like a bytes.Buffer and
// takes its memory from a Pool.
//
// Buffers have arbitrary contents: write before you read, and send no more than you
// wrote. Options.Zero and AcquireZeroed clear them.
//
// Release each buffer once. You may pass the buffer or a shorter slice of its beginning, b[:n]. Release knows the
// buffer by its capacity. A buffer must not be used after its Release. Options.Check detects both mistakes. A
// program built with -tags plunge_guard crashes at them: see Guard.
//
// Buffers of up to 8 KiB are parts of slabs of up to 64 KiB. If you keep one of them, its whole slab stays in
// memory. Copy the data that you keep.
//
// If less than a tenth of the memory limit (GOMEMLIMIT) is free after a garbage collection, half of the idle
// buffers are dropped.
package buffers

// # Map
//
//	options.go   Options and their check
//	pool.go      Pool: Acquire, Release, Grow and the others
//	tier.go      the buffers of one size, over package pool; Q1 is in pool.go
//	slab.go      how small buffers are made: K1 to K4
//	quota.go     MaxRetainedBytes, divided among the tiers: R1, R2
//	stats.go     Stats; statsmap.go its other forms, suggest.go the tiers that would fit better
//	check.go     checked mode
//	fixed.go     Fixed, of one size; lease.go Lease; shared.go the process's pool
//	buffer.go    Buffer; bufferwrite.go and bufferread.go how it is written and read; need.go
//	             what it begins with
//	adapt.go     what other libraries take for a pool of buffers
//	guard.go     what -tags plunge_guard does; guardon.go, guardpages.go and
//	             guardmonitor.go do it: G1, G2
//
// # Tiers
//
// bits.Len of a length less 1 tells its tier. A tier is a pool.Pool of the addresses of its buffers' first bytes
// (T1). Each Acquire makes a new slice, whose capacity is the tier's size. So an element takes one word, and a hit
// costs little more than for a pointer: Acquire and Release are inlined and call the size class of package shard,
// without package pool. Release knows the tier by the capacity alone. A prefix still has that capacity. A suffix has
// not, and is dropped and counted.
//
// # Slabs
//
// If eight buffers or more fit in 64 KiB a miss allocates a slab and carves it into 128 buffers at most. One is
// returned, and the others become idle, as far as there is room. The collector frees whole allocations, so a slab
// stays as long as one of its buffers is reachable. One buffer of 256 bytes that is kept for good can hold on to 32
// KiB, one of 512 bytes to 8 KiB can hold on to 64 KiB (TestSlabPins measures it). Keep a copy instead of a buffer,
// or acquire what you keep from a pool whose tiers are larger. Stats.Slabs and SlabBytes tell what lives, idle or
// not.
//
// # Alignment
//
// A buffer that Acquire made begins at a multiple of the largest power of two that divides its tier's size, or of
// 4,096 if that is less. The room that the tier has does not change that. Buffers over the largest tier, and those
// that Release got from elsewhere, are aligned as make aligns them.
//
// # Parts of buffers
//
// Release knows a buffer by its capacity alone, and hands out what it got. Release a buffer
// once and whole, or a prefix with its capacity. After b[2048:4096:4096] of a buffer of 4,096 bytes
// the tier of 2,048 bytes takes the second half for a buffer of its own. When b is released too, two
// users have those bytes. The half also keeps the memory of the whole reachable, which
// RetainedBytes does not count. None of that can be noticed without a record of every
// buffer, so it is not in the normal build.
//
// # Bounds
//
// Each tier has room for a number of buffers, which is the bound of its pool and exact. The rooms times the sizes add
// up to at most MaxRetainedBytes (R1). At first a quarter of that is divided evenly. A tier that has dropped buffers
// for want of room, and then misses, has too little. It gets room for what it dropped: first from bytes that no tier
// has, then from the coldest tiers, and of equally cold ones from the largest. A tier that is hotter does not give
// way, nor does a smaller one that is as hot. A tier that gives way drops its longest idle buffers first.
//
// Package pool sees to the age of idle buffers, in each tier.
//
// # Memory pressure
//
// After each collection that leaves the memory within a tenth of the runtime's limit
// (GOMEMLIMIT, debug.SetMemoryLimit) each tier, and each Fixed, drops half of its idle buffers.
//
// # Contents
//
// Buffers are handed out as they came in, and made without being cleared. What is in one may have been anything in
// the program's memory, so write before you read, and send no more than you wrote. With Options.Zero they are cleared
// when they are made and on Release, over their whole capacity. AcquireZeroed clears what it returns. As with any
// pool, the use of a buffer after its Release, or a second Release of it, corrupts somebody else's. Checked mode
// reports it: see Options.Check. A program built with -tags plunge_guard crashes instead: see Guard.
