// Soak runs package pool for long under faults, with all its features at once, and shows that every single object is
// accounted for.
//
//	go run ./internal/check/soak -time=30m -out=account.txt
//
// Thousands of goroutines use pools of every size and layout: some live as long
// as the run, others come and go, with Close and without. Hooks panic, exit their
// goroutine, sleep and call the pool, at random. GOMAXPROCS changes all the time;
// in turns the collector runs without a pause, and within a memory limit that is
// too low. Each object has an owner's word that is swapped at every step, so that
// one that is handed out twice, or destroyed twice, or used afterwards, ends
// the run. It fails with all stacks when something does not go on for a minute.
//
// At the end nothing is in flight and every count is exact: see account.check.
// The exit status is 1 if anything is wrong.
//
//	soak.go     the run
//	actor.go    steps that may panic or exit their goroutine
//	worker.go   what the goroutines do; user.go one call, with its books
//	core.go     a pool and its hooks; faults.go what these do that they should not
//	churn.go    pools that live short
//	lend.go     pools of resources: package resource
//	object.go   owners, and the books of a pool
//	trouble.go  GOMAXPROCS, collections, memory limits
//	watch.go    progress, or stacks
//	settle.go   the beginning and the end of pools that live long
//	row.go      one pool at rest; account.go the whole; table.go how it is printed
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"time"
)

func main() {
	cfg := config{progress: os.Stderr, patience: time.Minute}
	flag.DurationVar(&cfg.length, "time", time.Minute, "how long the load lasts")
	flag.Uint64Var(&cfg.seed, "seed", rand.Uint64(), "of all random decisions; the scheduler makes others")
	flag.IntVar(&cfg.goroutines, "goroutines", 10_000, "workers on the pools that live long")
	flag.DurationVar(&cfg.stall, "stall", time.Minute, "without progress for so long the run has failed")
	flag.DurationVar(&cfg.every, "every", 10*time.Second, "between two lines of progress")
	out := flag.String("out", "", "file for the account, besides standard output")
	flag.Parse()
	if flag.NArg() > 0 || cfg.length <= 0 || cfg.goroutines <= hot || cfg.stall <= 0 {
		fmt.Fprintf(os.Stderr, "soak: want -time and -stall above 0, -goroutines above %d, and nothing else\n", hot)
		os.Exit(2)
	}
	fmt.Fprintf(os.Stderr, "soak: seed %d\n", cfg.seed)
	a := run(cfg)
	if err := report(a, *out); err != nil {
		fmt.Fprintln(os.Stderr, "soak:", err)
		os.Exit(1)
	}
	if wrong := a.check(); len(wrong) > 0 {
		fmt.Fprintf(os.Stderr, "soak: FAILED, seed %d: %s\n", cfg.seed, wrong[0])
		os.Exit(1)
	}
}

// report writes the account to standard output and to the file named out.
func report(a *account, out string) error {
	if out == "" {
		return a.write(os.Stdout)
	}
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	if err := a.write(io.MultiWriter(os.Stdout, f)); err != nil {
		return err
	}
	return f.Close()
}
