package pooldebug

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"unicode"
)

// writeText writes one line per pool, figures first so that they align, and the advice.
func writeText(out io.Writer, all []watched) {
	if len(all) == 0 {
		fmt.Fprintln(out, noPools)
		return
	}
	labels := labelled(all)
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "IDLE\tMAX IDLE\tIN USE\tHIT RATE\tCREATED\tDISCARDED\tIDLE BYTES\t  POOL")
	for i, p := range all {
		s := p.Stats
		bytes := "-"
		if p.Bytes > 0 {
			bytes = size(p.Bytes)
		}
		name := printable(labels[i])
		if p.Kind != "pool" {
			name += " (" + p.Kind + ")"
		}
		if why := because(s.Discarded); why != "" && p.limited == nil {
			name += ": " + why
		}
		fmt.Fprintln(w, strings.Join([]string{
			grouped(s.Idle), grouped(s.MaxIdle), grouped(s.InUse), percent(s.Reused, s.Acquired),
			grouped(s.Created + s.Warmed), grouped(s.Discarded.Total()), bytes, "  " + name,
		}, "\t"))
	}
	w.Flush()
	for i, p := range all {
		if details := p.details(); len(details) > 0 {
			fmt.Fprintf(out, "\n%s: %s\n", printable(labels[i]), strings.Join(details, " "))
		}
	}
	for i, p := range all {
		for _, a := range p.advise() {
			fmt.Fprintf(out, "\n%s: %s: %s\n", printable(labels[i]), a.Title, a.Text)
		}
	}
}

// noPools is shown if there are no pools.
const noPools = "No pools: only those with a name (Options.Name) are shown, until they are closed or collected."

// labelled returns the pools' names. Equal names get numbers.
func labelled(all []watched) []string {
	total, seen := map[string]int{}, map[string]int{}
	for _, p := range all {
		total[p.Name]++
	}
	labels := make([]string, len(all))
	for i, p := range all {
		labels[i] = p.Name
		if seen[p.Name]++; total[p.Name] > 1 {
			labels[i] += fmt.Sprintf(" (%d of %d)", seen[p.Name], total[p.Name])
		}
	}
	return labels
}

// printable quotes a name that is not safe to print on a terminal.
func printable(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) {
		return strconv.Quote(name)
	}
	return name
}
