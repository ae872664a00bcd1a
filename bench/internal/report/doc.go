// Package report turns results into the table and the file of raw samples.
//
// A ratio is the median of the ratios of the rounds, the subject's value over
// the peer's, with the interval that order statistics give it without an
// assumption about the distribution (golang.org/x/perf/benchmath).
//
// Files: row.go (medians, ratios and verdicts), table.go (the table and what
// was lost), raw.go (the samples, for benchstat).
package report
