// Package poolotel exports the named pools of the process through OpenTelemetry.
//
//	registration, err := poolotel.Register(otel.Meter("example.com/server"))
//
// It exports every pool whose Options have a Name: of packages pool, buffers and resource, and the process-wide
// ones. Each collection reads the Stats of each pool once, in one callback. The pools themselves do nothing for it.
//
// # Instruments
//
// All have the attributes pool.name and pool.kind, which is "pool" for a pool.Pool, or the name of the package that it is
// of: "buffers" or "resource".
//
//	pool.acquires      Counter        {object}  objects acquired; pool.result is hit (an idle one) or miss (a new one)
//	pool.releases      Counter        {object}  objects released, kept or dropped
//	pool.warmed        Counter        {object}  objects created ahead for MinIdle
//	pool.stolen        Counter        {object}  objects taken from another shard
//	pool.discards      Counter        {object}  objects dropped; pool.reason is as in the JSON of pool.Discards: full, expired, …
//	pool.idle.count    UpDownCounter  {object}  objects in the pool
//	pool.in_use.count  UpDownCounter  {object}  objects acquired and not yet released
//	pool.idle.max      UpDownCounter  {object}  bound on pool.idle.count
//	pool.idle.peak     Gauge          {object}  highest pool.idle.count seen since the pool was created
//	pool.idle.size     UpDownCounter  By        bytes of the idle objects; only of buffers, and where MaxIdleBytes is set
//	pool.shard.count   UpDownCounter  {shard}   shards in use so far
//
// Pools of package resource also have:
//
//	pool.waits             Counter        {object}  objects acquired after a wait, for one to be released or created
//	pool.wait.time         Counter        s         time that these waits took, added up
//	pool.wait.longest      Gauge          s         longest of these waits since the pool was created
//	pool.waiting.count     UpDownCounter  {caller}  callers that wait
//	pool.acquire.failures  Counter        {call}    Acquires without an object; pool.reason is timeout, cancelled or exhausted
//	pool.create.failures   Counter        {call}    calls of New that failed
//	pool.closes            Counter        {object}  objects closed; pool.reason is as in the JSON of resource.Closes: broken, lifetime, …
//	pool.close.failures    Counter        {call}    calls of Close that failed
//	pool.hijacks           Counter        {object}  objects that left the pool for good, by Hijack
//	pool.live.count        UpDownCounter  {object}  objects alive, those being created, checked or closed included
//	pool.live.limit        UpDownCounter  {object}  limit on pool.live.count
//	pool.overdue.count     UpDownCounter  {object}  objects in a hook that has not returned within HookTimeout
//
// They are observable instruments, of float64 for seconds and of int64 for the others. Bytes in a name that are not UTF-8 become U+FFFD, because the protocol accepts no others.
//
// # Pools of the same name
//
// Pools with the same name and kind are added up, because a set of attributes has one value. pool.wait.longest is the longest of
// them all. The sum of pool.idle.peak is at least the true peak of them together. When one of them is closed a counter
// falls. Backends take that for a restart, and with delta temporality it is a negative delta. So give pools that come and
// go different names.
package poolotel
