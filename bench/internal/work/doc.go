// Package work has the workloads: what is done with a peer, by how many
// goroutines, and what of it is timed.
//
// A [Case] is one workload at one size with the peers that it compares, the
// subject (plunge) first. An [Impl] makes a fresh instance of a peer and returns
// a [Run], which takes one sample. The Go benchmarks and the command both take
// their samples here.
//
// Files: work.go (the types), cases.go (the list, with the bars of the
// project's issue 2), run.go (serial, parallel, hand-off and GC runs), barrier.go
// (how goroutines start at the same time).
package work
