// Package poolprom exports the named pools of the process to Prometheus.
//
//	prometheus.MustRegister(poolprom.NewCollector())
//
// It exports every pool whose Options have a Name: of packages pool, buffers and resource, and the process-wide ones. Each scrape reads
// the Stats of each pool once. The pools themselves do nothing for it.
//
// # Metrics
//
// All have the labels pool, which is the name, and kind: "pool", "buffers" or "resource", the package that the pool is of.
//
//	pool_acquires_total{result}  counter  objects acquired: result is hit (an idle one) or miss (a new one)
//	pool_releases_total          counter  objects released, kept or dropped
//	pool_warmed_total            counter  objects created ahead: for MinIdle, or the other buffers of a new slab
//	pool_stolen_total            counter  objects taken from another shard
//	pool_discards_total{reason}  counter  objects dropped; reason is as in the JSON of pool.Discards: full, expired, …
//	pool_idle                    gauge    objects in the pool
//	pool_in_use                  gauge    objects acquired and not yet released
//	pool_max_idle                gauge    bound on pool_idle
//	pool_peak_idle               gauge    highest pool_idle seen since the pool was created; of resource an upper bound
//	pool_idle_bytes              gauge    bytes of the idle objects; only of buffers, and with MaxIdleBytes
//	pool_shards                  gauge    shards in use so far
//
// Pools of package resource also have:
//
//	pool_waits_total                     counter  objects acquired after a wait, for one to be released or created
//	pool_wait_seconds_total              counter  time that these waits took, added up
//	pool_longest_wait_seconds            gauge    longest of these waits since the pool was created
//	pool_waiting                         gauge    callers that wait
//	pool_acquire_failures_total{reason}  counter  Acquires without an object: timeout, cancelled or exhausted
//	pool_create_failures_total           counter  calls of New that failed
//	pool_closes_total{reason}            counter  objects closed; reason is as in the JSON of resource.Closes: broken, lifetime, …
//	pool_close_failures_total            counter  calls of Close that failed
//	pool_hijacks_total                   counter  objects that left the pool for good, by Hijack
//	pool_live                            gauge    objects alive, those being created, checked or closed included
//	pool_limit                           gauge    limit on pool_live
//	pool_overdue                         gauge    objects in a hook that has not returned within HookTimeout
//
// Bytes in a name that are not UTF-8 become U+FFFD, because Prometheus accepts no others.
//
// # Pools of the same name
//
// Pools with the same name and kind are added up in one series. pool_longest_wait_seconds is the longest of them all. When one of
// them is closed the counters fall. Prometheus takes that for a restart, and rate counts the others once more. So give pools
// that come and go different names.
//
// README.md has queries, for example for the hit ratio. The file dashboard.json is a dashboard for Grafana.
package poolprom
