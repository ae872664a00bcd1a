// Package report turns results into the table and the file of raw samples.
//
// A ratio is the median over the rounds of the subject's value divided by the peer's. Its interval is from order
// statistics, without an assumption about the distribution (golang.org/x/perf/benchmath).
//
// The page is made only from the raw samples, so it can be made again. Its charts are SVG, drawn by
// gonum.org/v1/plot, within the page. It has no script.
//
// Files: row.go (medians and ratios), verdict.go (how each peer did), table.go (the table
// and what was lost), raw.go (the samples, for benchstat), read.go (read again), html.go
// and page.tmpl (the page), chart.go and amount.go (its charts), theme.go (their colors,
// light and dark), repeat.go (two runs compared).
package report
