// Command scaling says what happens with more cores than this machine has, and why. It measures the few costs that
// a model of plunge needs. It compares the model with measurements on the cores that there are, and prints a
// verdict. Then it prints predictions for more cores, marked as such:
//
//	go run ./cmd/scaling
//
// It exits with 1 if model and measurement disagree. If a measured cost spreads by more than a factor of two it
// says so, checks and predicts nothing, and exits with 0: that is the machine's noise, not the model's fault. The
// model is in model.go: how many cache lines that several cores write an operation touches. It leaves out sockets,
// which a larger machine has: between them a line takes two to five times as long.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"strings"
	"time"

	"golang.org/x/term"

	"github.com/plungepool/plunge/bench/internal/machine"
	"github.com/plungepool/plunge/bench/internal/progress"
	"github.com/plungepool/plunge/bench/internal/report"
	"github.com/plungepool/plunge/shard"
)

// errDisagree is returned if a check fails.
var errDisagree = errors.New("model and measurement disagree where it says FAILS: do not believe the predictions of these columns")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scaling(ctx, os.Stdout, os.Stderr, term.IsTerminal(int(os.Stderr.Fd())), rounds); err != nil {
		fmt.Fprintln(os.Stderr, "scaling:", err)
		os.Exit(1)
	}
}

func scaling(ctx context.Context, w, stderr io.Writer, terminal bool, rounds int) error {
	seed := uint64(time.Now().UnixNano())
	fmt.Fprintf(w, "machine: %s\nseed:    %d\n", machine.Here(ctx), seed)
	const planned, several = 150 * time.Millisecond, 10 // a round, rounds between two lines
	p := progress.New(stderr, terminal, time.Duration(rounds)*planned)
	m := measure(ctx, rounds, rand.New(rand.NewPCG(seed, 0)), func(done int) {
		if done%several == 0 {
			p.Start(fmt.Sprintf("round %d of %d", done+1, rounds), several*planned)
		} else {
			p.Tick(float64(done%several) / several)
		}
	})
	p.Finish()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	m.print(w)
	if wide := m.wide(); len(wide) > 0 {
		fmt.Fprintf(w, "\nNO PREDICTION, and no check: between their quartiles these spread by more than a factor of %d: %s.\n"+
			"Run it again when the machine does less besides.\n", widest, strings.Join(wide, ", "))
		return nil
	}
	ok := m.verdicts(w)
	m.predictions(w)
	if !ok {
		return errDisagree
	}
	return nil
}

// widest is the factor between the quartiles of a parameter over which nothing is predicted.
const widest = 2

// figure is a parameter with its name.
type figure struct {
	name, unit string
	of         func(p *params) *float64
}

// figures are the parameters of the model.
func (m *measured) figures() []figure {
	all := []figure{
		{"pair of hits, one core", "ns", func(p *params) *float64 { return &p.hit }},
		{"operation of bursts, one core", "ns", func(p *params) *float64 { return &p.bursts }},
		{"trade, one core", "ns", func(p *params) *float64 { return &p.trade }},
		{"miss, one core", "ns", func(p *params) *float64 { return &p.miss }},
		{"locked instruction", "ns", func(p *params) *float64 { return &p.locked }},
	}
	if len(m.here) > 1 {
		all = append(all,
			figure{"transfer of a line", "ns", func(p *params) *float64 { return &p.transfer }},
			figure{"transfer of one of many lines", "ns", func(p *params) *float64 { return &p.stream }})
	}
	for _, n := range m.here[1:] {
		all = append(all, figure{fmt.Sprintf("private work while %d cores do it", n), "x", func(p *params) *float64 { return &p.company[n] }})
	}
	return all
}

// values returns the values of a figure, by round.
func (m *measured) values(f figure) []float64 {
	var values []float64
	for i := range m.params {
		values = append(values, *f.of(&m.params[i]))
	}
	return values
}

// typical returns the medians of the parameters.
func (m *measured) typical() params {
	p := m.noParams()
	for _, f := range m.figures() {
		*f.of(&p) = median(m.values(f))
	}
	return p
}

// wide returns the names of the figures that spread too far.
func (m *measured) wide() []string {
	var names []string
	for _, f := range m.figures() {
		values := m.values(f)
		if report.Quantile(values, 0.75) > widest*report.Quantile(values, 0.25) {
			names = append(names, f.name)
		}
	}
	return names
}

