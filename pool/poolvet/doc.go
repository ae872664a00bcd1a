// Package poolvet finds wrong uses of the pools of plunge, and of sync.Pool, in Go source code.
// It is a set of analyzers for golang.org/x/tools/go/analysis:
//
//	useafterrelease  an object, or a part of it, is used after its Release, or returned while a
//	                 defer releases it; a lease or Buffer is used after its own Release
//	doublerelease    an object is released twice: in a row, in a loop, or by a defer as well
//	leakedlease      Borrow or Lend, and a return before the lease's Release or Discard
//	wrongpool        an object of one pool is released into another
//	boxedslice       a slice is put into a pool of interfaces: each Put allocates
//
// They know pool.Pool, pool.Lease, buffers.Pool, Fixed, Lease and Buffer, syncpool.Pool and
// sync.Pool, whose Put counts as a Release. leakedlease and wrongpool do not look at the last two:
// they have no leases, and take objects from anywhere.
//
// # Running it
//
// Under go vet, where -boxedslice=false switches one off:
//
//	go install github.com/plungepool/plunge/pool/poolvet/cmd/poolvet@latest
//	go vet -vettool="$(go env GOPATH)/bin/poolvet" ./...
//
// As a linter of golangci-lint, which golangci-lint custom builds from .custom-gcl.yml:
//
//	version: v2.15.0
//	plugins:
//	  - module: github.com/plungepool/plunge/pool/poolvet
//	    import: github.com/plungepool/plunge/pool/poolvet/plugin
//	    version: latest
//
// and .golangci.yml enables:
//
//	version: "2"
//	linters:
//	  enable: [poolvet]
//	  settings:
//	    custom:
//	      poolvet: {type: module}
//
// # What it does not find
//
// To avoid wrong findings, much is left out. Each function is checked by itself. Objects that are stored in a
// struct, captured by a closure or passed on by address are not followed. Two statements are reported only if both
// run whatever the conditions are: the first is on every path to the second, the second is on every path from the
// first, or a loop comes back to it. If they depend on different conditions they are not reported. Checked pools
// find those misuses at run time: see pool.Options.Check.
package poolvet

// # Map
//
//	analyzers.go  Analyzers, and the source that findings quote
//	release.go    useafterrelease and doublerelease; lease.go leakedlease; pools.go the others
//	api.go        the functions that are known
//	object.go     the objects, leases and Buffers of a function, in SSA form
//	alias.go      which values are the same object, and which instructions use it
//	flow.go       what holds on all paths
