// Package pooldebug shows the named pools of a process to people: one page for a browser, a table for
// a terminal, JSON for programs, and a variable of package expvar.
//
// Mount the page beside net/http/pprof, on a listener of its own:
//
//	import _ "net/http/pprof" // registers with http.DefaultServeMux
//
//	http.Handle("/debug/pools", pooldebug.Handler())
//	pooldebug.Publish("pools") // in /debug/vars
//	go http.ListenAndServe("localhost:6060", nil)
//
// Then open http://localhost:6060/debug/pools, or run
//
//	curl localhost:6060/debug/pools
//
// Do not expose it to the public. It shows names, figures and stack traces of the program to anyone who asks, and
// has no access control.
//
// # What it shows
//
// A row per pool that has a name (Options.Name of package pool, buffers or resource) and is neither closed nor collected, as
// pool.All lists them. Pools with equal names have a row each, numbered in the order in which they were made.
//
// Each pool has its figures, sparklines of the last 5 minutes, and advice where something looks wrong: say, that
// objects are dropped because MaxIdle is too low. A healthy pool has no advice. A pool of package resource also has its
// limit, its waits, what failed, and why resources were closed. For checked pools the page
// shows where the objects in use were acquired. If the process has a profile named plunge_held, it shows its top
// stacks, too.
//
// # What it costs
//
// Nothing until somebody opens the page or the table. Then a timer takes a sample of every pool each 5 seconds, until 5 minutes
// after the last request. A page that reloads itself is a request. Then the samples are forgotten. A sample is a call of
// Stats. The samples of a pool take at most 16 KiB, of package resource 36 KiB, and keep no pool alive. JSON and expvar
// take no samples.
package pooldebug