// print prints the parameters of the model.
func (m *measured) print(w io.Writer) {
	fmt.Fprintf(w, "\nmeasured, medians of %d rounds (and quartiles):\n", len(m.params))
	for _, f := range m.figures() {
		values := m.values(f)
		fmt.Fprintf(w, "  %-34s %7.2f %-2s (%.2f to %.2f)\n", f.name, median(values), f.unit, report.Quantile(values, 0.25), report.Quantile(values, 0.75))
	}
	fmt.Fprintf(w, "\ncache lines that other cores write, too, and locked instructions:\n")
	fmt.Fprintf(w, "  hit    0 and 0\n")
	fmt.Fprintf(w, "  miss   0 and %d; it reads %d line that others write when they put and take, %d more where one of them stole from its shard,\n", lockedMiss, linesMiss, linesRobbed)
	fmt.Fprintf(w, "         and now and then one of each lane and each shard; and it calls New\n")
	fmt.Fprintf(w, "  trade  %d and %d, every %d values where bursts go over the edge; with one's own shard nobody else has them\n", linesTrade, lockedTrade, shard.DefaultMagazine)
	fmt.Fprintf(w, "  steal  %d and %d, from another core: %d of them are the values\n",
		linesTrade+linesSteal+shard.DefaultMagazine/cellsLine, lockedTrade+lockedSteal, shard.DefaultMagazine/cellsLine)
	fmt.Fprintf(w, "  peak   %.1f, read by another core and written again, for each magazine filled: a look at all lanes now and then\n", linesPeak)
	fmt.Fprintf(w, "  Clear  1 by the caller, the pointer to the store; then each core fetches %d\n", linesClear)
}

// verdicts prints model and measurement for the cores that there are, and reports
// whether they agree everywhere.
func (m *measured) verdicts(w io.Writer) bool {
	ok := true
	fmt.Fprintf(w, "\nCHECK: ns an operation by the wall clock, all cores together; the factor is measured/model, by round\n\n")
	fmt.Fprintf(w, "%5s  %-30s %8s %9s %7s %-16s %s\n", "cores", "workload", "model", "measured", "factor", "(quartiles)", "verdict")
	for k, kind := range kinds() {
		for _, o := range m.outcomes[k] {
			verdict := "agrees"
			if !o.agrees(kind.within) {
				verdict, ok = "FAILS", false
			}
			fmt.Fprintf(w, "%5d  %-30s %8.2f %9.2f %7.2f %-16s %s within a factor of %.2f\n", o.cores, kind.name,
				median(o.model), median(o.measured), median(o.ratio),
				fmt.Sprintf("(%.2f to %.2f)", report.Quantile(o.ratio, 0.25), report.Quantile(o.ratio, 0.75)), verdict, kind.within)
		}
	}
	return ok
}

// predictions prints what the model says about more cores.
func (m *measured) predictions(w io.Writer) {
	p := m.typical()
	if math.IsNaN(p.transfer) {
		fmt.Fprintln(w, "\nWith one core there is no transfer to measure, and nothing to say about more.")
		return
	}
	_, beyond := cores()
	fmt.Fprintf(w, "\nPREDICTION, not measured: ns an operation by the wall clock\n\n%5s", "cores")
	for _, kind := range kinds() {
		fmt.Fprintf(w, "  %-28s", kind.name)
	}
	fmt.Fprintln(w)
	for _, n := range beyond {
		fmt.Fprintf(w, "%5d", n)
		for _, kind := range kinds() {
			fmt.Fprintf(w, "  %-28.3f", kind.model(p, n, 0))
		}
		fmt.Fprintln(w)
	}
	fmt.Fprintf(w, "\nOver the edge are bursts of %d with magazines of %d; with a shard a core nothing is stolen in the prediction.\n", burst, small)
	fmt.Fprintf(w, "One shard is what all wait for from %.0f cores on; a shard a core, the default, never.\n", math.Ceil(p.full(small)))
	fmt.Fprintf(w, "A value made on one core and used on another bears %.1f ns of a steal, at any number of cores.\n", p.steal(shard.DefaultMagazine)/shard.DefaultMagazine)
	fmt.Fprintf(w, "An Acquire that finds nothing takes %.0f ns beside New at any number of cores that do the same; %.0f ns where the others put and take,\n", p.miss, p.missAmong(false))
	fmt.Fprintf(w, "%.0f ns where one of them has just stolen from its shard. Where Ps have memory to themselves, one Acquire in %d us, at 64 cores,\n", p.missAmong(true), 64*beliefLane/1000)
	fmt.Fprintf(w, "looks at all of it. That one takes %.0f ns more; in the mean they take %.0f ns more.\n", p.look(64), p.looks(64))
	fmt.Fprintf(w, "A Clear costs each core %d transfers, %.0f ns, once, beside the grace period of the caller.\n", linesClear, linesClear*p.transfer)
}
