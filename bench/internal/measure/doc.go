// Package measure takes samples of the peers of a case in rounds. Each round takes one sample of every peer, in a
// new random order. So disturbances of the machine affect all peers alike, and a ratio compares samples that are
// close in time.
//
// Files: result.go (what is measured, for package report), measure.go (the
// rounds), latency.go (percentiles), memory.go (hit rate and memory).
package measure
