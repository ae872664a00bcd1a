// Package work has the workloads: what is done with a peer, by how many goroutines, and which part of it is timed.
//
// A [Case] is one workload at one size with the peers that it compares, the
// subject (plunge) first. An [Impl] makes a fresh [Instance] of a peer, whose Run
// takes one sample. The Go benchmarks and the command both take their samples
// here.
//
// A workload is one file with a function that returns its cases. Its comment says which programs it resembles. The
// list in cases.go has its place in the report.
//
// Files: work.go (the types), cases.go (the list, and what workloads are made of), run.go
// (serial, parallel and collected runs), barrier.go (how goroutines start at the
// same time), one file a workload.
package work
