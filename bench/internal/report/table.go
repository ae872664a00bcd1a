package report

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"github.com/plungepool/plunge/bench/internal/measure"
)

// Write prints head, the table of the results, and then the lost rows and the rows over their bar.
func Write(w io.Writer, head []string, results []measure.Result) error {
	t := newTable(table.Row{"workload", "plunge", "unit", "against", "its", "ratio", "95% of ratio", "rounds", "bar", "verdict"}, 2, 5, 6, 8, 9)
	all := mains(results)
	before := Row{}
	for _, row := range all {
		name, ours, unit := row.Case, number(row.Ours), row.Metric.Unit
		if row.Metric.More {
			unit += " (more is better)"
		}
		if row.Case == before.Case { // the name is printed once
			name = ""
			if row.Metric == before.Metric {
				ours, unit = "", ""
			}
		}
		before = row
		t.AppendRow(table.Row{name, ours, unit, row.Peer, number(row.Theirs), ratioString(row.Ratio), interval(row), row.Rounds, barString(row), verdict(row)})
	}

	var b strings.Builder
	fmt.Fprintf(&b, "noisy:   %s\n", noisyLine(all))
	for _, line := range head {
		fmt.Fprintln(&b, line)
	}
	if len(all) == 0 {
		fmt.Fprintln(&b, "\nno timed workload was selected")
	} else {
		fmt.Fprintf(&b, "\n%s\n\n", t.Render())
		summary(&b, all)
		hits(&b, results)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func countNoisy(rows []Row) (n int) {
	for _, row := range rows {
		if row.Noisy() {
			n++
		}
	}
	return n
}

// noisyLine says how many rows are noisy.
func noisyLine(rows []Row) string {
	noisy := countNoisy(rows)
	return fmt.Sprintf("%d of %d rows: an interval wider than %.0f %%, which the verdict leaves out", noisy, len(rows), 100*widest)
}

// newTable returns an empty table. figures are the numbers, from 1, of the columns with figures.
func newTable(header table.Row, figures ...int) table.Writer {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.Style().Options = table.Options{SeparateColumns: true, SeparateHeader: true}
	t.Style().Format.Header = text.FormatDefault
	t.Style().Box.PaddingLeft = ""
	t.Style().Box.MiddleVertical = " "
	t.Style().Box.MiddleSeparator = " "
	t.SuppressTrailingSpaces()
	t.AppendHeader(header)
	var configs []table.ColumnConfig
	for _, n := range figures {
		configs = append(configs, table.ColumnConfig{Number: n, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	t.SetColumnConfigs(configs)
	return t
}

// summary lists the rows that plunge loses and the rows over their bar, without noisy rows.
func summary(b *strings.Builder, rows []Row) {
	noisy := countNoisy(rows)
	list := func(title string, is func(Row) bool) {
		var lines []string
		for _, row := range rows {
			if is(row) {
				line := fmt.Sprintf("  %s, %s, against %s: %s (%s)", row.Case, row.Metric.Unit, row.Peer, ratioString(row.Ratio), interval(row))
				if row.Missed() {
					line += ", bar " + barString(row)
				}
				lines = append(lines, line)
			}
		}
		fmt.Fprintf(b, "%s: %d of %d\n", title, len(lines), len(rows)-noisy)
		for _, line := range lines {
			fmt.Fprintln(b, line)
		}
	}
	list("plunge LOSES", func(r Row) bool { return r.Outcome() == Behind })
	list("bars MISSED", Row.Missed)
}

// fullHits is the hit rate in percent from which on a hit rate is not listed.
const fullHits = 99.9

// hits lists the hit rates of the workloads in which some pool sometimes found no object. The other figures about
// memory are on the page.
func hits(b *strings.Builder, results []measure.Result) {
	var lines []string
	cases := 0
	for _, r := range results {
		m := slices.Index(r.Metrics, measure.Hits)
		if m < 0 || len(r.Rounds) == 0 {
			continue
		}
		cases++
		rates := make([]string, len(r.Impls))
		least := 100.0
		for i, name := range r.Impls {
			rate := mean(r.Column(i, m))
			least = min(least, rate)
			rates[i] = fmt.Sprintf("%s %.1f", name, rate)
		}
		if least < fullHits {
			lines = append(lines, fmt.Sprintf("  %s: %s", r.Case, strings.Join(rates, ", ")))
		}
	}
	if cases == 0 {
		return
	}
	fmt.Fprintf(b, "hit rate of a pool under %.1f%%: in %d of %d workloads\n", fullHits, len(lines), cases)
	for _, line := range lines {
		fmt.Fprintln(b, line)
	}
}

// verdict says in words how the subject did.
func verdict(r Row) string {
	var said []string
	switch {
	case r.Noisy():
		return "noisy"
	case r.Missed():
		said = append(said, "MISSED")
	case r.Bar > 0:
		said = append(said, "ok")
	}
	if r.Outcome() == Behind {
		said = append(said, "LOSES")
	}
	return strings.Join(said, " ")
}

// number formats a value with three or four digits.
func number(v float64) string {
	switch {
	case v == 0:
		return "0"
	case v < 10:
		return fmt.Sprintf("%.2f", v)
	case v < 100:
		return fmt.Sprintf("%.1f", v)
	}
	return fmt.Sprintf("%.0f", v)
}

func ratioString(v float64) string {
	switch {
	case math.IsNaN(v):
		return "="
	case math.IsInf(v, 1):
		return "inf"
	}
	return fmt.Sprintf("%.3f", v)
}

// barString formats the bar, if there is one.
func barString(r Row) string {
	if r.Bar == 0 {
		return ""
	}
	return fmt.Sprintf("%.2f", r.Bar)
}

// interval formats the interval of the ratio. It needs at least six rounds.
func interval(r Row) string {
	switch {
	case r.Metric.Mean:
		return "of means"
	case math.IsInf(r.Lo, -1) || math.IsInf(r.Hi, 1):
		return "unknown"
	}
	return fmt.Sprintf("%.3f to %.3f", r.Lo, r.Hi)
}
