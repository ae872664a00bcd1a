package main

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// write prints the account, and what is wrong with it.
func (a *account) write(w io.Writer) error {
	t := &table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)}
	for _, l := range a.machine {
		t.text(l)
	}
	t.text(fmt.Sprintf("length:  %v of load, %v in all", a.cfg.length, a.took.Round(time.Second)))
	wrong := a.check()
	if len(wrong) == 0 {
		t.text("result:  everything balances")
	} else {
		t.text(fmt.Sprintf("result:  FAILED, %d things are wrong:", len(wrong)))
		for _, what := range wrong {
			t.text("  " + what)
		}
	}

	t.title("operations")
	all := int64(0)
	for o, n := range a.ops {
		t.row(opNames[o], n)
		all += n
	}
	t.row("in all", all)
	t.row("steps of workers", a.steps)

	t.title("faults", kindNames[:]...)
	for h, ns := range a.faults {
		t.row(hookNames[h], ns[:]...)
	}
	t.title("around them")
	t.row(fmt.Sprintf("changes of GOMAXPROCS, 1 to %d", maxProcs), a.trouble.procs)
	t.row("collections forced", a.trouble.storm)
	for p, d := range a.trouble.lengths {
		t.row("seconds of "+phaseNames[p], int64(d.Seconds()))
	}
	t.row("panics of Destroy without a caller, logged", a.logged)

	t.title("objects")
	for _, l := range a.objects() {
		t.row(l.what, l.n)
	}
	d := a.discards()
	t.title("discards of the pools that live long, by reason")
	for _, l := range []line{
		{"Full", int64(d.Full)},
		{"Expired", int64(d.Expired)},
		{"Invalid", int64(d.Invalid)},
		{"Rejected", int64(d.Rejected)},
		{"Broken", int64(d.Broken)},
		{"Panicked", int64(d.Panicked)},
		{"Cleared", int64(d.Cleared)},
		{"Pruned", int64(d.Pruned)},
		{"Closed", int64(d.Closed)},
		{"Pressed", int64(d.Pressed)},
		{"Total", int64(d.Total())},
		{"Destroy ran", sum(a.ended, func(r *row) int64 { return r.destroyed })},
	} {
		t.row(l.what, l.n)
	}

	for _, rows := range []struct {
		title string
		rows  []*row
	}{{"pools that live long, at rest", a.rest}, {"the same, closed", a.ended}} {
		t.title(rows.title, "Created", "Warmed", "InUse", "Idle", "Discarded", "destroyed", "Acquired", "Released", "Reused", "Stolen")
		for _, r := range rows.rows {
			s := r.stats
			t.row(r.name, int64(s.Created), int64(s.Warmed), int64(s.InUse), int64(s.Idle), int64(s.Discarded.Total()),
				r.destroyed, int64(s.Acquired), int64(s.Released), int64(s.Reused), int64(s.Stolen))
		}
	}

	t.title("pools that live short")
	t.row("made", a.shortMade)
	t.row("closed", a.shortClosed)
	t.row("dropped without Close", a.shortDropped)
	t.row("constructor failed", a.shortFailed)
	t.row("collected, those that live long included", a.collected)
	t.row("collected with their hooks", a.settled)

	t.title("pools of resources")
	t.row("made and closed", a.lentPools)
	t.row("resources acquired", a.lentAcquired)
	t.row("resources made", a.lentMade)
	t.row("resources closed", a.lentClosed)

	t.title("process", "start", "end", "margin")
	t.row("goroutines", int64(a.goroutines[0]), int64(a.goroutines[1]), 0)
	t.row("heap, bytes", a.heap[0], a.heap[1], heapMargin)
	t.title("progress")
	t.row("longest time in which nobody ended a step, ms", a.longestPause.Milliseconds())
	t.row("longest step of 16 operations, ms", a.longestStep.Milliseconds())
	return t.w.Flush()
}

// table writes lines and tables of numbers, whose first column is a name.
type table struct{ w *tabwriter.Writer }

// text writes a line as it is. It ends a table.
func (t *table) text(line string) {
	_ = t.w.Flush()
	fmt.Fprintln(t.w, line)
	_ = t.w.Flush()
}

func (t *table) title(name string, columns ...string) {
	t.text("")
	t.cells(name, columns)
}

func (t *table) row(name string, ns ...int64) {
	var columns []string
	for _, n := range ns {
		columns = append(columns, fmt.Sprint(n))
	}
	t.cells(name, columns)
}

// nameWidth is the width of the first column, which is aligned to the left.
const nameWidth = 58

func (t *table) cells(name string, columns []string) {
	if len(columns) == 0 {
		t.text("  " + name) // where the right-aligned cells begin
		return
	}
	fmt.Fprintf(t.w, "%-*s\t%s\t\n", nameWidth, name, strings.Join(columns, "\t"))
}
