// Package report turns results into the table and the file of raw samples.
//
// A ratio is the median of the ratios of the rounds, the subject's value over
// the peer's, with the interval that order statistics give it without an
// assumption about the distribution (golang.org/x/perf/benchmath).
//
// The page is made from the raw samples alone, so that it can be made again. Its
// charts are drawn by gonum.org/v1/plot as SVG within it, and it has no script.
//
// Files: row.go (medians and ratios), verdict.go (how each peer did), table.go (the table
// and what was lost), raw.go (the samples, for benchstat), read.go (read again), html.go
// and page.tmpl (the page), chart.go and amount.go (its charts), theme.go (their colors,
// light and dark), repeat.go (two runs compared).
package report
