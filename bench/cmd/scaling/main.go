// Command scaling says what happens at more cores than this machine has, and why: it
// measures the few costs that a model of plunge is made of, compares the model's
// prediction with measurement for the cores that there are, and prints what it
// predicts beyond, marked as such:
//
//	go run ./cmd/scaling
//
// The model is in model.go: which cache lines that several cores write an operation
// touches. It leaves out what a larger machine has besides: sockets, between which
// a line takes two to five times as long, and clocks that fall when all cores
// work.
package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"time"

	"github.com/plungepool/plunge/bench/internal/machine"
	"github.com/plungepool/plunge/bench/internal/work"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := scaling(ctx, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scaling:", err)
		os.Exit(1)
	}
}

func scaling(ctx context.Context, w io.Writer) error {
	seed := uint64(time.Now().UnixNano())
	rng := rand.New(rand.NewPCG(seed, 0))
	fmt.Fprintf(w, "machine: %s\n", machine.Here(ctx))
	if load, ok := machine.Load(); ok && load > 0.5 {
		fmt.Fprintf(w, "load:    %.2f: BUSY, what is measured on more than one core is too slow\n", load)
	}
	p := params{locked: lockedInstruction(), transfer: lineTransfer()}
	var err error
	if p.hit, err = timed(ctx, "pair", 1, work.Env{}, rng); err != nil {
		return err
	}
	if p.burst, err = timed(ctx, "burst/256", 1, work.Env{}, rng); err != nil {
		return err
	}
	p.print(w)
	here, beyond := cores()
	fmt.Fprintf(w, "\nns an operation by the wall clock, all cores together: model, measured here, difference\n\n")
	fmt.Fprintf(w, "%5s  %-28s %-28s %-28s\n", "cores", "pairs (hits)", "bursts, a shard a core", "bursts, one shard")
	for _, n := range here {
		fmt.Fprintf(w, "%5d", n)
		for _, c := range []struct {
			workload string
			env      work.Env
			model    float64
		}{
			{"parallel", work.Env{}, p.hits(n)},
			{"burst-parallel/256", work.Env{}, p.bursts(n)},
			{"burst-parallel/256", work.Env{Shards: 1}, p.oneShard(n)},
		} {
			got, err := timed(ctx, c.workload, n, c.env, rng)
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "  %-28s", fmt.Sprintf("%.2f, %.2f, %+.0f %%", c.model, got, 100*(got/c.model-1)))
		}
		fmt.Fprintln(w)
	}
	if math.IsNaN(p.transfer) {
		fmt.Fprintln(w, "\nWith one core there is no transfer to measure, and nothing to say about more.")
		return nil
	}
	fmt.Fprintf(w, "\nPREDICTION, not measured:\n")
	for _, n := range beyond {
		fmt.Fprintf(w, "%5d  %-28.3f %-28.3f %-28.3f\n", n, p.hits(n), p.bursts(n), p.oneShard(n))
	}
	fmt.Fprintf(w, "\nOne shard for all is what everyone waits for from %.0f cores on; a shard a core, the default, never.\n", math.Ceil(p.full()))
	fmt.Fprintf(w, "A value made on one core and used on another bears %.1f ns of a steal, at any number of cores.\n", p.steal())
	fmt.Fprintf(w, "A Clear costs each core %d transfers, %.0f ns, once, beside the grace period of the caller.\n", linesClear, linesClear*p.transfer)
	return nil
}

// print prints what the model is made of.
func (p params) print(w io.Writer) {
	fmt.Fprintf(w, "\nmeasured with one goroutine, or two that take turns:\n")
	fmt.Fprintf(w, "  pair of hits              %7.2f ns\n  operation of bursts       %7.2f ns\n  locked instruction        %7.2f ns\n", p.hit, p.burst, p.locked)
	fmt.Fprintf(w, "  transfer of a cache line  %7.2f ns\n", p.transfer)
	fmt.Fprintf(w, "\nshared cache lines written and locked instructions:\n")
	fmt.Fprintf(w, "  hit    0 and 0\n  trade  %d and %d, every %d values; of the core's own shard, so nobody else has them\n", linesTrade, lockedTrade, magazine)
	fmt.Fprintf(w, "  steal  %d and %d, every %d values, from another core: %d of them are the values\n", linesSteal, lockedTrade, magazine, linesSteal-linesTrade)
	fmt.Fprintf(w, "  Clear  1 by the caller, the pointer to the store; then each core fetches %d\n", linesClear)
}
