// Package measure takes samples of the peers of a case in rounds: each round
// takes one sample of every peer, in a new random order, so that whatever the
// machine does meanwhile meets all of them alike, and so that a ratio is one of
// neighbours in time.
//
// Files: result.go (what is measured, for package report), measure.go (the
// rounds), latency.go (percentiles), memory.go (hit rate and memory).
package measure
